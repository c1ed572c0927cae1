import ErrorModel
import Projections

/// What somebody may type into the search of the issue list.
enum SearchTexts {
    static func run(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        do throws(SearchError) {
            let search = try Search(text)
            require(text.utf8.count <= SearchLimits.queryBytes, "a long search is refused")
            guard let root = search.root else { return }
            _ = try? SearchQuestions(search)
            require(root.terms.count <= SearchLimits.terms, "terms are bounded")
            // The tree as text may be longer, and deeper by its parentheses, than a search may be.
            guard let again = try? Search(root.text) else { return }
            require(again.root?.text == root.text, "what was read reads back")
        } catch {
            require((1...text.count + 1).contains(error.column), "the place is in the text")
            require(!error.picture.isEmpty, "an error shows the place")
            require(!error.expected.isEmpty, "an error says what is wrong")
        }
    }
}
