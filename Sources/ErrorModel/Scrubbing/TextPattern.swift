/// A pattern that a project removes from all text.
///
/// `#` stands for a digit, `@` for a letter, `?` for any character, `*` for one or more characters
/// that are neither space nor quote; `\` takes the special meaning off the next one. All else stands
/// for itself, in either case. There is no other syntax: what is matched takes time in proportion to
/// the text, whatever the pattern.
package struct TextPattern: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let parts: [Part]

    private enum Part: Hashable, Sendable {
        case byte(UInt8)
        case digit, letter, any, run
    }

    /// Longer ones would be lists of their own, and a set of places in it fits one word.
    package static let byteLimit = 64
    /// What a match may cover: longer secrets are removed up to here.
    static let matchByteLimit = 256

    /// Nil where it is empty, too long, or matches every text.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.byteLimit else { return nil }
        self.text = text
        var parts: [Part] = []
        var isLiteral = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\") where !isLiteral:
                isLiteral = true
                continue
            case UInt8(ascii: "#") where !isLiteral: parts.append(.digit)
            case UInt8(ascii: "@") where !isLiteral: parts.append(.letter)
            case UInt8(ascii: "?") where !isLiteral: parts.append(.any)
            case UInt8(ascii: "*") where !isLiteral: parts.append(.run)
            default: parts.append(.byte(ASCII.lowered(byte)))
            }
            isLiteral = false
        }
        guard parts.contains(where: { $0 != .any && $0 != .run }), !isLiteral else { return nil }
        self.parts = parts
    }

    /// The longest match that begins at `start`; nil: none does.
    func match(_ text: UnsafeRawBufferPointer, at start: Int) -> Range<Int>? {
        guard fits(parts[0], text[start]) else { return nil }
        // A bit for each part that the next byte may belong to.
        var places: UInt64 = 1
        var end: Int?
        var index = start
        while index < min(text.count, start + Self.matchByteLimit) {
            var next: UInt64 = 0
            for (number, part) in parts.enumerated()
            where places >> UInt64(number) & 1 == 1 && fits(part, text[index]) {
                if part == .run { next |= 1 << UInt64(number) }
                if number + 1 == parts.count {
                    end = index + 1
                } else {
                    next |= 1 << UInt64(number + 1)
                }
            }
            if next == 0 { break }
            places = next
            index += 1
        }
        return end.map { start..<$0 }
    }

    private func fits(_ part: Part, _ byte: UInt8) -> Bool {
        switch part {
        case .byte(let wanted): ASCII.lowered(byte) == wanted
        case .digit: ASCII.isDigit(byte)
        case .letter: ASCII.isLetter(byte) || byte >= 0x80
        case .any: true
        case .run:
            !ASCII.isSpace(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "'")
                && byte != UInt8(ascii: "\\")
        }
    }
}
