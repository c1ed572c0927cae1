package import ErrorModel
package import GRDB

/// Where an issue began: what the issues view knows of it.
package struct IssueBisect: Sendable {
    /// The issue in one release.
    package struct Seen: Hashable, Sendable {
        package var release: String
        package var events: Int
        package var firstSeen: Timestamp
        package var lastSeen: Timestamp
    }

    package var id: IssueID
    /// The event that happened first.
    package var firstSeen: Timestamp
    package var firstOffset: UInt64
    /// Releases in which it was seen, by when first.
    package var seen: [Seen]

    /// An issue is seen in no more of them, as a project has no more in its list.
    private static let releaseLimit = ReleaseSummary.listLimit

    /// Reads one issue; nil where there is none of this id.
    package static func fetch(_ id: IssueID, _ db: Database) throws -> IssueBisect? {
        guard let issue = try IssueSummary.fetch(id, db),
            let row = try Row.fetchOne(
                db, sql: "SELECT first_seen, first_offset FROM issue_shown WHERE id = ?",
                arguments: [issue.row])
        else { return nil }
        let seen = try Row.fetchAll(
            db,
            sql: """
                SELECT release, sum(events), min(first_seen) AS first, max(last_seen)
                FROM issue_release
                WHERE issue = ?1
                    OR issue IN (SELECT part FROM issue_part WHERE issue_part.issue = ?1)
                GROUP BY release ORDER BY first, release LIMIT ?2
                """, arguments: [issue.row, releaseLimit]
        ).map {
            Seen(
                release: $0[0], events: $0[1], firstSeen: Timestamp(microseconds: $0[2]),
                lastSeen: Timestamp(microseconds: $0[3]))
        }
        return IssueBisect(
            id: issue.id, firstSeen: Timestamp(microseconds: row[0]),
            firstOffset: UInt64(bitPattern: row[1]), seen: seen)
    }

    /// The first release of the issue among those of its project, the newest first, with the ones
    /// beside it; nil where it was seen in none of them.
    package func place(
        in releases: [ReleaseSummary]
    ) -> (seen: Seen, release: ReleaseSummary, before: ReleaseSummary?, after: ReleaseSummary?)? {
        let known = Dictionary(seen.map { ($0.release, $0) }) { first, _ in first }
        guard let index = releases.lastIndex(where: { known[$0.version] != nil }),
            let seen = known[releases[index].version]
        else { return nil }
        return (
            seen, releases[index], index + 1 < releases.count ? releases[index + 1] : nil,
            index > 0 ? releases[index - 1] : nil
        )
    }

    /// Other issues whose first event was of a release, those with most events first, and how many
    /// there are.
    package func alsoNew(
        in release: String, limit: Int, _ db: Database
    ) throws -> (issues: [IssueSummary], count: Int) {
        let others = "project = ? AND first_release = ? AND fingerprint <> ?"
        let arguments: StatementArguments = [
            id.project, release, IssueID.text(id.fingerprint),
        ]
        let tables = try IssueTables(db)
        let issues = try RowReader(
            db,
            """
            SELECT * FROM issue_shown WHERE \(others)
            ORDER BY events DESC, project, fingerprint LIMIT ?
            """
        ).all(arguments + [limit]) { try IssueSummary(row: $0, tables, db) }
        let count = try Int.fetchOne(
            db, sql: "SELECT count(*) FROM issue_shown WHERE \(others)", arguments: arguments)
        return (issues, count ?? 0)
    }
}
