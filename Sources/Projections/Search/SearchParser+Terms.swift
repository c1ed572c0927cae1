/// A term: a text, or a key and its value.
extension SearchParser {
    mutating func readTerm() throws(SearchError) -> SearchTerm {
        let start = at
        if let name = try readQuotedTag() {
            return SearchTerm(try readTest(.tag(name)), at: start..<at)
        }
        // A text that begins with a quote has no key.
        guard let colon = bytes[wordPlace(at)].firstIndex(of: UInt8(ascii: ":")) else {
            let text = try readText(untilDots: false)
            if text.pieces.allSatisfy(\.isEmpty) { throw error(text.place, "some text") }
            return SearchTerm(.text(try pattern(text)), at: start..<at)
        }
        let key = try key(start..<colon)
        at = colon + 1
        let test = try readTest(key)
        return SearchTerm(test, at: start..<at)
    }

    /// Passes `tag."a name":` and gives the name; nil, nothing passed, where none stands here.
    private mutating func readQuotedTag() throws(SearchError) -> String? {
        let quote = wordPlace(at).upperBound
        guard quote < bytes.count, bytes[quote] == UInt8(ascii: "\""),
            String(decoding: bytes[at..<quote], as: UTF8.self).lowercased() == SearchKey.tagPrefix
        else { return nil }
        at = quote
        let name = try readQuoted()
        guard name.pieces.count == 1, !name.text.isEmpty else {
            throw error(name.place, "the whole name of a tag")
        }
        guard next == UInt8(ascii: ":") else {
            throw error(at..<min(at + 1, bytes.count), "':' and a value, right behind")
        }
        at += 1
        return name.text
    }

    private func key(_ place: Range<Int>) throws(SearchError) -> SearchKey {
        let name = String(decoding: bytes[place], as: UTF8.self)
        if let key = SearchKey(name) { return key }
        if place.isEmpty {
            throw error(
                place.lowerBound..<place.lowerBound + 1, "a key before ':', or quotes around a text"
            )
        }
        if let near = SearchKey.nearest(to: name) {
            throw error(place, "a key such as '\(near)'; a text with ':' needs quotes")
        }
        throw error(
            place,
            "a key (is, has, level, release, lastSeen, …; a tag as 'tag.name'); "
                + "a text with ':' needs quotes")
    }
}
