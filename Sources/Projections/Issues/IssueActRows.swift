import ErrorModel
import EventLog
import GRDB

/// Writes acts of triage as rows of the issues view, within one transaction.
struct IssueActRows {
    private let db: Database

    init(_ db: Database) { self.db = db }

    func insert(_ act: IssuesProjection.ActStep, _ issue: Int64) throws {
        try RowWriter(db, "INSERT OR REPLACE INTO issue_act VALUES (?, ?, ?, ?, ?, ?)").run(
            .offset(act.header.offset), .int(issue), .int(act.header.time), .text(act.kind.name),
            .text(act.actor), .text(String(decoding: act.details, as: UTF8.self)))
    }

    func assign(_ assignee: String?, to issue: Int64) throws {
        guard let assignee else {
            return try RowWriter(db, "DELETE FROM issue_assignee WHERE issue = ?")
                .run(.int(issue))
        }
        try RowWriter(db, "INSERT OR REPLACE INTO issue_assignee VALUES (?, ?)")
            .run(.int(issue), .text(assignee))
    }

    /// Whether nobody else was given the issue since.
    func isNewestAssignment(_ offset: UInt64, of issue: Int64) throws -> Bool {
        let newest = try Int64.fetchOne(
            db,
            sql: """
                SELECT max(log_offset) FROM issue_act
                WHERE issue = ? AND (type = ? OR details ->> 'act' = 'assignee')
                """, arguments: [issue, RecordKind.issueAssigned.name])
        return newest.map { UInt64(bitPattern: $0) } == offset
    }

    /// Notes that a record took back another of the issue; what an undoing that is itself taken back
    /// had taken back holds again, and what that had taken back does not, to the act at the bottom.
    func noteUndone(_ offset: UInt64, by record: UInt64, _ issue: Int64) throws {
        let insert = try RowWriter(db, "INSERT OR REPLACE INTO issue_undone VALUES (?, ?)")
        let delete = try RowWriter(db, "DELETE FROM issue_undone WHERE undone_by = ?")
        try insert.run(.offset(offset), .offset(record))
        var (undoing, holds) = (offset, false)
        // One that names a later record is none of ours, and would go round and round.
        while let undone = try undone(by: undoing, issue), undone < undoing {
            if holds {
                try insert.run(.offset(undone), .offset(undoing))
            } else {
                try delete.run(.offset(undoing))
            }
            (undoing, holds) = (undone, !holds)
        }
    }

    /// What the record at `offset` says that it takes back; nil where it is no undoing, whatever else a
    /// log that was imported has there.
    private func undone(by offset: UInt64, _ issue: Int64) throws -> UInt64? {
        try Int64.fetchOne(
            db,
            sql: """
                SELECT undone FROM (
                    SELECT details ->> 'undoes' AS undone FROM issue_act WHERE log_offset = ?1
                    UNION ALL SELECT details ->> 'undoes' FROM issue_history
                    WHERE issue = ?2 AND log_offset = ?1
                ) WHERE typeof(undone) = 'integer'
                """, arguments: [Int64(bitPattern: offset), issue]
        ).map { UInt64(bitPattern: $0) }
    }
}
