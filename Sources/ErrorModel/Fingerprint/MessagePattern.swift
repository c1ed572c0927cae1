/// The part of a message that stays the same from one event to the next: numbers, ids, addresses
/// and times become names in angle brackets.
enum MessagePattern {
    /// Longest pattern, in Unicode scalars.
    static let scalarLimit = 200

    /// Appends the pattern of the message's first line that is not blank; nothing if all are.
    static func append(_ message: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        let line = firstLine(message)
        var writer = PatternWriter(bytes)
        bytes = []
        var matcher = PatternMatcher(line)
        var index = 0
        while index < line.count, !writer.isFull {
            if let match = matcher.match(at: index) {
                writer.append(match.name)
                index = match.end
            } else {
                let length = UTF8Scalar.length(line, at: index)
                if UTF8Scalar.isSpace(line, at: index) {
                    writer.appendSpace()
                } else {
                    writer.append(scalar: line.part(index..<index + length))
                }
                index += length
            }
        }
        bytes = writer.bytes
    }

    private static func firstLine(_ message: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        while start < message.count {
            let end =
                message[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? message.count
            let line = message.part(start..<end).trimmedText
            if !line.isEmpty { return line }
            start = end + 1
        }
        return message.part(0..<0)
    }
}

/// Appends scalars up to the limit, runs of white space as one space, none at the ends.
private struct PatternWriter {
    private(set) var bytes: [UInt8]
    private var count = 0
    private var owesSpace = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isFull: Bool { count >= MessagePattern.scalarLimit }

    mutating func appendSpace() { owesSpace = count > 0 }

    mutating func append(scalar: UnsafeRawBufferPointer) {
        paySpace()
        guard !isFull else { return }
        bytes.append(contentsOf: scalar)
        count += 1
    }

    mutating func append(_ name: StaticString) {
        paySpace()
        for index in 0..<name.utf8CodeUnitCount where !isFull {
            bytes.append(name.utf8Start[index])
            count += 1
        }
    }

    private mutating func paySpace() {
        guard owesSpace, !isFull else { return }
        owesSpace = false
        bytes.append(0x20)
        count += 1
    }
}

/// Scalars in bytes that are valid UTF-8 (other bytes count as scalars of their own).
enum UTF8Scalar {
    static func length(_ text: UnsafeRawBufferPointer, at index: Int) -> Int {
        let byte = text[index]
        let length = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        return min(length, text.count - index)
    }

    static func isSpace(_ text: UnsafeRawBufferPointer, at index: Int) -> Bool {
        let byte = text[index]
        if byte < 0x80 { return ASCII.isSpace(byte) || (0x1C...0x1F).contains(byte) }
        return scalar(text, at: index)?.properties.isWhitespace ?? false
    }

    /// A letter, digit or underscore.
    static func isWord(_ text: UnsafeRawBufferPointer, at index: Int) -> Bool {
        let byte = text[index]
        if byte < 0x80 {
            return ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_")
        }
        guard let properties = scalar(text, at: index)?.properties else { return false }
        return properties.isAlphabetic || properties.numericType != nil
    }

    static func isWord(_ text: UnsafeRawBufferPointer, before index: Int) -> Bool {
        index > 0 && isWord(text, at: start(text, before: index))
    }

    /// Where the scalar begins that ends before `index`, which is not 0.
    static func start(_ text: UnsafeRawBufferPointer, before index: Int) -> Int {
        var start = index - 1
        while start > 0, text[start] & 0xC0 == 0x80, index - start < 4 { start -= 1 }
        return start
    }

    private static func scalar(_ text: UnsafeRawBufferPointer, at index: Int) -> Unicode.Scalar? {
        let end = index + length(text, at: index)
        return String(decoding: text[index..<end], as: UTF8.self).unicodeScalars.first
    }
}
