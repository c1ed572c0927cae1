/// Writes JSON by appending to a byte array; it places the commas itself.
///
/// The caller keeps the order `key`, then one value, inside objects; nothing checks it.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    /// Starts with an empty text, or goes on after bytes that end where a value may stand.
    package init(appendingTo bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    package mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    package mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        appendQuoted(value)
    }

    package mutating func integer(_ value: some BinaryInteger) {
        separate()
        appendDigits(value)
    }

    /// Writes the shortest text that reads back to the same number; null for NaN and infinities.
    package mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: value.description.utf8)
    }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes a time as an RFC 3339 string in UTC.
    package mutating func timestamp(_ value: Timestamp) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        value.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes bytes that are one valid JSON value already.
    package mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes a small tree.
    package mutating func value(_ tree: JSONValue) {
        separate()
        tree.append(to: &bytes)
    }

    // MARK: Members: a key and its value in one call

    package mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func member(_ name: String, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    package mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    package mutating func member(_ name: String, _ value: Timestamp) {
        key(name)
        timestamp(value)
    }

    package mutating func member(_ name: String, _ value: JSONValue) {
        key(name)
        self.value(value)
    }

    /// Writes nothing at all where the value is nil.
    package mutating func optionalMember(_ name: String, _ value: String?) {
        if let value { member(name, value) }
    }

    /// Writes nothing at all where the value is nil.
    package mutating func optionalMember(_ name: String, _ value: (some BinaryInteger)?) {
        if let value { member(name, value) }
    }

    /// Writes nothing at all where the value is nil.
    package mutating func optionalMember(_ name: String, _ value: Timestamp?) {
        if let value { member(name, value) }
    }

    // MARK: Parts

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
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

    private mutating func appendDigits(_ value: some BinaryInteger) {
        bytes.append(contentsOf: String(value).utf8)
    }

    private mutating func appendQuoted(_ text: String) {
        Self.appendQuoted(text, to: &bytes)
    }

    /// Appends the text as a JSON string with its quotes; only what must be escaped is.
    package static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0), to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends valid UTF-8 in the escaped form that stands between the quotes.
    package static func appendEscaped(
        _ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]
    ) {
        var clean = 0
        for index in 0..<text.count {
            let byte = text[index]
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
            bytes.append(contentsOf: text[clean..<index])
            appendEscape(byte, to: &bytes)
            clean = index + 1
        }
        bytes.append(contentsOf: text[clean..<text.count])
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(ASCII.hexDigits[Int(byte >> 4)])
            bytes.append(ASCII.hexDigits[Int(byte & 15)])
        }
    }
}
