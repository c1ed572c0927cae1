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
    package var environments: [String]
    /// Whom it is given to.
    package var assignee: String?

    /// - Parameter row: begins with the columns of the table `issue`, in their order.
    init(row: Row, _ tables: IssueTables, _ db: Database) throws {
        func column<T: DatabaseValueConvertible & StatementColumnConvertible>(
            _ column: IssueColumn
        ) -> T { row[column.rawValue] }
        func optional<T: DatabaseValueConvertible & StatementColumnConvertible>(
            _ column: IssueColumn
        ) -> T? { row[column.rawValue] }
        let life = IssueLife(
            status: column(.status), version: column(.version),
            changedOffset: optional(.changedOffset), changedAt: optional(.changedAt),
            resolution: optional(.resolution), release: optional(.resolvedRelease),
            until: optional(.until))
        guard let fingerprint = HexText.value(column(.fingerprint)), let life else {
            throw FoldError("the table issue has a row that cannot be read")
        }
        id = IssueID(project: column(.project), fingerprint: fingerprint)
        self.row = column(.id)
        type = column(.type)
        value = column(.title)
        culprit = column(.culprit)
        platform = column(.platform)
        level = Level(rawValue: column(.level)) ?? .error
        action = Action(rawValue: column(.action)) ?? .caught
        status = life.status
        version = life.version
        events = column(.events)
        users = column(.users)
        usersAreExact = column(.usersExact)
        accounts = column(.accounts)
        accountsAreExact = column(.accountsExact)
        firstSeen = Timestamp(microseconds: column(.firstSeen))
        lastSeen = Timestamp(microseconds: column(.lastSeen))
        firstRelease = optional(.firstRelease)
        lastRelease = optional(.lastRelease)
        lastOffset = UInt64(bitPattern: column(.lastOffset))
        changedOffset = life.changedOffset
        changedAt = life.changedAt
        resolution = life.resolution
        until = life.until
        unjudged = column(.unjudged)
        let isPart =
            tables.hasMerges
            ? "issue = ?1 OR issue IN (SELECT part FROM issue_part WHERE issue = ?1)" : "issue = ?1"
        environments = try String.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT DISTINCT environment FROM issue_environment
                    WHERE \(isPart) ORDER BY environment
                    """), arguments: [self.row])
        assignee = try String.fetchOne(
            db.cachedStatement(sql: "SELECT assignee FROM issue_assignee WHERE issue = ?"),
            arguments: [self.row])
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
        guard let row = try row(id, db) else {
            guard let heir = try GroupingNames.issue(of: id, db), heir != id else { return nil }
            return try fetchNamed(heir, db)
        }
        return try shown(row, db)
    }

    private static func row(_ id: IssueID, _ db: Database) throws -> Row? {
        try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT issue.*, issue_part.issue AS shown_in FROM issue
                    LEFT JOIN issue_part ON issue_part.part = issue.id
                    WHERE project = ? AND fingerprint = ?
                    """), arguments: [id.project, IssueID.text(id.fingerprint)])
    }

    private static func fetchNamed(_ id: IssueID, _ db: Database) throws -> IssueSummary? {
        try row(id, db).flatMap { try shown($0, db) }
    }

    private static func shown(_ row: Row, _ db: Database) throws -> IssueSummary? {
        let tables = try IssueTables(db)
        guard let issue = row["shown_in"] as Int64? else {
            return try IssueSummary(row: row, tables, db)
        }
        return try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM issue_merged WHERE id = ?"), arguments: [issue]
        ).map { try IssueSummary(row: $0, tables, db) }
    }
}
