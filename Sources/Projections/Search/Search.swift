/// A search of the issue list: its text and what that means.
///
/// | written | means |
/// |---|---|
/// | `a b`, `a AND b` | both |
/// | `a OR b` | one of them; weaker than `AND` |
/// | `!a`, `-a`, `NOT a` | not that |
/// | `( … )` | first what is inside |
/// | `key:value` | a test; the keys are those of `SearchTest` |
/// | `key:>1 key:>=1 key:<1 key:<=1 key:1..9` | numbers, times, levels, releases |
/// | `word`, `"two words"` | title or culprit contain it |
/// | `*` in a text | anything; `\*`, `\"` and `\\` in quotes are the signs themselves |
package struct Search: Hashable, Sendable {
    package let text: String
    /// Nil where the text is blank: then every issue is found.
    package let root: SearchNode?

    /// Reads a search; in time that grows with its length alone.
    package init(_ text: String) throws(SearchError) {
        self.text = text
        var parser = SearchParser(text)
        root = try parser.parse()
    }

    /// An error that speaks of a term of this search.
    package func error(at term: SearchTerm, expected: String) -> SearchError {
        SearchError(in: text, at: term.place, expected: expected)
    }
}
