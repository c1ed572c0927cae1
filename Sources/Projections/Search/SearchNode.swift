package import ErrorModel

/// The tree of a search: terms, joined.
package indirect enum SearchNode: Hashable, Sendable {
    case term(SearchTerm)
    case not(SearchNode)
    /// Two or more, all of which hold.
    case all([SearchNode])
    /// Two or more, one of which holds.
    case any([SearchNode])

    /// From left to right.
    package var terms: [SearchTerm] {
        switch self {
        case .term(let term): [term]
        case .not(let node): node.terms
        case .all(let nodes), .any(let nodes): nodes.flatMap(\.terms)
        }
    }

    /// It says which statuses are wanted, or asks for what only ignored and muted issues have.
    package var asksForStatus: Bool {
        terms.contains { term in
            switch term.test {
            case .state, .has(.condition): true
            default: false
            }
        }
    }

    /// Terms of which each has to hold, whatever the others say.
    package var requiredTerms: [SearchTerm] {
        switch self {
        case .term(let term): [term]
        case .not, .any: []
        case .all(let nodes): nodes.flatMap(\.requiredTerms)
        }
    }
}

/// A test of an issue, and where the query has it.
package struct SearchTerm: Hashable, Sendable {
    package var test: SearchTest
    /// In bytes of the query's UTF-8.
    package var place: Range<Int>

    package init(_ test: SearchTest, at place: Range<Int> = 0..<0) {
        self.test = test
        self.place = place
    }
}

/// What one term asks of an issue.
package enum SearchTest: Hashable, Sendable {
    /// Title or culprit contain it.
    case text(SearchPattern)
    case state(SearchState)
    case has(SearchMember)
    /// A slug or a number.
    case project(String)
    case level(SearchRange<Level>)
    case action(Action)
    case name(SearchName, SearchPattern)
    case count(SearchCount, SearchRange<Int64>)
    case time(SearchMoment, SearchRange<SearchTime>)
    case release(SearchRelease, SearchRange<String>)
    case person(SearchPerson)
    case tag(String, SearchPattern)
}

extension SearchTest {
    /// Whether it counts back from the moment of the search.
    package var isRelative: Bool {
        guard case .time(_, let range) = self else { return false }
        return range.bounds.contains { if case .ago = $0 { true } else { false } }
    }
}

/// The values of `is:`.
package enum SearchState: String, CaseIterable, Sendable {
    case open
    case resolved
    case ignored
    case muted
    case regressed
    /// Wants somebody's attention.
    case unresolved

    package var statuses: [IssueStatus] {
        switch self {
        case .open: [.open]
        case .resolved: [.resolved]
        case .ignored: [.ignored]
        case .muted: [.muted]
        case .regressed: [.regressed]
        case .unresolved: [.open, .regressed]
        }
    }
}

/// The values of `has:`.
package enum SearchMember: String, CaseIterable, Sendable {
    case user
    case account
    case environment
    case release
    case culprit
    /// Ignored or muted until something happens.
    case condition
}

/// Keys of texts.
package enum SearchName: String, CaseIterable, Sendable {
    case title
    case type
    case value
    case culprit
    case platform
    case environment
    case release
    case firstRelease
    case lastRelease
}

/// Keys of numbers.
package enum SearchCount: String, CaseIterable, Sendable {
    case events
    case users
    case accounts
}

/// Keys of times.
package enum SearchMoment: String, CaseIterable, Sendable {
    case firstSeen
    case lastSeen
}

/// Keys of releases, which have an order.
package enum SearchRelease: String, CaseIterable, Sendable {
    /// Any in which the issue was seen.
    case release
    case firstRelease
    case lastRelease

    var name: SearchName {
        switch self {
        case .release: .release
        case .firstRelease: .firstRelease
        case .lastRelease: .lastRelease
        }
    }
}

/// Somebody who has met the issue.
package enum SearchPerson: Hashable, Sendable {
    case user(String)
    case account(String)
}
