package import ErrorModel
package import GRDB

/// A release as the list shows it.
package struct ReleaseSummary: Hashable, Sendable {
    package var project: UInt32
    package var version: String
    /// `manual` or `event`; `session` for one that only sessions have named so far.
    package var source: String
    package var createdOffset: UInt64
    package var createdAt: Timestamp
    package var finalizedAt: Timestamp?
    package var events: Int
    package var firstEvent: Timestamp?
    package var lastEvent: Timestamp?

    init(row: Row) {
        project = row["project"]
        version = row["version"]
        source = row["source"]
        createdOffset = UInt64(bitPattern: row["created_offset"])
        createdAt = Timestamp(microseconds: row["created_at"])
        finalizedAt = (row["finalized_at"] as Int64?).map(Timestamp.init(microseconds:))
        events = row["events"]
        firstEvent = (row["first_event"] as Int64?).map(Timestamp.init(microseconds:))
        lastEvent = (row["last_event"] as Int64?).map(Timestamp.init(microseconds:))
    }

    /// A release that only sessions have named: nothing has gone wrong in it yet.
    package init(project: UInt32, version: String, health: ReleaseHealth) {
        self.project = project
        self.version = version
        source = "session"
        createdOffset = health.firstOffset
        createdAt = health.firstReport
        events = 0
    }

    package var point: ReleasePoint { ReleasePoint(name: version, created: createdOffset) }

    /// At most so many releases are answered, the newest: a year of hourly builds.
    package static let listLimit = 10_000

    /// The releases of a project, newest first by its scheme.
    package static func fetchAll(
        project: UInt32, scheme: ReleaseScheme, _ db: Database
    ) throws -> [ReleaseSummary] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM release WHERE project = ? ORDER BY created_offset DESC LIMIT ?
                """, arguments: [project, listLimit])
        return sorted(rows.map(ReleaseSummary.init(row:)), scheme: scheme)
    }

    /// The newest first.
    package static func sorted(
        _ releases: [ReleaseSummary], scheme: ReleaseScheme
    ) -> [ReleaseSummary] {
        ReleaseOrder.newestFirst(releases, scheme: scheme, by: \.point)
    }

    /// Reads one release; nil where there is none of this version.
    package static func fetch(
        project: UInt32, version: String, _ db: Database
    ) throws -> ReleaseSummary? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM release WHERE project = ? AND version = ?",
            arguments: [project, version]
        ).map(ReleaseSummary.init(row:))
    }

    /// The offset of the event that came last of all releases that a release may stand for: itself,
    /// and for a commit its whole and its short forms; nil without such an event.
    package static func lastEventOffset(
        project: UInt32, meeting version: String, _ db: Database
    ) throws -> UInt64? {
        var forms = [version] + CommitName.shortForms(of: version)
        if CommitName.isShort(version) {
            // What begins with it lies together in the key.
            forms += try String.fetchAll(
                db,
                sql: """
                    SELECT version FROM release
                    WHERE project = ? AND version > ? AND version < ? || 'g'
                    """, arguments: [project, version, version]
            ).filter { CommitName.meet($0, version) }
        }
        let newest = try forms.compactMap { form in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT last_offset FROM release
                    WHERE project = ? AND version = ? AND last_offset IS NOT NULL
                    """, arguments: [project, form])
        }.max()
        return newest.map(UInt64.init(bitPattern:))
    }
}

/// How many issues were first seen in each release of a project.
package enum NewIssues {
    /// By the release's version; a release without new issues is left out.
    package static func byRelease(project: UInt32, _ db: Database) throws -> [String: Int] {
        try counts(
            "SELECT first_release, COUNT(*) FROM issue_shown WHERE project = ? GROUP BY 1",
            project, db)
    }
}

/// The regressions that have taken effect, by the histories of the issues: one that was recorded behind
/// somebody's change of the status has not, though the log and the view of regressions keep it.
package enum Regressions {
    /// How many each release of a project has brought that were not undone, by its version; a release without
    /// is left out.
    package static func byRelease(project: UInt32, _ db: Database) throws -> [String: Int] {
        try counts(
            """
            SELECT issue_history.details ->> '$.eventRelease', COUNT(*)
            FROM issue_history JOIN issue ON issue.id = issue_history.issue
            WHERE issue.project = ? AND to_status = 'regressed'
                AND log_offset NOT IN (SELECT log_offset FROM issue_undone)
            GROUP BY 1
            """, project, db)
    }

    /// Those of some records that have taken effect, by their offsets.
    package static func effective(_ offsets: [UInt64], _ db: Database) throws -> Set<UInt64> {
        if offsets.isEmpty { return [] }
        let list = offsets.map { String($0) }.joined(separator: ",")
        return Set(
            try Int64.fetchAll(
                db, sql: "SELECT log_offset FROM issue_history WHERE log_offset IN (\(list))"
            ).map { UInt64(bitPattern: $0) })
    }
}

private func counts(_ sql: String, _ project: UInt32, _ db: Database) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for row in try Row.fetchAll(db, sql: sql, arguments: [project]) {
        if let release = row[0] as String? { counts[release] = row[1] }
    }
    return counts
}
