package import ErrorModel
package import GRDB

/// What the issues view says of merges.
package enum IssueParts {
    /// The whole map.
    package static func map(_ db: Database) throws -> IssueMap {
        var map = IssueMap()
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT part.project, part.fingerprint, own.fingerprint FROM issue_part
                JOIN issue AS part ON part.id = issue_part.part
                JOIN issue AS own ON own.id = issue_part.issue
                WHERE issue_part.part <> issue_part.issue
                """)
        for row in rows {
            guard let part = HexText.value(row[1]), let issue = HexText.value(row[2]) else {
                throw FoldError("the table issue_part has a row that cannot be read")
            }
            let project: UInt32 = row[0]
            map.restore(
                IssueID(project: project, fingerprint: part),
                in: IssueID(project: project, fingerprint: issue))
        }
        return map
    }

    /// The fingerprints that a shown issue has the events of: its own first.
    package static func fetch(of row: Int64, _ db: Database) throws -> [IssueID] {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT project, fingerprint FROM issue
                    WHERE id = ?1 OR id IN (SELECT part FROM issue_part WHERE issue = ?1)
                    ORDER BY id <> ?1, fingerprint
                    """), arguments: [row])
        return rows.compactMap { row in
            HexText.value(row[1]).map { IssueID(project: row[0], fingerprint: $0) }
        }
    }
}

/// How a query names issues and their parts in SQL.
///
/// Without merges the table `issue` is what is shown, and the plainer text is faster.
struct IssueTables {
    let hasMerges: Bool

    /// The pairs of one argument, `[[1,"…"],…]`, whatever their number.
    static let pairs = "(SELECT value ->> 0, value ->> 1 FROM json_each(?))"

    init(_ db: Database) throws {
        hasMerges =
            try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM issue_part)")) ?? false
    }

    /// What is shown, under the name `issue`.
    var shown: String { hasMerges ? "issue_shown AS issue" : "issue" }

    /// A condition: `column` names the row of the issue, or of one of its parts.
    func isPart(_ column: String) -> String {
        hasMerges
            ? "\(column) IN (SELECT issue.id UNION ALL SELECT part FROM issue_part "
                + "WHERE issue_part.issue = issue.id)"
            : "\(column) = issue.id"
    }

    /// The row of the issue that shows the part in `column`.
    func issue(ofPart column: String) -> String {
        hasMerges
            ? "ifnull((SELECT issue FROM issue_part WHERE issue_part.part = \(column)), \(column))"
            : column
    }

    /// A condition: the issue is one of the pairs of project and fingerprint in one argument, or
    /// has one of them as a part.
    var isOneOfPairs: String { "id IN (\(rowsOfPairs))" }

    /// The rows of such issues, as they are shown.
    var rowsOfPairs: String {
        // From the pairs to the rows: the other way SQLite uses only half of the key.
        "SELECT \(issue(ofPart: "met.id")) FROM json_each(?) AS wanted "
            + "CROSS JOIN issue AS met ON met.project = wanted.value ->> 0 "
            + "AND met.fingerprint = wanted.value ->> 1"
    }
}
