/// Lines of source around a place.
package struct SourceContext: Equatable, Sendable {
    package var before: [String]
    package var line: String
    package var after: [String]

    /// Lines that are shown on each side.
    package static let lineCount = 5
    /// Longest line that is kept, in bytes: sources may be generated files themselves.
    package static let lineByteLimit = 512

    /// Cuts the lines out of a source's text; nil where it has no such line.
    ///
    /// - Parameter line: from 0 on; lines end at LF, CR LF and CR.
    package init?(_ text: UnsafeRawBufferPointer, line: UInt32) {
        let first = Int(line) - Self.lineCount
        var lines: [String] = []
        var number = 0
        var start = 0
        while start <= text.count, number <= Int(line) + Self.lineCount {
            let end = Self.lineEnd(text, from: start)
            let isLast = end == text.count
            // The empty text behind the last line break is no line.
            if isLast, start == end, number > 0 { break }
            if number >= first { lines.append(Self.text(text, start..<end)) }
            number += 1
            if isLast { break }
            let isPair = text[end] == 0x0D && end + 1 < text.count && text[end + 1] == 0x0A
            start = end + (isPair ? 2 : 1)
        }
        let place = min(Int(line), Self.lineCount)
        guard place < lines.count, number > Int(line) else { return nil }
        before = Array(lines[..<place])
        self.line = lines[place]
        after = Array(lines[(place + 1)...])
    }

    private static func lineEnd(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < text.count, text[index] != 0x0A, text[index] != 0x0D { index += 1 }
        return index
    }

    private static func text(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        let end = CutText.end(text, range, limit: lineByteLimit)
        return String(
            decoding: UnsafeRawBufferPointer(rebasing: text[range.lowerBound..<end]), as: UTF8.self)
    }
}
