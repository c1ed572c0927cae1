/// A part of a stack's text: a view, never a copy.
typealias StackBytes = ArraySlice<UInt8>

extension StackBytes {
    /// The text as a String; what is not UTF-8 becomes U+FFFD.
    var text: String { String(decoding: self, as: UTF8.self) }

    func hasPrefix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where self[startIndex + index] != text.utf8Start[index] {
            return false
        }
        return true
    }

    func hasSuffix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return count >= length && suffix(length).hasPrefix(text)
    }

    func isText(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefix(text)
    }

    /// What follows the text, where these bytes begin with it.
    func after(_ text: StaticString) -> StackBytes? {
        hasPrefix(text) ? dropFirst(text.utf8CodeUnitCount) : nil
    }

    /// Where the text first stands; its few bytes are compared once for each place.
    func first(_ text: StaticString) -> Index? {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return nil }
        for index in startIndex...(endIndex - length)
        where self[index] == text.utf8Start[0] && self[index...].hasPrefix(text) {
            return index
        }
        return nil
    }

    /// Where the text last stands.
    func last(_ text: StaticString) -> Index? {
        let length = text.utf8CodeUnitCount
        var index = endIndex - length
        while index >= startIndex {
            if self[index] == text.utf8Start[0], self[index...].hasPrefix(text) { return index }
            index -= 1
        }
        return nil
    }

    /// Without white space in front.
    var trimmedFront: StackBytes { drop { ASCII.isSpace($0) } }

    /// Without white space behind.
    var trimmedEnd: StackBytes {
        var end = endIndex
        while end > startIndex, ASCII.isSpace(self[end - 1]) { end -= 1 }
        return self[..<end]
    }

    var trimmed: StackBytes { trimmedFront.trimmedEnd }

    var isBlank: Bool { allSatisfy { ASCII.isSpace($0) } }

    var hasSpace: Bool { contains { ASCII.isSpace($0) } }

    /// The number that these digits write; nil where they are none, or past 64 bits.
    var number: Int64? {
        guard !isEmpty else { return nil }
        var value: Int64 = 0
        for byte in self {
            guard ASCII.isDigit(byte) else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int64(byte &- 0x30))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// The number that these hexadecimal digits write.
    var hexNumber: Int64? {
        guard !isEmpty, count <= 15 else { return nil }
        var value: Int64 = 0
        for byte in self {
            guard let digit = ASCII.hexValue(byte) else { return nil }
            value = value << 4 | Int64(digit)
        }
        return value
    }
}

/// The lines of a text one after the other, without their ends (LF or CR LF).
struct StackLines {
    private var rest: StackBytes
    private var isAtEnd: Bool

    init(_ text: StackBytes) {
        rest = text
        isAtEnd = text.isEmpty
    }

    /// The next line; no empty one behind a line end that closes the text.
    mutating func next() -> StackBytes? {
        if isAtEnd { return nil }
        let end = rest.firstIndex(of: 0x0A)
        let line = rest[..<(end ?? rest.endIndex)]
        rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
        isAtEnd = rest.isEmpty
        return line.last == 0x0D ? line.dropLast() : line
    }

    /// The line after the one that `next` will give, and so on; read, not taken.
    func peek() -> StackBytes? {
        var copy = self
        return copy.next()
    }
}
