package import ErrorModel
package import GRDB

/// One issue as the list shows it.
package struct IssueSummary: Hashable, Sendable {
    package var id: IssueID
    package var row: Int64
    package var type: String
    /// The exception's value, or the message.
    package var value: String
    package var culprit: String
    package var platform: String
    package var level: Level
    package var action: Action
    package var status: IssueStatus
    package var version: UInt64
    package var events: Int
    package var users: Int
    package var usersAreExact: Bool
    package var accounts: Int
    package var accountsAreExact: Bool
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp
    package var firstRelease: String?
    package var lastRelease: String?
    package var lastOffset: UInt64
    /// Since when the status holds: the record that brought it about, and its time in
    /// microseconds since 1970; 0 where nobody has changed it.
    package var changedOffset: UInt64
    package var changedAt: Int64
    package var resolution: ResolutionName?
    package var until: UntilCondition?
    package var unjudged: Int
    /// In the order of their bytes.
    package var environments: [String] = []
    /// Whom it is given to.
    package var assignee: String?

    /// - Parameter row: as of `init(row:)`.
    init(row: SQLRow, _ tables: IssueTables, _ db: Database) throws {
        try self.init(row: row)
        environments = try fetchEnvironments(tables, db)
        assignee = try String.fetchOne(
            db.cachedStatement(sql: "SELECT assignee FROM issue_assignee WHERE issue = ?"),
            arguments: [self.row])
    }

    /// All but the environments and the assignee, which are in tables of their own.
    ///
    /// - Parameter row: begins with the columns of the table `issue`, in their order.
    init(row: SQLRow) throws {
        func int(_ column: IssueColumn) -> Int64 { row.int(column.rawValue) }
        func text(_ column: IssueColumn) -> String { row.text(column.rawValue) }
        func optional(_ column: IssueColumn) -> String? { row.text(orNull: column.rawValue) }
        let life = IssueLife(
            status: text(.status), version: int(.version),
            changedOffset: row.int(orNull: IssueColumn.changedOffset.rawValue),
            changedAt: row.int(orNull: IssueColumn.changedAt.rawValue),
            resolution: optional(.resolution), release: optional(.resolvedRelease),
            until: optional(.until))
        guard let fingerprint = HexText.value(text(.fingerprint)), let life,
            let project = UInt32(exactly: int(.project))
        else {
            throw FoldError("the table issue has a row that cannot be read")
        }
        id = IssueID(project: project, fingerprint: fingerprint)
        self.row = int(.id)
        type = text(.type)
        value = text(.title)
        culprit = text(.culprit)
        platform = text(.platform)
        level = UInt8(exactly: int(.level)).flatMap(Level.init) ?? .error
        action = UInt8(exactly: int(.action)).flatMap(Action.init) ?? .caught
        status = life.status
        version = life.version
        events = Int(int(.events))
        users = Int(int(.users))
        usersAreExact = int(.usersExact) != 0
        accounts = Int(int(.accounts))
        accountsAreExact = int(.accountsExact) != 0
        firstSeen = Timestamp(microseconds: int(.firstSeen))
        lastSeen = Timestamp(microseconds: int(.lastSeen))
        firstRelease = optional(.firstRelease)
        lastRelease = optional(.lastRelease)
        lastOffset = UInt64(bitPattern: int(.lastOffset))
        changedOffset = life.changedOffset
        changedAt = life.changedAt
        resolution = life.resolution
        until = life.until
        unjudged = Int(int(.unjudged))
    }

    func fetchEnvironments(_ tables: IssueTables, _ db: Database) throws -> [String] {
        let isPart =
            tables.hasMerges
            ? "issue = ?1 OR issue IN (SELECT part FROM issue_part WHERE issue = ?1)" : "issue = ?1"
        return try String.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT DISTINCT environment FROM issue_environment
                    WHERE \(isPart) ORDER BY environment
                    """), arguments: [row])
    }

    /// `TypeError: x is undefined`; a captured message is its own title.
    package var title: String { Self.title(type: type, value: value) }

    static func title(type: String, value: String) -> String {
        if value.isEmpty { return type }
        return type == "Message" || type.isEmpty ? value : "\(type): \(value)"
    }

    /// Reads one issue, for one that is merged into another that other one; nil where there is
    /// none of this id; an id of another version of the fingerprint, where the project was
    /// regrouped, stands for the issue in which that one goes on.
    package static func fetch(_ id: IssueID, _ db: Database) throws -> IssueSummary? {
        if let issue = try fetchNamed(id, db) { return issue }
        guard let heir = try GroupingNames.issue(of: id, db), heir != id else { return nil }
        return try fetchNamed(heir, db)
    }

    private static func fetchNamed(_ id: IssueID, _ db: Database) throws -> IssueSummary? {
        let tables = try IssueTables(db)
        let own = try RowReader(
            db,
            """
            SELECT issue.*, issue_part.issue FROM issue
            LEFT JOIN issue_part ON issue_part.part = issue.id
            WHERE project = ? AND fingerprint = ?
            """)
        let found = try own.first(
            .int(Int64(id.project)), .text(IssueID.text(id.fingerprint))
        ) { row in
            (
                issue: try IssueSummary(row: row, tables, db),
                shownIn: row.int(orNull: IssueColumn.allCases.count)
            )
        }
        guard let shownIn = found?.shownIn else { return found?.issue }
        return try RowReader(db, "SELECT * FROM issue_merged WHERE id = ?")
            .first(.int(shownIn)) { try IssueSummary(row: $0, tables, db) }
    }
}
