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

    /// Notes that a record took back another; what an undoing that is itself taken back had taken
    /// back holds again.
    func noteUndone(_ offset: UInt64, by record: UInt64) throws {
        try RowWriter(db, "DELETE FROM issue_undone WHERE undone_by = ?").run(.offset(offset))
        try RowWriter(db, "INSERT OR REPLACE INTO issue_undone VALUES (?, ?)")
            .run(.offset(offset), .offset(record))
    }
}
