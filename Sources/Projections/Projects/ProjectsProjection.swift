import ErrorModel
package import EventLog
package import GRDB

/// The projects view.
package struct ProjectsProjection: Projection {
    package static let name = "projects"
    package static let version = 1
    package static let isGrouped = false
    package static let schema = """
        CREATE TABLE IF NOT EXISTS project (
            id INTEGER PRIMARY KEY,
            slug TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            description TEXT,
            key TEXT NOT NULL UNIQUE,
            -- Microseconds since 1970 (UTC).
            created_at INTEGER NOT NULL,
            regression TEXT NOT NULL DEFAULT 'different',
            releases TEXT NOT NULL DEFAULT 'semver'
        );
        -- Projects that keep payloads for a time only. A table of its own: views of before it, also
        -- in snapshots, are right without a row.
        CREATE TABLE IF NOT EXISTS project_retention (
            project INTEGER PRIMARY KEY,
            keep_days INTEGER NOT NULL
        );
        -- In JSON, of projects that have set what is taken out of their events.
        CREATE TABLE IF NOT EXISTS project_scrubbing (
            project INTEGER PRIMARY KEY,
            rules TEXT NOT NULL
        );
        -- Of projects that may not send as much as comes.
        CREATE TABLE IF NOT EXISTS project_limits (
            project INTEGER PRIMARY KEY,
            events_per_second INTEGER,
            burst INTEGER
        );
        -- What else was set with them. A table of its own, as above.
        CREATE TABLE IF NOT EXISTS project_quota (
            project INTEGER PRIMARY KEY,
            events_per_month INTEGER,
            -- Of one issue; null: all are kept.
            payloads_per_second INTEGER
        );
        -- Of projects that were regrouped: the version of the fingerprint, and that before it.
        CREATE TABLE IF NOT EXISTS project_grouping (
            project INTEGER PRIMARY KEY,
            version INTEGER NOT NULL,
            previous INTEGER NOT NULL,
            -- The record that said so.
            log_offset INTEGER NOT NULL
        );
        -- Keys that others have replaced.
        CREATE TABLE IF NOT EXISTS project_old_key (
            key TEXT PRIMARY KEY,
            project INTEGER NOT NULL,
            -- Up to here it is taken, in microseconds since 1970 (UTC).
            until INTEGER NOT NULL
        );
        """

    private enum Change {
        case created(ProjectCreated, at: Int64)
        case policy(ProjectPolicyChanged)
        case retention(ProjectRetentionChanged)
        case scrubbing(ProjectScrubbingChanged)
        case limits(ProjectLimitsChanged)
        case regrouped(ProjectRegrouped, at: UInt64)
        case rotated(ProjectKeyRotated)
        case renamed(ProjectRenamed)
    }

    private var changes: [Change] = []

    package init() {}

    package mutating func fold(_ block: LogBlock, at index: Int) throws {
        switch RecordKind(rawValue: block.type(at: index).rawValue) {
        case .projectCreated:
            let record = try ProjectCreated(data: block.data(at: index))
            changes.append(.created(record, at: block.time(at: index)))
        case .projectPolicyChanged:
            changes.append(.policy(try ProjectPolicyChanged(data: block.data(at: index))))
        case .projectRetentionChanged:
            changes.append(.retention(try ProjectRetentionChanged(data: block.data(at: index))))
        case .projectScrubbingChanged:
            changes.append(.scrubbing(try ProjectScrubbingChanged(data: block.data(at: index))))
        case .projectLimitsChanged:
            changes.append(.limits(try ProjectLimitsChanged(data: block.data(at: index))))
        case .projectRegrouped:
            let record = try ProjectRegrouped(data: block.data(at: index))
            changes.append(.regrouped(record, at: block.baseOffset + UInt64(index)))
        case .projectKeyRotated:
            changes.append(.rotated(try ProjectKeyRotated(data: block.data(at: index))))
        case .projectRenamed:
            changes.append(.renamed(try ProjectRenamed(data: block.data(at: index))))
        default:
            break
        }
    }

    package mutating func write(_ db: Database) throws {
        for change in changes {
            switch change {
            case .created(let project, let time):
                // The first record of a number or a slug holds; the server makes no second one.
                try db.execute(
                    sql: """
                        INSERT OR IGNORE INTO project (id, slug, name, description, key, created_at)
                        VALUES (?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        project.id, project.slug, project.name, project.description, project.key,
                        time,
                    ])
            case .policy(let policy):
                try db.execute(
                    sql: "UPDATE project SET regression = ?, releases = ? WHERE id = ?",
                    arguments: [
                        policy.regression.rawValue, policy.releases.rawValue, policy.project,
                    ])
            case .regrouped(let record, let offset):
                try db.execute(
                    sql: "INSERT OR REPLACE INTO project_grouping VALUES (?, ?, ?, ?)",
                    arguments: [
                        record.project, record.version.rawValue, record.previous.rawValue,
                        Int64(bitPattern: offset),
                    ])
            case .retention(let retention):
                if let days = retention.keepDays {
                    try db.execute(
                        sql: "INSERT OR REPLACE INTO project_retention VALUES (?, ?)",
                        arguments: [retention.project, Int64(clamping: days)])
                } else {
                    try db.execute(
                        sql: "DELETE FROM project_retention WHERE project = ?",
                        arguments: [retention.project])
                }
            case .scrubbing(let change):
                try db.execute(
                    sql: "INSERT OR REPLACE INTO project_scrubbing VALUES (?, ?)",
                    arguments: [change.project, change.rules.json.compactText])
            case .limits(let change):
                try db.execute(
                    sql: "INSERT OR REPLACE INTO project_limits VALUES (?, ?, ?)",
                    arguments: [
                        change.project,
                        change.limits.eventsPerSecond.map { Int64(clamping: $0) },
                        change.limits.burst.map { Int64(clamping: $0) },
                    ])
                try db.execute(
                    sql: "INSERT OR REPLACE INTO project_quota VALUES (?, ?, ?)",
                    arguments: [
                        change.project,
                        change.limits.eventsPerMonth.map { Int64(clamping: $0) },
                        change.limits.payloadsPerSecond.map { Int64(clamping: $0) },
                    ])
            case .rotated(let rotation): try write(rotation, db)
            case .renamed(let project):
                try db.execute(
                    sql: "UPDATE project SET name = ?, description = ? WHERE id = ?",
                    arguments: [project.name, project.description, project.project])
            }
        }
    }

    private func write(_ rotation: ProjectKeyRotated, _ db: Database) throws {
        let until = rotation.oldUntil.microseconds
        // Whoever takes the last key away takes those before it away as well.
        try db.execute(
            sql: "UPDATE project_old_key SET until = min(until, ?) WHERE project = ?",
            arguments: [until, rotation.project])
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO project_old_key
                SELECT key, id, ? FROM project WHERE id = ? AND key <> ?
                """, arguments: [until, rotation.project, rotation.key])
        // Keys are random: one that another project has is of a log that was put together by hand.
        try db.execute(
            sql: "UPDATE OR IGNORE project SET key = ? WHERE id = ?",
            arguments: [rotation.key, rotation.project])
    }

    package mutating func didCommit() {
        changes = []
    }
}
