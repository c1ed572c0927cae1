package import ErrorModel
package import GRDB

/// What one issue shows beside its summary, from the issues view.
package struct IssueDetail: Sendable {
    /// Events under one name.
    package struct Share: Hashable, Sendable {
        package var name: String
        package var events: Int
        package var firstSeen: Timestamp
        package var lastSeen: Timestamp
    }

    /// Events of one hour that had any.
    package struct Hour: Hashable, Sendable {
        package var start: Timestamp
        package var events: Int
    }

    /// One change of status.
    package struct Change: Sendable {
        package var version: UInt64
        package var offset: UInt64
        package var time: Timestamp
        package var from: IssueStatus
        package var to: IssueStatus
        package var actor: String
        /// The data of the record, JSON.
        package var details: String
    }

    /// The trend goes back so many hours from the last event: two weeks.
    package static let trendHours = 336

    package var summary: IssueSummary
    /// Events that came in a storm, and of which no payload was kept.
    package var sampled: Int
    package var environments: [Share]
    package var releases: [Share]
    /// Oldest first; hours without events are left out.
    package var trend: [Hour]
    /// Oldest first.
    package var history: [Change]
    /// The fingerprints whose events it shows, its own first.
    package var parts: [IssueID]
    /// What people said, oldest first.
    package var comments: [IssueAct]

    /// Reads one issue; nil where there is none of this id.
    package static func fetch(_ id: IssueID, _ db: Database) throws -> IssueDetail? {
        guard let summary = try IssueSummary.fetch(id, db) else { return nil }
        return IssueDetail(
            summary: summary,
            sampled: try Int.fetchOne(
                db.cachedStatement(sql: "SELECT sum(events) FROM issue_sampled WHERE \(isPart)"),
                arguments: [summary.row]) ?? 0,
            environments: try shares("environment", summary.row, db),
            releases: try shares("release", summary.row, db),
            trend: try trend(summary, db), history: try history(summary.row, db),
            parts: try IssueParts.fetch(of: summary.row, db),
            comments: try IssueAct.comments(on: summary.row, db))
    }

    /// A condition on a table of what issues have: the row is the issue's, or of one of its parts.
    private static let isPart =
        "(issue = ?1 OR issue IN (SELECT part FROM issue_part WHERE issue_part.issue = ?1))"

    private static func shares(_ name: String, _ row: Int64, _ db: Database) throws -> [Share] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT \(name), sum(events) AS total, min(first_seen), max(last_seen)
                    FROM issue_\(name) WHERE \(isPart) GROUP BY \(name)
                    ORDER BY total DESC, \(name)
                    """), arguments: [row]
        ).map {
            Share(
                name: $0[0], events: $0[1], firstSeen: Timestamp(microseconds: $0[2]),
                lastSeen: Timestamp(microseconds: $0[3]))
        }
    }

    private static func trend(_ summary: IssueSummary, _ db: Database) throws -> [Hour] {
        // By the table's key: the view of hours would be made whole for the condition.
        let last = floorDivide(summary.lastSeen.microseconds, microsecondsPerHour)
        let first = last - Int64(trendHours) + 1
        let sums = IssueSchema.hourColumns.map { "sum(\($0))" }.joined(separator: ", ")
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT day, \(sums) FROM issue_day WHERE \(isPart) AND day >= ?2
                    GROUP BY day ORDER BY day
                    """),
            arguments: [summary.row, floorDivide(first, 24)])
        return rows.flatMap { row in
            (0..<24).compactMap { hour -> Hour? in
                let start = (row[0] as Int64) * 24 + Int64(hour)
                let events: Int = row[hour + 1]
                guard events > 0, start >= first else { return nil }
                return Hour(
                    start: Timestamp(microseconds: start * microsecondsPerHour), events: events)
            }
        }
    }

    private static let microsecondsPerHour: Int64 = 3_600_000_000

    /// Its changes of status, oldest first.
    package static func history(_ row: Int64, _ db: Database) throws -> [Change] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT version, log_offset, time, from_status, to_status, actor, details
                    FROM issue_history WHERE issue = ? ORDER BY version
                    """), arguments: [row]
        ).compactMap { row in
            guard let from = IssueStatus(rawValue: row[3]), let to = IssueStatus(rawValue: row[4])
            else { return nil }
            return Change(
                version: UInt64(bitPattern: row[0]), offset: UInt64(bitPattern: row[1]),
                time: Timestamp(microseconds: row[2]), from: from, to: to, actor: row[5],
                details: row[6])
        }
    }
}
