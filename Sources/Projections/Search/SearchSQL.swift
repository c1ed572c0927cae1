import ErrorModel
import GRDB

/// A search as a condition on issues as they are shown, every value bound.
///
/// Each condition is true or false, never null, so that `NOT` is the opposite.
struct SearchSQL {
    private let facts: SearchFacts
    private let tables: IssueTables
    private let now: Timestamp
    private(set) var sql = ""
    private(set) var arguments: StatementArguments = []

    init(_ root: SearchNode, _ facts: SearchFacts, _ tables: IssueTables, now: Timestamp) {
        self.facts = facts
        self.tables = tables
        self.now = now
        add(root)
    }

    private mutating func add(_ node: SearchNode) {
        switch node {
        case .term(let term):
            add(term.test)
        case .not(let node):
            sql += "NOT "
            add(node)
        case .all(let nodes): add(nodes, " AND ")
        case .any(let nodes): add(nodes, " OR ")
        }
    }

    private mutating func add(_ nodes: [SearchNode], _ word: String) {
        for (index, node) in nodes.enumerated() {
            sql += index == 0 ? "(" : word
            add(node)
        }
        sql += ")"
    }

    private mutating func add(_ condition: String, _ values: StatementArguments = []) {
        sql += "(\(condition))"
        arguments += values
    }

    // MARK: terms

    private mutating func add(_ test: SearchTest) {
        switch test {
        case .text(let pattern):
            let like = pattern.anywhere.like
            add(
                "\(Self.title) LIKE ? ESCAPE '\\' OR culprit LIKE ? ESCAPE '\\'", [like, like])
        case .state(let state):
            let statuses = state.statuses
            add(
                statuses.map { _ in "status = ?" }.joined(separator: " OR "),
                StatementArguments(statuses.map(\.rawValue)))
        case .has(let member): add(condition(member))
        case .project(let name):
            guard let project = facts.projects[name] else { SearchFacts.missing(test) }
            add("project = ?", [project])
        case .level(let range): addRange("level", range.map { Int64($0.rawValue) })
        case .action(let action): add("action = ?", [action.rawValue])
        case .name(let name, let pattern): add(name, pattern)
        case .count(let count, let range): addRange(count.rawValue, range)
        case .time(let moment, let range):
            addTime(moment == .firstSeen ? "first_seen" : "last_seen", range)
        case .release(let release, let range):
            guard let releases = facts.releases[range] else { SearchFacts.missing(test) }
            add(release, releases)
        case .person(let person):
            guard let issues = facts.people[person] else { SearchFacts.missing(test) }
            add(tables.isOneOfPairs, [issues.pairsText])
        case .tag(let key, let pattern):
            guard let issues = facts.tags[SearchTag(key: key, pattern: pattern)] else {
                SearchFacts.missing(test)
            }
            add(tables.isOneOfPairs, [issues.pairsText])
        }
    }

    private func condition(_ member: SearchMember) -> String {
        switch member {
        case .user: "users > 0"
        case .account: "accounts > 0"
        case .environment: seen(in: "environment", "TRUE")
        case .release: seen(in: "release", "TRUE")
        case .culprit: "culprit <> ''"
        case .condition: "until IS NOT NULL"
        }
    }

    private func seen(in name: String, _ condition: String) -> String {
        "EXISTS (SELECT 1 FROM issue_\(name) AS seen "
            + "WHERE \(tables.isPart("seen.issue")) AND \(condition))"
    }

    /// As the list shows it: `IssueSummary.title`.
    private static let title = """
        CASE WHEN title = '' THEN type WHEN type IN ('Message', '') THEN title \
        ELSE type || ': ' || title END
        """

    private mutating func add(_ name: SearchName, _ pattern: SearchPattern) {
        switch name {
        case .title: addText(Self.title, pattern)
        case .type: addText("type", pattern)
        case .value: addText("title", pattern)
        case .culprit: addText("culprit", pattern)
        case .platform: addText("platform", pattern)
        case .environment, .release:
            let (condition, value) = Self.exact("seen.\(name.rawValue)", pattern)
            add(seen(in: name.rawValue, condition), [value])
        case .firstRelease, .lastRelease:
            let column = name == .firstRelease ? "first_release" : "last_release"
            let (condition, value) = Self.exact(column, pattern)
            add("ifnull(\(condition), FALSE)", [value])
        }
    }

    private mutating func addText(_ expression: String, _ pattern: SearchPattern) {
        add("\(expression) LIKE ? ESCAPE '\\'", [pattern.like])
    }

    /// Environments and releases differ by case; a whole name is found by the table's key.
    static func exact(_ column: String, _ pattern: SearchPattern) -> (String, String) {
        if let whole = pattern.whole { return ("\(column) = ?", whole) }
        return ("\(column) GLOB ?", pattern.glob)
    }

    private mutating func add(_ release: SearchRelease, _ releases: [ProjectRelease]) {
        let list = releases.pairsText
        switch release {
        case .release:
            add(
                seen(in: "release", "(issue.project, seen.release) IN \(IssueTables.pairs)"), [list]
            )
        case .firstRelease:
            add("ifnull((project, first_release) IN \(IssueTables.pairs), FALSE)", [list])
        case .lastRelease:
            add("ifnull((project, last_release) IN \(IssueTables.pairs), FALSE)", [list])
        }
    }

    private mutating func addRange(_ column: String, _ range: SearchRange<Int64>) {
        switch range {
        case .equal(let bound): add("\(column) = ?", [bound])
        case .below(let bound): add("\(column) < ?", [bound])
        case .atMost(let bound): add("\(column) <= ?", [bound])
        case .above(let bound): add("\(column) > ?", [bound])
        case .atLeast(let bound): add("\(column) >= ?", [bound])
        case .between(let low, let high): add("\(column) BETWEEN ? AND ?", [low, high])
        }
    }

    /// A time is a span: before it, from its beginning, and so on.
    private mutating func addTime(_ column: String, _ range: SearchRange<SearchTime>) {
        switch range.map({ $0.span(now: now) }) {
        case .equal(let span): addSpan(column, span.lowerBound, span.upperBound)
        case .below(let span): add("\(column) < ?", [span.lowerBound])
        case .atMost(let span): add("\(column) < ?", [span.upperBound])
        case .above(let span): add("\(column) >= ?", [span.upperBound])
        case .atLeast(let span): add("\(column) >= ?", [span.lowerBound])
        case .between(let low, let high): addSpan(column, low.lowerBound, high.upperBound)
        }
    }

    private mutating func addSpan(_ column: String, _ start: Int64, _ end: Int64) {
        add("\(column) >= ? AND \(column) < ?", [start, end])
    }
}

extension [ProjectRelease] {
    /// `[[1,"shop@1.2.0"],…]`, for `json_each`.
    var pairsText: String {
        JSONValue.array(
            map { .array([.integer($0.project), .string($0.release)]) }
        ).compactText
    }
}

extension [IssueID] {
    /// `[[1,"30b4d8a9847d6360"],…]`, for `json_each`.
    var pairsText: String {
        JSONValue.array(
            map { .array([.integer($0.project), .string(IssueID.text($0.fingerprint))]) }
        ).compactText
    }
}
