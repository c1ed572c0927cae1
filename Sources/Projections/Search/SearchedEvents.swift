package import ErrorModel

/// A search of the events of one project: the language of `Search`, asked of an event alone.
///
/// What only an issue has, such as a status, a count or when it was first seen, is an error that points at
/// the term.
package struct SearchedEvents: Sendable {
    /// What a test is asked of.
    private struct Subject {
        var digest: EventDigestView
        /// The hashed user, 0 = none.
        var user: UInt64

        func fits(_ pattern: FoldedMatcher, _ range: Range<Int>) -> Bool {
            digest.bytes[range].withUnsafeBytes { pattern.fits($0) }
        }
    }

    /// The project whose events are searched.
    package struct Scope: Sendable {
        package var project: UInt32
        /// With which its people are hashed.
        package var salt: [UInt8]
        /// Of the facts of a search the projects and the releases are asked for.
        package var facts: SearchFacts

        package init(project: UInt32, salt: [UInt8], facts: SearchFacts) {
            self.project = project
            self.salt = salt
            self.facts = facts
        }
    }

    private typealias Test = @Sendable (Subject) -> Bool

    private let root: Test

    package init(_ search: Search, _ scope: Scope) throws(SearchError) {
        guard let node = search.root else {
            root = { _ in true }
            return
        }
        root = try Self.test(node, search, scope)
    }

    /// - Parameter user: the event's key of the user, 0 where it names none.
    package func finds(_ digest: EventDigestView, user: UInt64) -> Bool {
        root(Subject(digest: digest, user: user))
    }

    private static func test(
        _ node: SearchNode, _ search: Search, _ scope: Scope
    ) throws(SearchError) -> Test {
        func tests(_ nodes: [SearchNode]) throws(SearchError) -> [Test] {
            var tests: [Test] = []
            for node in nodes { tests.append(try test(node, search, scope)) }
            return tests
        }
        switch node {
        case .term(let term):
            if let test = test(term.test, scope) { return test }
            throw search.error(
                at: term, expected: "a test of an event; this one is of its issue")
        case .not(let node):
            let test = try test(node, search, scope)
            return { !test($0) }
        case .all(let nodes):
            let tests = try tests(nodes)
            return { subject in tests.allSatisfy { $0(subject) } }
        case .any(let nodes):
            let tests = try tests(nodes)
            return { subject in tests.contains { $0(subject) } }
        }
    }

    /// Nil for what is asked of issues.
    private static func test(_ test: SearchTest, _ scope: Scope) -> Test? {
        switch test {
        case .state, .count, .time, .has(.condition): return nil
        case .text(let pattern):
            let title = folded(pattern.anywhere) { $0.title }
            let culprit = folded(pattern.anywhere) { $0.culprit }
            return { title($0) || culprit($0) }
        case .has(let member): return { has(member, $0) }
        case .project(let name):
            let isOfProject = scope.facts.projects[name] == scope.project
            return { _ in isOfProject }
        case .level(let range):
            return { subject in
                range.contains { Int(subject.digest.level.rawValue) - Int($0.rawValue) }
            }
        case .action(let action): return { $0.digest.action == action }
        case .name(let name, let pattern): return self.test(name, pattern)
        case .release(let release, let range):
            guard release == .release else { return nil }
            guard let releases = scope.facts.releases[range] else { SearchFacts.missing(test) }
            let names = Set(releases.map(\.release))
            return { names.contains($0.digest.release) }
        case .person(.user(let name)):
            let key = EventKeys.user(name, salt: scope.salt)
            return { $0.user == key }
        case .person(.account(let name)):
            let key = EventKeys.account(name, salt: scope.salt)
            return { $0.digest.account == key }
        case .tag(let key, let pattern): return tag(key, pattern)
        }
    }

    private static func has(_ member: SearchMember, _ subject: Subject) -> Bool {
        switch member {
        case .user: subject.user != 0
        case .account: subject.digest.account != 0
        case .environment: !subject.digest.environmentRange.isEmpty
        case .release: !subject.digest.releaseRange.isEmpty
        case .culprit: !subject.digest.culpritRange.isEmpty
        case .condition: false
        }
    }

    private static func test(_ name: SearchName, _ pattern: SearchPattern) -> Test? {
        switch name {
        case .title: folded(pattern) { $0.title }
        case .type: folded(pattern) { $0.type }
        case .value: folded(pattern) { $0.value }
        case .culprit: folded(pattern) { $0.culprit }
        case .platform: folded(pattern) { $0.platform }
        // Environments and releases differ by case.
        case .environment: exact(pattern, \.environmentRange)
        case .release: exact(pattern, \.releaseRange)
        case .firstRelease, .lastRelease: nil
        }
    }

    private static func folded(
        _ pattern: SearchPattern, _ text: @escaping @Sendable (EventDigestView) -> String
    ) -> Test {
        let pattern = FoldedPattern(pattern)
        return { subject in
            let folded = FoldedText.bytes(text(subject.digest))
            return pattern.withMatcher { matcher in folded.withUnsafeBytes(matcher.fits) }
        }
    }

    private static func exact(
        _ pattern: SearchPattern, _ range: @escaping @Sendable (EventDigestView) -> Range<Int>
    ) -> Test {
        let pattern = FoldedPattern(exact: pattern)
        return { subject in
            pattern.withMatcher { subject.fits($0, range(subject.digest)) }
        }
    }

    private static func tag(_ key: String, _ pattern: SearchPattern) -> Test {
        let wanted = Array(key.utf8)
        let pattern = FoldedPattern(exact: pattern)
        return { subject in
            pattern.withMatcher { matcher in
                var isFound = false
                subject.digest.forEachTag { key, value in
                    guard !isFound, subject.digest.bytes[key].elementsEqual(wanted) else { return }
                    isFound = subject.fits(matcher, value)
                }
                return isFound
            }
        }
    }
}

extension EventDigestView {
    /// As that of the issue which it would make.
    fileprivate var title: String { IssueSummary.title(type: type, value: value) }
}
