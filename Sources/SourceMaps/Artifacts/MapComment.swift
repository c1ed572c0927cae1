import ErrorModel

/// What the comments at the end of a generated file say of its map.
package struct MapComments: Equatable, Sendable {
    /// As it stands there, not resolved; empty where the file says that it has no map.
    package var sourceMappingURL: String?
    /// The name that the file gives itself.
    package var sourceURL: String?
    package var debugID: DebugID?

    package init(
        sourceMappingURL: String? = nil, sourceURL: String? = nil, debugID: DebugID? = nil
    ) {
        self.sourceMappingURL = sourceMappingURL
        self.sourceURL = sourceURL
        self.debugID = debugID
    }

    package enum Language: Sendable { case javaScript, css }

    /// Lines from the end of a script in which a debug id counts, as its proposal has it.
    static let debugIDLineCount = 5

    /// Reads a generated file from its end, without parsing it, as ECMA-426 describes.
    package init(of file: [UInt8], language: Language) {
        self = file.withUnsafeBytes { bytes in
            switch language {
            case .javaScript: Self.ofScript(bytes)
            case .css: Self.ofStyleSheet(bytes)
            }
        }
    }

    // MARK: Scripts

    private static func ofScript(_ bytes: UnsafeRawBufferPointer) -> MapComments {
        var comments = MapComments()
        var lines = ReversedLines(bytes)
        var lineCount = 0
        var isOpen = true
        while let line = lines.next() {
            // The empty text behind the last line break is no line.
            if lineCount == 0, line.isEmpty, line.upperBound == bytes.count, lines.hasMore {
                continue
            }
            lineCount += 1
            if isOpen { isOpen = comments.take(bytes, line) }
            if lineCount <= debugIDLineCount, comments.debugID == nil {
                comments.debugID = debugID(bytes, line)
            }
            if !isOpen, lineCount >= debugIDLineCount { break }
        }
        return comments
    }

    /// Takes what one line says, the comments nearer to the end having been taken; false where no
    /// line before this one counts any more.
    private mutating func take(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        var place = line.lowerBound
        // Code before a comment on its line ends the search, but not before the comment is read.
        let start = Self.commentStart(bytes, line)
        place = Self.skipSpace(bytes, place, line.upperBound)
        if place == line.upperBound { return true }
        guard let start, start == place else {
            return false
        }
        let comment = start + 2..<line.upperBound
        if Self.isDoubtful(bytes, comment) { return false }
        if sourceMappingURL == nil {
            sourceMappingURL = Self.value(bytes, comment, "sourceMappingURL=")
        }
        if sourceURL == nil { sourceURL = Self.value(bytes, comment, "sourceURL=") }
        return true
    }

    /// Where the line's first two slashes are; nil without.
    private static func commentStart(
        _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>
    ) -> Int? {
        var place = line.lowerBound
        while place + 1 < line.upperBound {
            if bytes[place] == UInt8(ascii: "/"), bytes[place + 1] == UInt8(ascii: "/") {
                return place
            }
            place += 1
        }
        return nil
    }

    /// True where the "comment" may be part of a string or of a comment of several lines.
    private static func isDoubtful(
        _ bytes: UnsafeRawBufferPointer, _ comment: Range<Int>
    ) -> Bool {
        for place in comment {
            switch bytes[place] {
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return true
            case UInt8(ascii: "*"):
                if place + 1 < comment.upperBound, bytes[place + 1] == UInt8(ascii: "/") {
                    return true
                }
            default: break
            }
        }
        return false
    }

    /// The id of a line that is `//# debugId=…` and nothing else.
    private static func debugID(
        _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>
    ) -> DebugID? {
        let start = skipSpace(bytes, line.lowerBound, line.upperBound)
        guard start + 2 <= line.upperBound, bytes[start] == UInt8(ascii: "/"),
            bytes[start + 1] == UInt8(ascii: "/"),
            let text = value(bytes, start + 2..<line.upperBound, "debugId=")
        else { return nil }
        return DebugID(text)
    }

    /// The value of a comment that is a mark (`#` or `@`), white space, the name, the value without
    /// white space, and white space.
    private static func value(
        _ bytes: UnsafeRawBufferPointer, _ comment: Range<Int>, _ name: StaticString
    ) -> String? {
        guard let first = comment.first,
            bytes[first] == UInt8(ascii: "#") || bytes[first] == UInt8(ascii: "@")
        else { return nil }
        let start = skipSpace(bytes, first + 1, comment.upperBound)
        let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard bytes[start..<comment.upperBound].starts(with: name) else { return nil }
        let valueStart = start + name.count
        var end = valueStart
        while end < comment.upperBound, spaceLength(bytes, end, comment.upperBound) == 0 {
            end += 1
        }
        guard skipSpace(bytes, end, comment.upperBound) == comment.upperBound else { return nil }
        return String(decoding: bytes[valueStart..<end], as: UTF8.self)
    }

    // MARK: Style sheets

    private static func ofStyleSheet(_ bytes: UnsafeRawBufferPointer) -> MapComments {
        var comments = MapComments()
        var place = 0
        while place < bytes.count {
            if let quote = quote(bytes[place]) {
                place = endOfString(bytes, place + 1, quote)
            } else if bytes[place] == UInt8(ascii: "/"), place + 1 < bytes.count,
                bytes[place + 1] == UInt8(ascii: "*")
            {
                let end = endOfComment(bytes, place + 2)
                let comment = place + 2..<end
                // The last one counts; what stands behind it does not matter less for that.
                if let url = value(bytes, comment, "sourceMappingURL=") {
                    comments.sourceMappingURL = url
                } else if let url = value(bytes, comment, "sourceURL=") {
                    comments.sourceURL = url
                } else if let id = value(bytes, comment, "debugId=") {
                    comments.debugID = DebugID(id) ?? comments.debugID
                }
                place = min(end + 2, bytes.count)
            } else {
                if spaceLength(bytes, place, bytes.count) == 0, comments.sourceMappingURL != nil {
                    // Rules behind the comment: it was not the one at the end.
                    comments.sourceMappingURL = nil
                }
                place += 1
            }
        }
        return comments
    }

    private static func quote(_ byte: UInt8) -> UInt8? {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") ? byte : nil
    }

    private static func endOfString(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ quote: UInt8
    ) -> Int {
        var place = start
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "\\") {
                place += 2
            } else if bytes[place] == quote || bytes[place] == 0x0A {
                return place + 1
            } else {
                place += 1
            }
        }
        return bytes.count
    }

    private static func endOfComment(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var place = start
        while place + 1 < bytes.count {
            if bytes[place] == UInt8(ascii: "*"), bytes[place + 1] == UInt8(ascii: "/") {
                return place
            }
            place += 1
        }
        return bytes.count
    }

    // MARK: White space

    private static func skipSpace(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Int {
        var place = start
        while place < end {
            let length = spaceLength(bytes, place, end)
            if length == 0 { break }
            place += length
        }
        return place
    }

    /// Bytes of the white space at the place, as regular expressions of ECMA-262 know it; else 0.
    private static func spaceLength(
        _ bytes: UnsafeRawBufferPointer, _ place: Int, _ end: Int
    ) -> Int {
        let byte = bytes[place]
        if ASCII.isSpace(byte) { return 1 }
        if byte == 0xC2, place + 1 < end, bytes[place + 1] == 0xA0 { return 2 }
        guard byte >= 0xE1, byte <= 0xEF, place + 2 < end else { return 0 }
        switch (byte, bytes[place + 1], bytes[place + 2]) {
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9),
            (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80), (0xEF, 0xBB, 0xBF):
            return 3
        default: return 0
        }
    }
}

/// The lines of a script from the last to the first, split where ECMA-262 splits them.
private struct ReversedLines {
    private let bytes: UnsafeRawBufferPointer
    private var end: Int?

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        end = bytes.count
    }

    var hasMore: Bool { end != nil }

    mutating func next() -> Range<Int>? {
        guard let end else { return nil }
        var place = end
        while place > 0 {
            let length = breakLength(endingAt: place)
            if length > 0 {
                self.end = place - length
                return place..<end
            }
            place -= 1
        }
        self.end = nil
        return 0..<end
    }

    /// Bytes of the line break whose last byte is just before the place; else 0.
    private func breakLength(endingAt place: Int) -> Int {
        switch bytes[place - 1] {
        case 0x0A: return place >= 2 && bytes[place - 2] == 0x0D ? 2 : 1
        case 0x0D: return 1
        case 0xA8, 0xA9:
            return place >= 3 && bytes[place - 2] == 0x80 && bytes[place - 3] == 0xE2 ? 3 : 0
        default: return 0
        }
    }
}
