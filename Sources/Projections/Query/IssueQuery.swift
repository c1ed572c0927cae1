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

        var column: String {
            switch self {
            case .lastSeen: "last_seen"
            case .firstSeen: "first_seen"
            case .events: "events"
            case .users: "users"
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
    /// Text that the title, type or culprit contains, without regard to case of ASCII letters.
    package var text: String?
    package var sort = Sort.lastSeen
    package var ascending = false
    package var limit = Self.defaultLimit
    /// Where the page before ended.
    package var after: Cursor?

    package init() {}

    /// A place in a sorted list: the sort value and the row of the last issue shown.
    package struct Cursor: Hashable, Sendable {
        package var value: Int64
        package var row: Int64

        package init(value: Int64, row: Int64) {
            self.value = value
            self.row = row
        }

        /// Reads `text`; nil where it is not of the form.
        package init?(_ text: String) {
            let parts = text.split(separator: "_")
            guard parts.count == 2, let value = Int64(parts[0], radix: 36),
                let row = Int64(parts[1], radix: 36)
            else { return nil }
            self.init(value: value, row: row)
        }

        /// An opaque name of the place, to be handed back.
        package var text: String {
            String(value, radix: 36) + "_" + String(row, radix: 36)
        }
    }
}

extension IssueQuery {
    /// Reads one page; `next` is where the next one begins, nil at the end.
    package func fetch(_ db: Database) throws -> (issues: [IssueSummary], next: Cursor?) {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        addFilters(&conditions, &arguments)
        let column = sort.column
        if let after {
            let comparison = ascending ? ">" : "<"
            conditions.append("(\(column), id) \(comparison) (?, ?)")
            arguments += [after.value, after.row]
        }
        let direction = ascending ? "ASC" : "DESC"
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = """
            SELECT * FROM issue \(filter)
            ORDER BY \(column) \(direction), id \(direction) LIMIT ?
            """
        arguments += [limit + 1]
        let rows = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
        let page = try rows.prefix(limit).map { try IssueSummary(row: $0, db) }
        guard rows.count > limit, let last = rows.prefix(limit).last else { return (page, nil) }
        return (page, Cursor(value: last[column], row: last["id"]))
    }

    private func addFilters(_ conditions: inout [String], _ arguments: inout StatementArguments) {
        if let project {
            conditions.append("project = ?")
            arguments += [project]
        }
        // Each status once, so that there are few different statements to be kept.
        let statuses = IssueStatus.allCases.filter(self.statuses.contains)
        if !statuses.isEmpty {
            conditions.append("status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))")
            arguments += StatementArguments(statuses.map(\.rawValue))
        }
        if let environment {
            conditions.append(
                "id IN (SELECT issue FROM issue_environment WHERE environment = ?)")
            arguments += [environment]
        }
        if let release {
            conditions.append("id IN (SELECT issue FROM issue_release WHERE release = ?)")
            arguments += [release]
        }
        if let level {
            conditions.append("level = ?")
            arguments += [level.rawValue]
        }
        if let issues {
            // One argument, whatever their number: the text of the statement is kept for reuse.
            let pairs = issues.map {
                JSONValue.array([
                    .integer($0.project), .string(IssueID.text($0.fingerprint)),
                ])
            }
            conditions.append(
                "(project, fingerprint) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))")
            arguments += [JSONValue.array(pairs).compactText]
        }
        if let text {
            let columns = ["title", "type", "culprit"].map { "instr(lower(\($0)), lower(?)) > 0" }
            conditions.append("(\(columns.joined(separator: " OR ")))")
            arguments += [text, text, text]
        }
    }
}
