package import ErrorModel

/// What the issues view alone does not know, for a search: looked up before the view is asked.
package struct SearchFacts: Sendable {
    /// Numbers of projects, by the names in the search.
    package var projects: [String: UInt32] = [:]
    /// The issues that people have met.
    package var people: [SearchPerson: [IssueID]] = [:]
    /// The issues that have a tag.
    package var tags: [SearchTag: [IssueID]] = [:]
    /// Keys of tags of which some issues have more values, or keys, than are kept: such an issue may
    /// be missing.
    package var incompleteTags: Set<String> = []
    /// The releases that lie in a range.
    package var releases: [SearchRange<String>: [ProjectRelease]] = [:]

    /// How far the views reflect the log that were asked; nil where none was.
    package private(set) var offset: UInt64?

    package init() {}

    /// Notes what a view that was asked reflects.
    package mutating func reflects(_ offset: UInt64) {
        self.offset = min(offset, self.offset ?? .max)
    }

    static func missing(_ test: SearchTest) -> Never {
        preconditionFailure("the fact for \(test) was not looked up; ask SearchQuestions")
    }
}

/// A tag that is searched for.
package struct SearchTag: Hashable, Sendable {
    package var key: String
    package var pattern: SearchPattern

    package init(key: String, pattern: SearchPattern) {
        self.key = key
        self.pattern = pattern
    }
}

/// A release of a project.
package struct ProjectRelease: Hashable, Sendable {
    package var project: UInt32
    package var release: String

    package init(project: UInt32, release: String) {
        self.project = project
        self.release = release
    }
}

/// The facts that a search needs.
package struct SearchQuestions: Sendable {
    /// Names of projects, with the first term of each.
    package private(set) var projects: [String: SearchTerm] = [:]
    /// People, with the first term of each.
    package private(set) var people: [SearchPerson: SearchTerm] = [:]
    /// Tags, with the first term of each.
    package private(set) var tags: [SearchTag: SearchTerm] = [:]
    package private(set) var releases: Set<SearchRange<String>> = []
    /// The project that all issues which can be found belong to; nil where they may be of several.
    package private(set) var onlyProject: String?

    /// Throws where the view cannot answer, whatever is looked up.
    package init(_ search: Search) throws(SearchError) {
        guard let root = search.root else { return }
        for term in root.terms {
            switch term.test {
            case .project(let name):
                if projects[name] == nil { projects[name] = term }
            case .person(let person):
                if people[person] == nil { people[person] = term }
                guard people.count <= SearchLimits.people else {
                    throw search.error(
                        at: term,
                        expected: "at most \(SearchLimits.people) users and accounts in a search")
                }
            case .release(_, let range):
                releases.insert(range)
                guard releases.count <= SearchLimits.releaseRanges else {
                    throw search.error(
                        at: term,
                        expected: "at most \(SearchLimits.releaseRanges) ranges of releases")
                }
            case .tag(let key, let pattern):
                let tag = SearchTag(key: key, pattern: pattern)
                if tags[tag] == nil { tags[tag] = term }
                guard tags.count <= SearchLimits.tags else {
                    throw search.error(
                        at: term, expected: "at most \(SearchLimits.tags) tags in a search")
                }
            default: break
            }
        }
        for term in root.requiredTerms {
            if case .project(let name) = term.test { onlyProject = name }
        }
    }
}
