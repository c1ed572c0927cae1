package import ErrorModel
package import GRDB

/// What SDKs of a project say that they have lost, of one category for one reason.
package struct ClientLoss: Hashable, Sendable {
    package var project: UInt32
    package var reason: String
    package var category: String
    package var quantity: Int64
    package var firstReport: Timestamp
    package var lastReport: Timestamp

    /// A project has a dozen; this many only where somebody makes them up.
    package static let listLimit = 1_000

    /// The largest first, of one project or of all.
    package static func fetchAll(project: UInt32?, _ db: Database) throws -> [ClientLoss] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT project, reason, category, quantity, first_report, last_report
                FROM client_loss WHERE ?1 IS NULL OR project = ?1
                ORDER BY quantity DESC, project, reason, category LIMIT ?2
                """, arguments: [project, listLimit]
        ).map { row in
            ClientLoss(
                project: row[0], reason: row[1], category: row[2], quantity: row[3],
                firstReport: Timestamp(microseconds: row[4]),
                lastReport: Timestamp(microseconds: row[5]))
        }
    }
}

/// How the sessions of a release went.
package struct ReleaseHealth: Hashable, Sendable {
    package var sessions = 0
    /// With an error; those that crashed or ended abnormally are among them.
    package var errored = 0
    package var crashed = 0
    package var abnormal = 0
    package var users = 0
    package var usersAreExact = true
    package var crashedUsers = 0
    /// The first record that told of it, and its time.
    package var firstOffset = UInt64.max
    package var firstReport = Timestamp(microseconds: .max)

    /// The part of the sessions that did not crash, 0 to 1; nil where there are none.
    ///
    /// A crash may be known of a session whose beginning is not: no rate is below 0.
    package var crashFreeSessions: Double? { Self.free(crashed, of: sessions) }
    package var crashFreeUsers: Double? { Self.free(crashedUsers, of: users) }

    private static func free(_ crashed: Int, of all: Int) -> Double? {
        all == 0 ? nil : max(0, 1 - Double(crashed) / Double(all))
    }

    /// One day of a release.
    package struct Day: Hashable, Sendable {
        package var start: Timestamp
        package var environment: String
        package var health: ReleaseHealth
    }

    /// By the release's version, of one environment or of all, of one release or of all.
    package static func byRelease(
        project: UInt32, release: String? = nil, environment: String?, _ db: Database
    ) throws -> [String: ReleaseHealth] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM health
                WHERE project = ?1 AND day = -1 AND (?2 IS NULL OR environment = ?2)
                    AND (?3 IS NULL OR release = ?3)
                """, arguments: [project, environment, release])
        var found: [String: [(id: Int64, health: ReleaseHealth)]] = [:]
        for row in rows {
            found[row["release"], default: []].append((row["id"], ReleaseHealth(row: row)))
        }
        let known = try Row.fetchAll(
            db,
            sql: """
                SELECT release, sum(errored_known) FROM health
                WHERE project = ?1 AND day >= 0 AND (?2 IS NULL OR environment = ?2)
                    AND (?3 IS NULL OR release = ?3)
                GROUP BY release
                """, arguments: [project, environment, release])
        var all = try found.mapValues { try joined($0, db) }
        for row in known { all[row[0]]?.errored += row[1] as Int }
        return all
    }

    /// The days of a release, oldest first, by environment.
    package static func days(
        project: UInt32, release: String, environment: String?, _ db: Database
    ) throws -> [Day] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM health WHERE project = ?1 AND release = ?2 AND day >= 0
                    AND (?3 IS NULL OR environment = ?3)
                ORDER BY day DESC, environment LIMIT ?4
                """, arguments: [project, release, environment, dayLimit]
        ).reversed().map { row in
            var health = ReleaseHealth(row: row)
            health.errored += row["errored_known"] as Int
            return Day(
                start: Timestamp(
                    microseconds: (row["day"] as Int64) * Timestamp.microsecondsPerSecond),
                environment: row["environment"], health: health)
        }
    }

    /// A year of three environments.
    private static let dayLimit = 1_100

    private init(row: Row) {
        sessions = row["sessions"]
        errored = row["errored"]
        crashed = row["crashed"]
        abnormal = row["abnormal"]
        users = row["users"]
        usersAreExact = row["users_exact"]
        crashedUsers = row["crashed_users"]
        firstOffset = UInt64(bitPattern: row["first_offset"])
        firstReport = Timestamp(microseconds: row["first_report"])
    }

    package init() {}

    /// Several environments of a release together: a person who was in two counts once.
    private static func joined(
        _ rows: [(id: Int64, health: ReleaseHealth)], _ db: Database
    ) throws -> ReleaseHealth {
        guard rows.count > 1 else { return rows.first?.health ?? ReleaseHealth() }
        var sum = ReleaseHealth()
        var users = DistinctCounter()
        var crashedUsers = DistinctCounter()
        for (id, health) in rows {
            sum.sessions += health.sessions
            sum.errored += health.errored
            sum.crashed += health.crashed
            sum.abnormal += health.abnormal
            sum.firstOffset = min(sum.firstOffset, health.firstOffset)
            sum.firstReport = min(sum.firstReport, health.firstReport)
            users.formUnion(
                try PeopleStore.read(.init(owner: id, kind: .users), .releases, db))
            crashedUsers.formUnion(
                try PeopleStore.read(.init(owner: id, kind: .crashedUsers), .releases, db))
        }
        sum.users = users.count
        sum.usersAreExact = users.isExact
        sum.crashedUsers = crashedUsers.count
        return sum
    }
}

/// Where in the log what people wrote is.
package struct FeedbackRow: Hashable, Sendable {
    package var offset: UInt64
    /// The issue of the event that it speaks about; nil where that is not known, or there is none.
    package var issue: IssueID?
}

/// Which feedback is wanted.
package enum FeedbackQuery: Hashable, Sendable {
    /// Of these, which are shown as one.
    case issues([IssueID])
    /// Of a project; with `isUnattached` only what is about no issue that is known.
    case project(UInt32, isUnattached: Bool)

    /// Newest first, below an offset.
    package func fetch(below: UInt64, limit: Int, _ db: Database) throws -> [FeedbackRow] {
        let bound = Int64(clamping: below)
        switch self {
        case .issues(let issues):
            return try Int64.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT log_offset FROM json_each(?) AS wanted
                        CROSS JOIN feedback ON project = wanted.value ->> 0
                            AND fingerprint = wanted.value ->> 1
                        WHERE log_offset < ?
                        ORDER BY log_offset DESC LIMIT ?
                        """), arguments: [issues.pairsText, bound, limit]
            ).map { FeedbackRow(offset: UInt64(bitPattern: $0), issue: issues.first) }
        case .project(let project, let isUnattached):
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT log_offset, fingerprint FROM feedback
                    WHERE project = ? AND log_offset < ? AND (NOT ? OR fingerprint IS NULL)
                    ORDER BY log_offset DESC LIMIT ?
                    """, arguments: [project, bound, isUnattached, limit]
            ).map { row in
                FeedbackRow(
                    offset: UInt64(bitPattern: row[0]),
                    issue: (row[1] as String?).flatMap(HexText.value).map {
                        IssueID(project: project, fingerprint: $0)
                    })
            }
        }
    }

    package static func count(issues: [IssueID], _ db: Database) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT count(*) FROM json_each(?) AS wanted
                    CROSS JOIN feedback ON project = wanted.value ->> 0
                        AND fingerprint = wanted.value ->> 1
                    """),
            arguments: [issues.pairsText]) ?? 0
    }
}
