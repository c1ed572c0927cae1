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

    /// Reads one issue; nil where there is none of this id.
    package static func fetch(_ id: IssueID, _ db: Database) throws -> IssueDetail? {
        guard let summary = try IssueSummary.fetch(id, db) else { return nil }
        return IssueDetail(
            summary: summary,
            sampled: try Int.fetchOne(
                db, sql: "SELECT events FROM issue_sampled WHERE issue = ?",
                arguments: [summary.row]) ?? 0,
            environments: try shares("environment", summary.row, db),
            releases: try shares("release", summary.row, db),
            trend: try trend(summary, db), history: try history(summary.row, db))
    }

    private static func shares(_ name: String, _ row: Int64, _ db: Database) throws -> [Share] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT \(name), events, first_seen, last_seen FROM issue_\(name)
                WHERE issue = ? ORDER BY events DESC, \(name)
                """, arguments: [row]
        ).map {
            Share(
                name: $0[0], events: $0[1], firstSeen: Timestamp(microseconds: $0[2]),
                lastSeen: Timestamp(microseconds: $0[3]))
        }
    }

    private static func trend(_ summary: IssueSummary, _ db: Database) throws -> [Hour] {
        let last = summary.lastSeen.microseconds / Timestamp.microsecondsPerSecond
        let rows = try Row.fetchAll(
            db, sql: "SELECT hour, events FROM issue_hour WHERE issue = ? AND hour > ? ORDER BY 1",
            arguments: [summary.row, last - Int64(trendHours) * 3_600])
        return rows.map {
            Hour(
                start: Timestamp(
                    microseconds: ($0[0] as Int64) * Timestamp.microsecondsPerSecond),
                events: $0[1])
        }
    }

    private static func history(_ row: Int64, _ db: Database) throws -> [Change] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT version, log_offset, time, from_status, to_status, actor, details
                FROM issue_history WHERE issue = ? ORDER BY version
                """, arguments: [row]
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
