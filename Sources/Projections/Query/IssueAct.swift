package import ErrorModel
package import GRDB

/// One act of triage, as its record tells it.
package struct IssueAct: Sendable {
    package var offset: UInt64
    package var time: Timestamp
    /// The type of its record, for example `issue.merged`.
    package var type: String
    package var actor: String
    /// The record's own data, JSON.
    package var details: String
    /// The record that took it back.
    package var undoneBy: UInt64?

    /// The acts on an issue and on its parts, oldest first: all, of comments the newest `limit`.
    ///
    /// What is taken back is found among all acts that something rests on; on a comment nothing
    /// does.
    package static func fetch(
        on row: Int64, comments limit: Int = listLimit, _ db: Database
    ) throws -> [IssueAct] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT acts.*, undone_by FROM (
                    SELECT log_offset, time, type, actor, details FROM issue_act
                    WHERE \(isPart) AND (type <> ?3 OR log_offset IN (
                        SELECT log_offset FROM issue_act WHERE \(isPart) AND type = ?3
                        ORDER BY log_offset DESC LIMIT ?2))
                    UNION ALL
                    SELECT log_offset, time, \(statusType), actor, details FROM issue_history
                    WHERE issue = ?1
                ) AS acts LEFT JOIN issue_undone USING (log_offset)
                ORDER BY log_offset
                """, arguments: [row, limit, commentType]
        ).map(IssueAct.init(row:))
    }

    /// The newest record behind the one at `offset` that holds and moved one of `parts` to another
    /// issue.
    package static func newestMove(
        of parts: Set<IssueID>, after offset: UInt64, _ db: Database
    ) throws -> IssueAct? {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT issue_act.*, undone_by FROM issue_act
                LEFT JOIN issue_undone USING (log_offset)
                WHERE log_offset > ? AND undone_by IS NULL AND details ->> 'moves' IS NOT NULL
                ORDER BY log_offset DESC
                """, arguments: [Int64(bitPattern: offset)])
        while let row = try rows.next() {
            let act = IssueAct(row: row)
            let moves = try JSONValue(parsing: act.details)["moves"]?.array ?? []
            if moves.contains(where: { move in
                (move["part"]?.string).flatMap { IssueID($0) }.map(parts.contains) ?? false
            }) {
                return act
            }
        }
        return nil
    }

    private static let isPart =
        "(issue = ?1 OR issue IN (SELECT part FROM issue_part WHERE issue_part.issue = ?1))"

    /// More than a person reads.
    package static let listLimit = 500

    /// Whether a fold has taken the record at `offset`.
    package static func isTaken(_ offset: UInt64, _ db: Database) throws -> Bool {
        let offset = Int64(bitPattern: offset)
        return try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM issue_act WHERE log_offset = ?1)
                    OR EXISTS (SELECT 1 FROM issue_undone WHERE undone_by = ?1)
                """, arguments: [offset]) ?? false
    }

    /// What is said about an issue and its parts and was not taken back, oldest first.
    static func comments(on row: Int64, _ db: Database) throws -> [IssueAct] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT issue_act.*, undone_by FROM issue_act
                    LEFT JOIN issue_undone USING (log_offset)
                    WHERE \(isPart) AND type = ?2 AND undone_by IS NULL
                    ORDER BY log_offset DESC LIMIT ?3
                    """), arguments: [row, commentType, listLimit]
        ).reversed().map(IssueAct.init(row:))
    }

    private static let commentType = RecordKind.issueCommented.name

    /// The type of a record in the history, which does not tell it.
    private static let statusType = """
        CASE WHEN details ->> 'undoes' IS NOT NULL THEN '\(RecordKind.issueActUndone.name)' \
        WHEN to_status = '\(IssueStatus.regressed.rawValue)' \
        THEN '\(RecordKind.issueRegressed.name)' \
        ELSE '\(RecordKind.issueStatusChanged.name)' END
        """

    init(row: Row) {
        offset = UInt64(bitPattern: row["log_offset"])
        time = Timestamp(microseconds: row["time"])
        type = row["type"]
        actor = row["actor"]
        details = row["details"]
        undoneBy = (row["undone_by"] as Int64?).map { UInt64(bitPattern: $0) }
    }
}
