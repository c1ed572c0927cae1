/// Writes JSON by appending to bytes; it places the commas itself.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false
    /// Values of `extra` and the like are cut off past so many bytes, so that a host that hands
    /// over a hundred megabytes does not wait for them to be written and thrown away.
    var valueByteLimit = TextLimits.event

    /// Writes an object whose members `body` writes.
    mutating func object(_ body: (inout JSONText) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    mutating func array(_ body: (inout JSONText) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes nothing where there is no text.
    mutating func member(_ name: String, _ text: String?, limit: Int) {
        guard let text else { return }
        key(name)
        string(TextLimits.cut(text, to: limit))
    }

    /// Sorted by name, so that equal values are equal bytes.
    mutating func values(_ values: [String: AttributeValue], depth: Int = 0) {
        object { json in
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                if json.bytes.count > json.valueByteLimit { return }
                json.key(TextLimits.cut(name, to: TextLimits.name))
                json.value(value, depth: depth + 1)
            }
        }
    }

    private mutating func value(_ value: AttributeValue, depth: Int) {
        switch value {
        case .string(let text): string(TextLimits.cut(text, to: TextLimits.text))
        case .integer(let number): literal(String(number))
        case .double(let number) where number.isFinite: literal(number.description)
        case .double(let number): string(number.description)
        case .bool(let flag): literal(flag ? "true" : "false")
        case .null: literal("null")
        case .array, .object:
            guard depth < TextLimits.depth else { return string("… [cut: nested too deeply]") }
            container(value, depth: depth)
        }
    }

    private mutating func container(_ value: AttributeValue, depth: Int) {
        if case .object(let members) = value { return values(members, depth: depth) }
        guard case .array(let elements) = value else { return }
        array { json in
            for element in elements {
                if json.bytes.count > json.valueByteLimit { return }
                json.value(element, depth: depth + 1)
            }
        }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(UInt8(ascii: byte < 0x10 ? "0" : "1"))
                let low = byte & 15
                bytes.append(low < 10 ? 0x30 + low : 0x57 + low)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
