/// A text of the query: in quotes, or up to a delimiter.
struct SearchText: Hashable {
    /// Without quotes; gaps are `*`.
    var text: String { pieces.joined(separator: "*") }
    /// What stands between gaps.
    var pieces: [String]
    var isQuoted: Bool
    /// Quotes included.
    var place: Range<Int>
}

extension SearchParser {
    /// Reads a text; one that is not quoted ends before `..` where that divides a range.
    mutating func readText(untilDots: Bool) throws(SearchError) -> SearchText {
        guard let next, !Self.isDelimiter(next) || next == UInt8(ascii: "\"") else {
            throw error(at..<min(at + 1, bytes.count), "a value, right behind")
        }
        let text =
            next == UInt8(ascii: "\"") ? try readQuoted() : readBare(untilDots: untilDots)
        if text.place.isEmpty { throw error(at..<at + 2, "a value before '..'") }
        guard let after = self.next, !Self.isSpace(after), after != UInt8(ascii: ")"),
            !(untilDots && isAtDots)
        else { return text }
        throw error(
            at..<at + 1,
            text.isQuoted
                ? "a space behind the closing quote"
                : "a space; a text with quotes or parentheses needs quotes around it")
    }

    /// Reads a value of an ordered key: `x`, `>x`, `>=x`, `<x`, `<=x` or `x..y`.
    mutating func readRange() throws(SearchError) -> SearchRange<SearchText> {
        let isAbove = next == UInt8(ascii: ">")
        if isAbove || next == UInt8(ascii: "<") {
            at += 1
            let isInclusive = next == UInt8(ascii: "=")
            if isInclusive { at += 1 }
            let bound = try readText(untilDots: false)
            switch (isAbove, isInclusive) {
            case (true, true): return .atLeast(bound)
            case (true, false): return .above(bound)
            case (false, true): return .atMost(bound)
            case (false, false): return .below(bound)
            }
        }
        let low = try readText(untilDots: true)
        guard isAtDots else { return .equal(low) }
        at += 2
        return .between(low, try readText(untilDots: false))
    }

    private var isAtDots: Bool {
        at + 1 < bytes.count && bytes[at] == UInt8(ascii: ".") && bytes[at + 1] == bytes[at]
    }

    private mutating func readBare(untilDots: Bool) -> SearchText {
        let start = at
        var pieces: [String] = []
        var pieceStart = at
        while let byte = next, !Self.isDelimiter(byte), !(untilDots && isAtDots) {
            if byte == UInt8(ascii: "*") {
                pieces.append(String(decoding: bytes[pieceStart..<at], as: UTF8.self))
                pieceStart = at + 1
            }
            at += 1
        }
        pieces.append(String(decoding: bytes[pieceStart..<at], as: UTF8.self))
        return SearchText(pieces: pieces, isQuoted: false, place: start..<at)
    }

    /// Reads a text in quotes, the first of which stands here.
    mutating func readQuoted() throws(SearchError) -> SearchText {
        let start = at
        var pieces: [String] = []
        var piece: [UInt8] = []
        at += 1
        while let byte = next, byte != UInt8(ascii: "\"") {
            at += 1
            if byte == UInt8(ascii: "\\"), let escaped = next, Self.isEscaped(escaped) {
                piece.append(escaped)
                at += 1
            } else if byte == UInt8(ascii: "*") {
                pieces.append(String(decoding: piece, as: UTF8.self))
                piece.removeAll(keepingCapacity: true)
            } else {
                piece.append(byte)
            }
        }
        guard !isAtEnd else {
            throw SearchError(
                in: query, at: start, found: "the end", expected: "a closing quote for this one")
        }
        at += 1
        pieces.append(String(decoding: piece, as: UTF8.self))
        return SearchText(pieces: pieces, isQuoted: true, place: start..<at)
    }

    /// What a backslash in quotes takes its meaning from; before others it is itself.
    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "*")
    }
}
