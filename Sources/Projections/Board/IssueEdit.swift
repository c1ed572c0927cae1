/// What the events of a batch change in the row of an issue, for a copy of it in memory.
///
/// Of the batch only what a list can be asked for: no people, hours or tags of one's own.
package struct IssueEdit: RowEdit {
    /// The first sighting of all, where the batch has it.
    struct First {
        var happened: Int64
        var release: String?
    }

    /// The last one, where the batch has it.
    struct Last {
        var happened: Int64
        var digest: [UInt8]
    }

    package var row: Int64
    var project: UInt32
    /// It is the row's first batch.
    var isNew: Bool
    var events: Int
    /// All that the issue has now; nil for no change.
    var users: Int?
    var accounts: Int?
    var first: First?
    var last: Last?
    var environments: [String]
    var releases: [String]

    package var byteCount: Int {
        Self.fixedByteCount + (last?.digest.count ?? 0)
            + environments.reduce(0) { $0 + Self.nameByteCount + $1.utf8.count }
            + releases.reduce(0) { $0 + Self.nameByteCount + $1.utf8.count }
    }
    /// The fields, and three arrays.
    private static let fixedByteCount = 256
    private static let nameByteCount = 32

    init(
        _ issue: IssueDelta.Issue, _ names: [String], row: Int64, isNew: Bool, isFirst: Bool,
        isLast: Bool, users: Int?, accounts: Int?
    ) {
        self.row = row
        self.isNew = isNew
        self.users = users
        self.accounts = accounts
        project = issue.key.project
        events = issue.events
        if isFirst {
            first = First(
                happened: issue.first.happened,
                release: issue.firstRelease < 0 ? nil : names[issue.firstRelease])
        }
        if isLast { last = Last(happened: issue.last.happened, digest: issue.lastDigest) }
        environments = issue.environments.map { names[$0.name] }
        releases = issue.releases.map { names[$0.name] }
    }
}
