package import ErrorModel
package import GRDB

/// What the issue list is asked for.
package struct IssueQuery: Sendable {
    /// What the list is ordered by; the names are those of the API.
    package enum Sort: String, CaseIterable, Sendable {
        case lastSeen
        case firstSeen
        case events
        case users
        case trend

        /// Nil for what no column holds.
        var column: String? {
            switch self {
            case .lastSeen: "last_seen"
            case .firstSeen: "first_seen"
            case .events: "events"
            case .users: "users"
            case .trend: nil
            }
        }

        /// Where a row of the list has it.
        fileprivate var place: Int {
            switch self {
            case .lastSeen: IssueColumn.lastSeen.rawValue
            case .firstSeen: IssueColumn.firstSeen.rawValue
            case .events: IssueColumn.events.rawValue
            case .users: IssueColumn.users.rawValue
            // Behind the others.
            case .trend: IssueColumn.allCases.count
            }
        }
    }

    /// A page holds at most so many issues: an answer stays below about 100 KB.
    package static let limitRange = 1...100
    /// A screenful.
    package static let defaultLimit = 25

    package var project: UInt32?
    package var statuses: [IssueStatus] = []
    package var environment: String?
    package var release: String?
    package var level: Level?
    /// Only issues of these fingerprints (of `project`), for example those that a user has met.
    package var issues: [IssueID]?
    package var search: Search?
    /// What the search needs to know: the answers to its `SearchQuestions`.
    package var facts = SearchFacts()
    /// What relative times and the trend count back from; on later pages, that of the first.
    package var now = Timestamp(microseconds: 0)
    package var sort = Sort.lastSeen
    package var ascending = false
    package var limit = Self.defaultLimit
    /// Where the page before ended.
    package var after: Cursor?

    package init() {}
}

extension IssueQuery {
    /// Reads one page; `next` is where the next one begins, nil at the end.
    package func fetch(_ db: Database) throws -> (issues: [IssueSummary], next: Cursor?) {
        let now = after?.now ?? self.now
        let tables = try IssueTables(db)
        var filters = Filters()
        addFilters(&filters, tables)
        if let root = search?.root {
            let condition = SearchSQL(root, facts, tables, now: now)
            filters.add(condition.sql, condition.arguments)
        }
        let rows = try RowReader(statement(&filters, tables, now, db), db)
            .all(filters.arguments) { row in
                (issue: try IssueSummary(row: row, tables, db), value: row.int(sort.place))
            }
        let page = rows.prefix(limit)
        guard rows.count > limit, let last = page.last else { return (page.map(\.issue), nil) }
        let cursor = Cursor(
            value: last.value, row: last.issue.row, now: dependsOnTime ? now : nil)
        return (page.map(\.issue), cursor)
    }

    /// Whether another moment may give another list.
    var dependsOnTime: Bool {
        sort == .trend || search?.root?.terms.contains { $0.test.isRelative } == true
    }

    private static let trendColumn = "trend"

    private func statement(
        _ filters: inout Filters, _ tables: IssueTables, _ now: Timestamp, _ db: Database
    ) throws -> Statement {
        let direction = ascending ? "ASC" : "DESC"
        let column = sort.column ?? Self.trendColumn
        var source = tables.shown
        if sort == .trend {
            let trend = IssueTrend(at: now)
            source =
                "(SELECT issue.*, \(trend.sql(tables)) AS trend FROM \(source) "
                + "\(filters.whereClause))"
            filters = Filters(arguments: trend.arguments + filters.arguments)
        }
        if let after {
            let comparison = ascending ? ">" : "<"
            filters.add("(\(column), id) \(comparison) (?, ?)", [after.value, after.row])
        }
        let sql = """
            SELECT * FROM \(source) \(filters.whereClause)
            ORDER BY \(column) \(direction), id \(direction) LIMIT ?
            """
        filters.arguments += [limit + 1]
        // Searches are as many as people think of: their statements are not worth keeping.
        let isKept = search?.root == nil && sort != .trend
        return try isKept ? db.cachedStatement(sql: sql) : db.makeStatement(sql: sql)
    }

    /// Conditions that all hold, and their values in the order of the text.
    private struct Filters {
        var conditions: [String] = []
        var arguments: StatementArguments = []

        mutating func add(_ condition: String, _ values: StatementArguments) {
            conditions.append(condition)
            arguments += values
        }

        var whereClause: String {
            conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        }
    }

    private func addFilters(_ filters: inout Filters, _ tables: IssueTables) {
        if let project { filters.add("project = ?", [project]) }
        // Each status once, so that there are few different statements to be kept.
        let statuses = IssueStatus.allCases.filter(self.statuses.contains)
        if !statuses.isEmpty {
            filters.add(
                "status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))",
                StatementArguments(statuses.map(\.rawValue)))
        }
        if let environment {
            let issue = tables.issue(ofPart: "issue_environment.issue")
            filters.add(
                "id IN (SELECT \(issue) FROM issue_environment WHERE environment = ?)",
                [environment])
        }
        if let release {
            let issue = tables.issue(ofPart: "issue_release.issue")
            filters.add("id IN (SELECT \(issue) FROM issue_release WHERE release = ?)", [release])
        }
        if let level { filters.add("level = ?", [level.rawValue]) }
        // One argument, whatever their number: the text of the statement is kept for reuse.
        if let issues { filters.add(tables.isOneOfPairs, [issues.pairsText]) }
    }
}
