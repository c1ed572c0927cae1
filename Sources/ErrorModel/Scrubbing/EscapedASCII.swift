import Glibc

/// Characters of ASCII that a JSON text writes as `\u0022`, as some encoders do with quotes, `=`, `+` and `'`.
///
/// What looks like a secret is told by such characters: a text is looked through with them as they are
/// meant.
enum EscapedASCII {
    private static let backslash = UInt8(ascii: "\\")

    /// True where the backslash at `index` may begin the escape of a printable character of ASCII.
    @inline(__always)
    static func mayBegin(_ text: JSONBytes, at index: Int) -> Bool {
        // \u0020 to \u007e.
        index &+ 6 <= text.count && text[index &+ 1] == UInt8(ascii: "u")
            && text[index &+ 2] == UInt8(ascii: "0") && text[index &+ 3] == UInt8(ascii: "0")
            && text[index &+ 4] &- UInt8(ascii: "2") < 6
    }

    /// The same text with each such character as itself, or behind one backslash; nil where there is none.
    ///
    /// In time in proportion to the text.
    static func plain(_ text: JSONBytes) -> [UInt8]? {
        guard let first = next(in: text, from: 0) else { return nil }
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        plain.append(contentsOf: text.raw(0..<first))
        var index = first
        while index < text.count {
            let byte = text[index]
            guard byte == backslash, index + 1 < text.count else {
                plain.append(byte)
                index += 1
                continue
            }
            if mayBegin(text, at: index), let character = character(text, at: index) {
                if character == UInt8(ascii: "\"") || character == backslash {
                    plain.append(backslash)
                }
                plain.append(character)
                index += 6
            } else {
                plain.append(byte)
                plain.append(text[index + 1])
                index += 2
            }
        }
        return plain
    }

    /// The first escape that `plain` would undo.
    private static func next(in text: JSONBytes, from start: Int) -> Int? {
        var index = start
        while index < text.count,
            let found = memchr(text.base + index, Int32(backslash), text.count - index)
        {
            index = UnsafeRawPointer(found) - text.base
            if mayBegin(text, at: index), character(text, at: index) != nil { return index }
            index += 2
        }
        return nil
    }

    /// Nil for what is no printable character.
    private static func character(_ text: JSONBytes, at index: Int) -> UInt8? {
        guard let high = ASCII.hexValue(text[index + 4]), let low = ASCII.hexValue(text[index + 5])
        else { return nil }
        let character = UInt8(high) << 4 | UInt8(low)
        return character == 0x7F ? nil : character
    }
}
