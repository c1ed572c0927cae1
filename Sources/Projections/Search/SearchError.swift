/// What is wrong with a search, and where.
package struct SearchError: Error, Hashable, Sendable {
    /// Counted from 1, in characters.
    package var column: Int
    /// As the query has it, in quotes; or `the end`.
    package var found: String
    package var expected: String
    /// The query in one line, cut to what is near, and below it a caret at the place.
    package var picture: String

    /// - Parameter offset: the place, in bytes of the query's UTF-8.
    init(in query: String, at offset: Int, found: String, expected: String) {
        let before = String(decoding: query.utf8.prefix(offset), as: UTF8.self).count
        column = before + 1
        self.found = found
        self.expected = expected
        picture = Self.picture(query, before)
    }

    /// What was found is the part of the query itself.
    init(in query: String, at place: Range<Int>, expected: String) {
        // To the end of the character.
        let rest = query.utf8.dropFirst(place.upperBound).prefix { $0 & 0xc0 == 0x80 }
        let bytes = query.utf8.dropFirst(place.lowerBound).prefix(place.count + rest.count)
        self.init(
            in: query, at: place.lowerBound, found: Self.quoted(bytes), expected: expected)
    }

    private static func quoted(_ bytes: Substring.UTF8View) -> String {
        if bytes.isEmpty { return "the end" }
        let text = String(decoding: bytes, as: UTF8.self)
        let head = oneLine(text.prefix(SearchLimits.foundCharacters))
        return "'\(head)\(head.count < text.count ? "…" : "")'"
    }

    /// The caret stands in the middle of a long query's picture, where it can.
    private static func picture(_ query: String, _ before: Int) -> String {
        let width = SearchLimits.pictureCharacters
        let count = query.count
        let first = max(0, min(before - width / 2, count - width))
        let line = oneLine(query.dropFirst(first).prefix(width))
        let head = first > 0 ? "…" : ""
        let tail = first + width < count ? "…" : ""
        let indent = String(repeating: " ", count: head.count + before - first)
        return "\(head)\(line)\(tail)\n\(indent)^"
    }

    /// Line breaks and other controls would move the caret away from its place.
    private static func oneLine(_ text: Substring) -> String {
        String(text.map { $0.unicodeScalars.contains { $0.value < 0x20 } ? " " : $0 })
    }
}

extension SearchError: CustomStringConvertible {
    /// One line, without the picture.
    package var message: String { "column \(column): expected \(expected), found \(found)" }

    package var description: String { "\(message)\n\(picture)" }
}
