import ErrorModel
import EventLog
import GRDB

/// What reports about sessions add to the health of releases since the last commit.
///
/// Sums and sets: the order of the reports does not matter.
struct HealthDelta {
    struct Key: Hashable {
        var project: UInt32
        var release: String
        var environment: String
        /// Seconds since 1970 of the day's beginning.
        var day: Int64
    }

    struct Sum {
        var firstOffset: UInt64
        var firstReport: Int64
        var sessions: UInt64 = 0
        var errored: UInt64 = 0
        var crashed: UInt64 = 0
        var abnormal: UInt64 = 0
        var users: [UInt64] = []
        var crashedUsers: [UInt64] = []
        var erroredSessions: [UInt64] = []
    }

    /// The row in which all days are together.
    static let allDays: Int64 = -1
    private static let secondsPerDay: Int64 = 86_400
    /// A sum without its keys and names, about.
    private static let sumByteCount = 200

    private var sums: [Key: Sum] = [:]
    private(set) var byteCount = 0

    mutating func add(_ report: SessionsReported, _ header: RecordHeader) {
        for group in report.groups {
            let second = group.started.microseconds / Timestamp.microsecondsPerSecond
            let key = Key(
                project: header.project, release: group.release, environment: group.environment,
                day: second - second % Self.secondsPerDay)
            if sums[key] == nil {
                sums[key] = Sum(firstOffset: header.offset, firstReport: header.time)
                byteCount += Self.sumByteCount
            }
            sums[key]?.add(group, user: report.user)
            byteCount += 8 * (2 + group.erroredSessions.count)
        }
    }

    // MARK: rows

    func write(_ db: Database, _ people: inout PeopleStore) throws {
        if sums.isEmpty { return }
        let writer = try HealthWriter(db)
        // In the order of the log: of all days the first record is the first one's.
        for (key, sum) in sums.sorted(by: { $0.value.firstOffset < $1.value.firstOffset }) {
            try writer.add(sum, to: key, &people)
            var all = key
            all.day = Self.allDays
            // A session begins on one day only: its errors are counted there.
            var total = sum
            total.erroredSessions = []
            try writer.add(total, to: all, &people)
        }
    }
}

extension HealthDelta.Sum {
    fileprivate mutating func add(_ group: SessionsReported.Group, user: UInt64) {
        func plus(_ left: UInt64, _ right: UInt64) -> UInt64 {
            left.addingReportingOverflow(right).partialValue
        }
        sessions = plus(sessions, group.sessions)
        errored = plus(errored, group.errored)
        crashed = plus(crashed, group.crashed)
        abnormal = plus(abnormal, group.abnormal)
        erroredSessions += group.erroredSessions
        guard user != 0 else { return }
        users.append(user)
        if group.crashed > 0 { crashedUsers.append(user) }
    }
}

/// Writes the health of releases within one transaction.
private struct HealthWriter {
    private let db: Database
    private let rows: PeopleRows
    private let find: Statement
    private let insert: RowWriter
    private let update: RowWriter
    private let setUsers: RowWriter
    private let setCrashedUsers: RowWriter
    private let setErrored: RowWriter

    init(_ db: Database) throws {
        self.db = db
        rows = try PeopleRows(db, .releases)
        find = try db.cachedStatement(
            sql: """
                SELECT id FROM health
                WHERE project = ? AND release = ? AND environment = ? AND day = ?
                """)
        insert = try RowWriter(
            db,
            """
            INSERT INTO health
                (project, release, environment, day, first_offset, first_report)
            VALUES (?, ?, ?, ?, ?, ?)
            """)
        update = try RowWriter(
            db,
            """
            UPDATE health SET sessions = sessions + ?, errored = errored + ?,
                crashed = crashed + ?, abnormal = abnormal + ? WHERE id = ?
            """)
        setUsers = try RowWriter(
            db, "UPDATE health SET users = ?, users_exact = ? WHERE id = ?")
        setCrashedUsers = try RowWriter(db, "UPDATE health SET crashed_users = ? WHERE id = ?")
        setErrored = try RowWriter(db, "UPDATE health SET errored_known = ? WHERE id = ?")
    }

    func add(
        _ sum: HealthDelta.Sum, to key: HealthDelta.Key, _ people: inout PeopleStore
    ) throws {
        let (id, isNew) = try row(key, sum)
        try update.run(
            .int(Int64(clamping: sum.sessions)), .int(Int64(clamping: sum.errored)),
            .int(Int64(clamping: sum.crashed)), .int(Int64(clamping: sum.abnormal)), .int(id))
        if !sum.users.isEmpty {
            let users = try people.add(
                sum.users, to: .init(owner: id, kind: .users), isNewOwner: isNew, rows)
            try setUsers.run(.count(users.count), .int(users.isExact ? 1 : 0), .int(id))
        }
        if !sum.crashedUsers.isEmpty {
            let users = try people.add(
                sum.crashedUsers, to: .init(owner: id, kind: .crashedUsers), isNewOwner: isNew,
                rows)
            try setCrashedUsers.run(.count(users.count), .int(id))
        }
        if !sum.erroredSessions.isEmpty {
            let sessions = try people.add(
                sum.erroredSessions, to: .init(owner: id, kind: .erroredSessions),
                isNewOwner: isNew, rows)
            try setErrored.run(.count(sessions.count), .int(id))
        }
    }

    private func row(
        _ key: HealthDelta.Key, _ sum: HealthDelta.Sum
    ) throws -> (id: Int64, isNew: Bool) {
        let found = try Int64.fetchOne(
            find, arguments: [key.project, key.release, key.environment, key.day])
        if let found { return (found, false) }
        try insert.run(
            .int(Int64(key.project)), .text(key.release), .text(key.environment), .int(key.day),
            .offset(sum.firstOffset), .int(sum.firstReport))
        return (db.lastInsertedRowID, true)
    }
}
