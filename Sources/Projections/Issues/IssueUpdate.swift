import ErrorModel
import EventLog
import GRDB

/// How many people an issue has met; a sketch takes a tenth of a millisecond to tell.
struct PeopleCount {
    var count: Int
    var isExact: Bool

    init(_ counter: DistinctCounter) {
        count = counter.count
        isExact = counter.isExact
    }
}

/// Writes what a batch changes in the row of an issue.
///
/// A statement for each set of columns, of which a batch mostly touches few: a column that stands
/// in an `UPDATE` costs the change of its indexes, whether its value changes or not. Lives as long
/// as the transaction.
final class IssueUpdate {
    private let db: Database
    /// One for each set of columns, at the place of its raw value; made when first needed.
    private var writers = [RowWriter?](repeating: nil, count: 16)
    private var insert: RowWriter?

    init(_ db: Database) {
        self.db = db
    }

    /// - Parameters:
    ///   - isFirst: the batch has the first sighting of all.
    ///   - isLast: it has the last one.
    ///   - users: all that the issue has now; nil for no change.
    ///   - accounts: likewise.
    func write(
        _ issue: IssueDelta.Issue, _ id: Int64, _ names: [String], isFirst: Bool, isLast: Bool,
        users: PeopleCount?, accounts: PeopleCount?
    ) throws {
        var set = Columns()
        if isFirst { set.insert(.first) }
        if isLast { set.insert(.last) }
        if users != nil { set.insert(.users) }
        if accounts != nil { set.insert(.accounts) }
        let last = isLast ? try EventDigestView(issue.lastDigest) : nil
        try writer(set).run { row in
            row.int(id)
            row.count(issue.events)
            if isFirst { Self.bindFirst(issue, names, &row) }
            if let last { Self.bind(issue.last, last, &row) }
            for counter in [users, accounts] {
                guard let counter else { continue }
                Self.bind(counter, &row)
            }
        }
    }

    /// Makes the row of an issue with all that its first batch says of it.
    func insert(
        _ issue: IssueDelta.Issue, _ id: Int64, _ names: [String], users: PeopleCount?,
        accounts: PeopleCount?
    ) throws {
        let last = try EventDigestView(issue.lastDigest)
        let insert = try insert ?? RowWriter(db, Self.insertSQL)
        self.insert = insert
        try insert.run { row in
            row.int(id)
            row.int(Int64(issue.key.project))
            row.text(IssueID.text(issue.key.fingerprint))
            row.count(issue.events)
            Self.bindFirst(issue, names, &row)
            Self.bind(issue.last, last, &row)
            for counter in [users, accounts] {
                Self.bind(counter ?? PeopleCount(DistinctCounter()), &row)
            }
        }
    }

    private static func bindFirst(
        _ issue: IssueDelta.Issue, _ names: [String], _ row: inout RowBinder
    ) {
        row.int(issue.first.happened)
        row.offset(issue.first.offset)
        row.text(orNull: issue.firstRelease < 0 ? nil : names[issue.firstRelease])
    }

    private static func bind(
        _ last: IssueDelta.Sighting, _ digest: EventDigestView, _ row: inout RowBinder
    ) {
        row.int(last.happened)
        row.offset(last.offset)
        row.text(orNull: digest.releaseRange.isEmpty ? nil : digest.release)
        row.text(digest.type)
        row.text(digest.value)
        row.text(digest.culprit)
        row.text(digest.platform)
        row.int(Int64(digest.level.rawValue))
        row.int(Int64(digest.action.rawValue))
    }

    private static func bind(_ counter: PeopleCount, _ row: inout RowBinder) {
        row.count(counter.count)
        row.int(counter.isExact ? 1 : 0)
    }

    private func writer(_ set: Columns) throws -> RowWriter {
        if let writer = writers[Int(set.rawValue)] { return writer }
        let writer = try RowWriter(db, Self.sql(set))
        writers[Int(set.rawValue)] = writer
        return writer
    }

    /// Which columns change, besides the counts of events.
    private struct Columns: OptionSet {
        var rawValue: UInt8

        static let first = Columns(rawValue: 1)
        static let last = Columns(rawValue: 2)
        static let users = Columns(rawValue: 4)
        static let accounts = Columns(rawValue: 8)
    }

    private static let firstColumns = ["first_seen", "first_offset", "first_release"]
    private static let lastColumns = [
        "last_seen", "last_offset", "last_release", "type", "title", "culprit", "platform", "level",
        "action",
    ]
    private static let userColumns = ["users", "users_exact"]
    private static let accountColumns = ["accounts", "accounts_exact"]

    /// The first two values are those of every statement; the others follow in the order of
    /// their columns.
    private static func sql(_ set: Columns) -> String {
        var columns: [String] = []
        if set.contains(.first) { columns += firstColumns }
        if set.contains(.last) { columns += lastColumns }
        if set.contains(.users) { columns += userColumns }
        if set.contains(.accounts) { columns += accountColumns }
        let changes = columns.enumerated().map { ", \($1) = ?\($0 + 3)" }.joined()
        return """
            UPDATE issue SET events = events + ?2\(changes) WHERE id = ?1
            """
    }

    private static let insertSQL: String = {
        let columns =
            ["id", "project", "fingerprint", "events"] + firstColumns + lastColumns + userColumns
            + accountColumns
        return """
            INSERT INTO issue (\(columns.joined(separator: ", ")))
            VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
            """
    }()
}
