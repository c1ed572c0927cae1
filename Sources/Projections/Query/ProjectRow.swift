package import ErrorModel
package import GRDB

/// A project as the view has it.
package struct ProjectRow: Hashable, Sendable {
    package var id: UInt32
    package var slug: String
    package var name: String
    package var description: String?
    package var key: String
    /// Those before it, and up to when each is taken; the last to end stands first.
    package var oldKeys: [OldKey] = []
    package var createdAt: Timestamp
    package var regression: RegressionPolicy
    package var releases: ReleaseScheme
    /// For how many days payloads are kept; nil: as long as the log.
    package var keepDays: UInt64?
    /// What is taken out of its events before they are stored.
    package var scrubbing: ScrubbingRules
    /// How much it may send.
    package var limits: ProjectLimits
    /// By which version of the fingerprint its events are grouped.
    package var grouping: FingerprintVersion
    /// What it was before, and the record that changed it; nil: it was never regrouped.
    package var regrouped: (previous: FingerprintVersion, offset: UInt64)? {
        previousGrouping.map { ($0, regroupedOffset) }
    }
    private var previousGrouping: FingerprintVersion?
    private var regroupedOffset: UInt64

    /// A key that another has replaced.
    package struct OldKey: Hashable, Sendable {
        package var key: String
        package var until: Timestamp
    }

    init(row: Row) {
        id = row["id"]
        slug = row["slug"]
        name = row["name"]
        description = row["description"]
        key = row["key"]
        createdAt = Timestamp(microseconds: row["created_at"])
        regression = RegressionPolicy(rawValue: row["regression"]) ?? .different
        releases = ReleaseScheme(rawValue: row["releases"]) ?? .semver
        keepDays = (row["keep_days"] as Int64?).flatMap { UInt64(exactly: $0) }
        // Rules that a later version has written and this one cannot read: the defaults hold.
        scrubbing =
            (row["rules"] as String?).flatMap { try? ScrubbingRules(JSONValue(parsing: $0)) }
            ?? ScrubbingRules()
        func number(_ column: String) -> UInt64? {
            (row[column] as Int64?).flatMap { UInt64(exactly: $0) }
        }
        limits = ProjectLimits(
            eventsPerSecond: number("events_per_second"), burst: number("burst"),
            eventsPerMonth: number("events_per_month"))
        func version(_ column: String) -> FingerprintVersion? {
            (row[column] as UInt8?).flatMap(FingerprintVersion.init(rawValue:))
        }
        grouping = version("grouping") ?? .standard
        previousGrouping = version("previous_grouping")
        regroupedOffset = UInt64(bitPattern: row["regrouped_offset"] as Int64? ?? 0)
        if row["has_quota"] { limits.payloadsPerSecond = number("payloads_per_second") }
    }

    /// All projects, by number.
    package static func fetchAll(_ db: Database) throws -> [ProjectRow] {
        var projects = try Row.fetchAll(
            db,
            sql: """
                SELECT project.*, keep_days, rules, events_per_second, burst, events_per_month,
                    payloads_per_second, project_quota.project IS NOT NULL AS has_quota,
                    project_grouping.version AS grouping,
                    project_grouping.previous AS previous_grouping,
                    project_grouping.log_offset AS regrouped_offset
                FROM project
                LEFT JOIN project_retention ON project_retention.project = project.id
                LEFT JOIN project_scrubbing ON project_scrubbing.project = project.id
                LEFT JOIN project_limits ON project_limits.project = project.id
                LEFT JOIN project_quota ON project_quota.project = project.id
                LEFT JOIN project_grouping ON project_grouping.project = project.id
                ORDER BY id
                """
        ).map(ProjectRow.init(row:))
        let oldKeys = try Row.fetchAll(
            db, sql: "SELECT project, key, until FROM project_old_key ORDER BY until DESC, key")
        for row in oldKeys {
            guard let place = projects.firstIndex(where: { $0.id == row["project"] as UInt32 })
            else { continue }
            projects[place].oldKeys.append(
                OldKey(key: row["key"], until: Timestamp(microseconds: row["until"])))
        }
        return projects
    }
}
