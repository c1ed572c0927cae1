import ErrorModel
import GRDB

/// Reads the rows of a board from the view.
struct BoardLoader {
    private let db: Database
    private let tables: IssueTables

    init(_ db: Database, _ tables: IssueTables) {
        self.db = db
        self.tables = tables
    }

    /// The rows that the list shows; of `rows` only, where they are given.
    func forEachRow(_ rows: [Int64]?, _ body: (BoardRow) throws -> Void) throws {
        let part = tables.isPart("seen.issue")
        let cursor = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT id, project, status, level, action, until IS NOT NULL,
                        (SELECT count(*) FROM issue_release AS seen WHERE \(part)),
                        events, users, accounts, first_seen, last_seen, first_release, last_release,
                        type, platform, title, culprit
                    FROM \(tables.shown) \(rows == nil ? "" : "WHERE id IN \(Self.list)")
                    """), arguments: Self.arguments(rows))
        while let row = try cursor.next() {
            try body(
                BoardRow(
                    row: row[0], project: row[1], status: IssueStatus(rawValue: row[2]) ?? .open,
                    level: row[3], action: row[4], hasCondition: row[5], releaseCount: row[6],
                    events: row[7], users: row[8], accounts: row[9], firstSeen: row[10],
                    lastSeen: row[11], firstRelease: row[12], lastRelease: row[13], type: row[14],
                    platform: row[15], value: row[16], culprit: row[17]))
        }
    }

    /// What issues were seen in, with the rows that the list shows.
    enum SeenIn: String {
        case environment
        case release
    }

    func forEachName(
        _ seenIn: SeenIn, _ rows: [Int64]?, _ body: (_ row: Int64, _ name: String) throws -> Void
    ) throws {
        let table = "issue_\(seenIn.rawValue)"
        let issue = tables.issue(ofPart: "\(table).issue")
        var condition = ""
        if rows != nil {
            condition = "WHERE issue IN \(Self.list)"
            if tables.hasMerges {
                condition +=
                    " OR issue IN (SELECT part FROM issue_part WHERE issue_part.issue IN \(Self.list))"
            }
        }
        let cursor = try Row.fetchCursor(
            db.cachedStatement(
                sql: "SELECT \(issue), \(seenIn.rawValue) FROM \(table) \(condition)"),
            arguments: Self.arguments(rows))
        while let row = try cursor.next() { try body(row[0], row[1]) }
    }

    /// One argument, whatever the number of rows: the statements are kept.
    private static let list = "(SELECT value FROM json_each(?1))"

    private static func arguments(_ rows: [Int64]?) -> StatementArguments {
        guard let rows else { return [] }
        return [JSONValue.array(rows.map { .integer($0) }).compactText]
    }
}

/// Counts trends from the days of issues.
struct TrendCounter {
    private let trend: IssueTrend
    private let days: Statement

    init(_ trend: IssueTrend, _ db: Database) throws {
        self.trend = trend
        let tables = try IssueTables(db)
        let issue =
            tables.hasMerges
            ? "issue IN (SELECT ?1 UNION ALL SELECT part FROM issue_part WHERE issue_part.issue = ?1)"
            : "issue = ?1"
        days = try db.cachedStatement(
            sql: """
                SELECT day, \(IssueSchema.hourColumns.joined(separator: ", "))
                FROM issue_day WHERE \(issue) AND day BETWEEN ?2 AND ?3
                """)
    }

    func count(_ row: Int64, lastSeen: Int64) throws -> Int64 {
        guard lastSeen >= trend.start else { return 0 }
        let cursor = try Row.fetchCursor(
            days, arguments: [row, trend.days.lowerBound, trend.days.upperBound])
        var sum: Int64 = 0
        while let day = try cursor.next() {
            for hour in 0..<IssueSchema.hourColumns.count {
                let sign = trend.sign(day: day[0], hour: Int64(hour))
                if sign != 0 { sum += sign * (day[hour + 1] as Int64) }
            }
        }
        return sum
    }
}
