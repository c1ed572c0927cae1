/// The bounds of a search.
package enum SearchLimits {
    /// More than anybody types, and less than the line of a request may have.
    package static let queryBytes = 2_048
    /// Each term is a condition of the SQL, and SQLite nests 1,000 of them at most.
    package static let terms = 64
    /// Of parentheses and negations: so deep the parser and the translation call themselves.
    package static let depth = 16
    /// In one value: a text is looked through again for each.
    package static let wildcards = 8
    /// Users and accounts in one search: each is looked up in the log itself.
    package static let people = 4
    /// Ranges of releases in one search: each is compared with every release of the projects.
    package static let releaseRanges = 4
    /// Tags in one search: each is looked up by itself.
    package static let tags = 8
    /// Of a relative time, in any unit: 1,000,000 weeks are more than the calendar has.
    package static let agoAmount: Int64 = 1_000_000

    /// A longer name is nobody's slip of a key: comparing costs the product of the lengths.
    static let suggestedKeyBytes = 20
    /// So many letters wrong, and a key is still proposed.
    static let suggestionDistance = 2
    /// Characters of what was found that an error repeats.
    static let foundCharacters = 32
    /// Characters of the query that the picture of an error shows, so that it fits a terminal.
    package static let pictureCharacters = 72
}
