package import ErrorModel
package import GRDB

/// What a view says of the names that issues have by other versions of the fingerprint.
package enum GroupingNames {
    /// The issue in which one of another version goes on; nil where none is known.
    package static func issue(of id: IssueID, _ db: Database) throws -> IssueID? {
        let text = try String.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT issue FROM grouping_name WHERE project = ? AND fingerprint = ?
                    ORDER BY version LIMIT 1
                    """), arguments: [id.project, IssueID.text(id.fingerprint)])
        return text.flatMap(HexText.value).map {
            IssueID(project: id.project, fingerprint: $0)
        }
    }

    /// Fingerprints under which the log has events of an issue, beside its own: the bound keeps the
    /// search for them one that ends.
    package static func sources(of id: IssueID, _ db: Database) throws -> [IssueID] {
        try String.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT stored FROM grouping_source WHERE project = ? AND issue = ?
                    ORDER BY stored LIMIT \(sourceLimit)
                    """), arguments: [id.project, IssueID.text(id.fingerprint)]
        ).compactMap(HexText.value).map { IssueID(project: id.project, fingerprint: $0) }
    }

    /// Each costs a look into every segment's index.
    package static let sourceLimit = 200
}
