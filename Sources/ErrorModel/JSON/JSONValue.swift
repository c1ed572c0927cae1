/// A JSON document as a tree, for small documents: state records, answers, tests.
///
/// Numbers keep their text, objects the order of their members; where a key stands twice both are
/// kept and the last one wins in every look-up.
package indirect enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Equatable, Sendable {
        package var key: String
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    package static func integer(_ value: some BinaryInteger) -> JSONValue {
        .number(String(value))
    }

    /// An object from pairs in the given order.
    package static func pairs(_ pairs: [(String, JSONValue)]) -> JSONValue {
        .object(pairs.map { Member($0.0, $0.1) })
    }

    // MARK: Looking inside

    /// The value of the key (the last one where it stands twice); nil for anything but an object.
    package subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// A whole number within 64 bits.
    package var int64: Int64? {
        if case .number(let text) = self { Int64(text) } else { nil }
    }

    package var double: Double? {
        if case .number(let text) = self { Double(text) } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var members: [Member]? {
        if case .object(let value) = self { value } else { nil }
    }

    package var isNull: Bool { self == .null }
}

// MARK: - Reading

extension JSONValue {
    /// Reads one whole document; throws where it is not valid JSON or too deep.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try bytes.withJSON { (text) throws(JSONError) in try JSONValue(text) }
    }

    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    package init(parsing span: RawSpan) throws(JSONError) {
        self = try span.withJSON { (text) throws(JSONError) in try JSONValue(text) }
    }

    /// Reads a borrowed document; with `toleratesBadText` bad text in strings becomes U+FFFD.
    package init(_ text: JSONBytes, toleratesBadText: Bool = false) throws(JSONError) {
        var scanner = try JSONScanner(text, toleratesBadText: toleratesBadText)
        self = try JSONValue(from: &scanner)
        try scanner.expectEnd()
        if scanner.sawNonASCII && !toleratesBadText {
            try UTF8Check.require(text.raw(0..<text.count))
        }
    }

    /// Takes the value at which the scanner stands; recursion is bounded by the scanner's depth.
    package init(from scanner: inout JSONScanner) throws(JSONError) {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            var isFirst = true
            try scanner.enterObject()
            while let key = try scanner.nextKey(&isFirst) {
                members.append(Member(scanner.bytes.string(key), try JSONValue(from: &scanner)))
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            var isFirst = true
            try scanner.enterArray()
            while try scanner.nextElement(&isFirst) {
                elements.append(try JSONValue(from: &scanner))
            }
            self = .array(elements)
        case UInt8(ascii: "\""):
            self = .string(scanner.bytes.string(try scanner.takeString()))
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            self = .bool(try scanner.takeBool() ?? false)
        case UInt8(ascii: "n"):
            try scanner.skipValue()
            self = .null
        default:
            let text = try scanner.takeRaw()
            self = .number(String(decoding: scanner.bytes.raw(text), as: UTF8.self))
        }
    }
}

// MARK: - Writing

extension JSONValue {
    /// The document without white space.
    package var compactBytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// The document without white space, as a String.
    package var compactText: String { String(decoding: compactBytes, as: UTF8.self) }

    /// Appends the document without white space.
    package func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): JSONWriter.appendQuoted(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONWriter.appendQuoted(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .pairs(elements) }
    package init(nilLiteral: ()) { self = .null }
}
