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
        var values: [SQLValue] = [.int(id), .count(issue.events), .count(issue.unjudged)]
        if isFirst {
            values += [
                .int(issue.first.happened), .offset(issue.first.offset),
                .text(orNull: issue.firstRelease < 0 ? nil : names[issue.firstRelease]),
            ]
        }
        if isLast {
            let digest = try EventDigestView(issue.lastDigest)
            values += [
                .int(issue.last.happened), .offset(issue.last.offset),
                .text(orNull: digest.releaseRange.isEmpty ? nil : digest.release),
                .text(digest.type), .text(digest.value), .text(digest.culprit),
                .text(digest.platform), .int(Int64(digest.level.rawValue)),
                .int(Int64(digest.action.rawValue)),
            ]
        }
        for counter in [users, accounts] {
            guard let counter else { continue }
            values += [.count(counter.count), .int(counter.isExact ? 1 : 0)]
        }
        try writer(set).run(list: values)
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

    /// The first three values are those of every statement; the others follow in the order of
    /// their columns.
    private static func sql(_ set: Columns) -> String {
        var columns: [String] = []
        if set.contains(.first) { columns += ["first_seen", "first_offset", "first_release"] }
        if set.contains(.last) {
            columns += [
                "last_seen", "last_offset", "last_release", "type", "title", "culprit",
                "platform", "level", "action",
            ]
        }
        if set.contains(.users) { columns += ["users", "users_exact"] }
        if set.contains(.accounts) { columns += ["accounts", "accounts_exact"] }
        let changes = columns.enumerated().map { ", \($1) = ?\($0 + 4)" }.joined()
        return """
            UPDATE issue SET events = events + ?2, unjudged = unjudged + ?3\(changes)
            WHERE id = ?1
            """
    }
}
