package import ErrorModel
package import GRDB

extension TagCounts {
    /// The tags of the events of several fingerprints that are shown as one issue.
    package static func fetch(_ parts: [IssueID], _ db: Database) throws -> TagCounts {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT tags, is_cut FROM json_each(?) AS wanted
                    CROSS JOIN issue_tags ON project = wanted.value ->> 0
                        AND fingerprint = wanted.value ->> 1
                    """), arguments: [parts.pairsText])
        var counts = TagCounts()
        for row in rows { counts.formUnion(try TagCounts(stored: row[0], isCut: row[1])) }
        return counts
    }
}

/// Issues by a tag of their events.
package enum TaggedIssues {
    /// More are not handed from one view to the other: such a search asks for nearly everything.
    package static let limit = 20_000

    /// What a search for a tag has found.
    package struct Answer: Sendable {
        /// Nil: more than `limit`.
        package var issues: [IssueID]?
        /// Some issues have too many values of the key to be searched by it.
        package var isCut: Bool
    }

    /// - Parameter project: nil for all.
    package static func fetch(
        _ key: String, _ pattern: SearchPattern, project: UInt32?, _ db: Database
    ) throws -> Answer {
        let condition = pattern.whole.map { ("value = ?", $0) } ?? ("value GLOB ?", pattern.glob)
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT DISTINCT project, fingerprint FROM tag_value
                WHERE key = ? AND \(condition.0) AND (? IS NULL OR project = ?) LIMIT ?
                """, arguments: [key, condition.1, project, project, limit + 1])
        let isCut = try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM tag_cut WHERE key IN (?, ?)
                    AND (? IS NULL OR project = ?))
                """, arguments: [key, TagCounts.anyKey, project, project])
        let issues = rows.compactMap { row in
            HexText.value(row[1]).map { IssueID(project: row[0], fingerprint: $0) }
        }
        return Answer(issues: issues.count > limit ? nil : issues, isCut: isCut ?? false)
    }
}

/// How many events the environments of a project had.
package struct EnvironmentEvents: Hashable, Sendable {
    package var environment: String
    package var events: Int
    /// Hours of the span in which there was any.
    package var activeHours: Int

    package init(environment: String, events: Int = 0, activeHours: Int = 0) {
        self.environment = environment
        self.events = events
        self.activeHours = activeHours
    }

    /// By environment, the busiest first, of the hours from `start` on and before `end`, counted
    /// from 1970.
    package static func fetch(
        project: UInt32, hours: Range<Int64>, _ db: Database
    ) throws -> [EnvironmentEvents] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT environment, sum(events) AS total, count(*) FROM environment_hour
                WHERE project = ? AND hour >= ? AND hour < ?
                GROUP BY environment ORDER BY total DESC, environment LIMIT ?
                """, arguments: [project, hours.lowerBound, hours.upperBound, limit]
        ).map { EnvironmentEvents(environment: $0[0], events: $0[1], activeHours: $0[2]) }
    }

    /// A project has a handful; this many only where somebody makes them up.
    private static let limit = 1_000
}

/// How many issues each environment of a project had.
package enum EnvironmentIssues {
    /// How many, and whether it is known for each.
    package struct Count: Hashable, Sendable {
        package var issues: Int
        package var isExact: Bool
    }

    /// Those with events that happened there in a span of whole hours, by environment.
    ///
    /// Events are counted by issue and hour and by issue and environment, not by all three. What is not
    /// known is counted: an issue that the environment has seen before the span and behind it, and that had
    /// events in it, but also events elsewhere.
    package static func byEnvironment(
        project: UInt32, from: Timestamp, to: Timestamp, _ db: Database
    ) throws -> [String: Count] {
        let tables = try IssueTables(db)
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT seen.environment, count(DISTINCT \(tables.issue(ofPart: "seen.issue"))),
                    count(DISTINCT CASE WHEN seen.first_seen >= :from OR seen.last_seen < :to
                        OR seen.events = issue.events
                        THEN \(tables.issue(ofPart: "seen.issue")) END)
                FROM issue_environment AS seen JOIN issue ON issue.id = seen.issue
                WHERE issue.project = :project
                    AND seen.last_seen >= :from AND seen.first_seen < :to
                    AND (seen.first_seen >= :from OR seen.last_seen < :to OR EXISTS (
                        SELECT 1 FROM issue_hour WHERE issue_hour.issue = seen.issue
                            AND hour >= :firstHour AND hour < :endHour))
                GROUP BY 1
                """,
            arguments: [
                "project": project, "from": from.microseconds, "to": to.microseconds,
                "firstHour": from.microseconds / Timestamp.microsecondsPerSecond,
                "endHour": to.microseconds / Timestamp.microsecondsPerSecond,
            ])
        return Dictionary(
            rows.map { row in
                let (issues, known): (Int, Int) = (row[1], row[2])
                return (row[0], Count(issues: issues, isExact: issues == known))
            }, uniquingKeysWith: { first, _ in first })
    }
}

/// How the sessions of an environment went.
package struct EnvironmentHealth: Hashable, Sendable {
    package var sessions: Int
    package var crashed: Int

    /// The part of the sessions that did not crash, 0 to 1; nil where there are none.
    package var crashFree: Double? {
        sessions == 0 ? nil : max(0, 1 - Double(crashed) / Double(sessions))
    }

    /// By environment, of the days (UTC) that begin from `from` on and before `to`; the day of
    /// `from` among them.
    package static func byEnvironment(
        project: UInt32, from: Timestamp, to: Timestamp, _ db: Database
    ) throws -> [String: EnvironmentHealth] {
        let day: Int64 = 86_400
        let first = floorDivide(from.microseconds, day * Timestamp.microsecondsPerSecond) * day
        let end = to.microseconds / Timestamp.microsecondsPerSecond
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT environment, sum(sessions), sum(crashed) FROM health
                WHERE project = ? AND day >= 0 AND day >= ? AND day < ? GROUP BY environment
                """, arguments: [project, first, end])
        return Dictionary(
            rows.map { ($0[0], EnvironmentHealth(sessions: $0[1], crashed: $0[2])) },
            uniquingKeysWith: { first, _ in first })
    }
}
