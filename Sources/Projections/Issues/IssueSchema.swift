/// The tables of the issues view, `views/issues@3.sqlite`.
///
/// Times are microseconds since 1970 (UTC), counts are exact, fingerprints are 16 hexadecimal
/// characters. An issue is a project's events of one fingerprint.
enum IssueSchema {
    static let sql = """
        CREATE TABLE IF NOT EXISTS issue (
            \(issueColumns)
            UNIQUE (project, fingerprint)
        );
        CREATE TABLE IF NOT EXISTS issue_environment (
            issue INTEGER NOT NULL,
            environment TEXT NOT NULL,
            events INTEGER NOT NULL,
            first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            PRIMARY KEY (issue, environment)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS issue_release (
            issue INTEGER NOT NULL,
            release TEXT NOT NULL,
            events INTEGER NOT NULL,
            first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            PRIMARY KEY (issue, release)
        ) WITHOUT ROWID;
        -- Events by the hour they happened in, a row a day (days since 1970, UTC).
        CREATE TABLE IF NOT EXISTS issue_day (
            issue INTEGER NOT NULL,
            day INTEGER NOT NULL,
            \(hourColumns.map { "\($0) INTEGER NOT NULL DEFAULT 0" }.joined(separator: ", ")),
            PRIMARY KEY (issue, day)
        ) WITHOUT ROWID;
        -- The same, a row an hour: the time at which the hour begins, in seconds since 1970.
        CREATE VIEW IF NOT EXISTS issue_hour AS
        \((0..<24).map {
            "SELECT issue, day * 86400 + \($0 * 3600) AS hour, \(hourColumns[$0]) AS events "
                + "FROM issue_day WHERE \(hourColumns[$0]) > 0"
        }.joined(separator: " UNION ALL "));
        -- Keyed hashes of the users (kind 0) and accounts (kind 1) of an issue, 8 bytes each,
        -- little-endian; the parts of an issue are disjoint. Past 10,000 the parts are those of a
        -- HyperLogLog sketch instead, 4,096 registers each: -1 the first, down to -32. One that is
        -- missing is of zeros.
        CREATE TABLE IF NOT EXISTS issue_people (
            issue INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            part INTEGER NOT NULL,
            hashes BLOB NOT NULL,
            PRIMARY KEY (issue, kind, part)
        ) WITHOUT ROWID;
        -- Issues of which some events were only counted, since they came in a storm.
        CREATE TABLE IF NOT EXISTS issue_sampled (
            issue INTEGER PRIMARY KEY,
            events INTEGER NOT NULL
        );
        -- Events by the calendar month (UTC) in which they were received; months since January 1970.
        CREATE TABLE IF NOT EXISTS project_month (
            project INTEGER NOT NULL,
            month INTEGER NOT NULL,
            events INTEGER NOT NULL,
            PRIMARY KEY (project, month)
        ) WITHOUT ROWID;
        -- The parts of issues that others are merged into, each the row of a fingerprint; the issue's
        -- own row is one of them.
        CREATE TABLE IF NOT EXISTS issue_part (
            part INTEGER PRIMARY KEY,
            issue INTEGER NOT NULL
        );
        CREATE INDEX IF NOT EXISTS issue_part_issue ON issue_part (issue);
        -- What such an issue shows: its parts together. Its status is that of its own row.
        CREATE TABLE IF NOT EXISTS issue_merged (
            \(issueColumns)
            UNIQUE (project, fingerprint)
        );
        -- Issues as the list shows them. Without issue_part it is the table issue.
        CREATE VIEW IF NOT EXISTS issue_shown AS
            SELECT * FROM issue WHERE id NOT IN (SELECT part FROM issue_part)
            UNION ALL SELECT * FROM issue_merged;
        -- Whom an issue is given to.
        CREATE TABLE IF NOT EXISTS issue_assignee (
            issue INTEGER PRIMARY KEY,
            assignee TEXT NOT NULL
        );
        -- Acts of triage other than changes of status. A merge is an act of the issue that was
        -- merged into.
        CREATE TABLE IF NOT EXISTS issue_act (
            log_offset INTEGER PRIMARY KEY,
            issue INTEGER NOT NULL,
            time INTEGER NOT NULL,
            -- As the record's type: 'issue.assigned', …
            type TEXT NOT NULL,
            actor TEXT NOT NULL,
            -- The record's own data, JSON.
            details TEXT NOT NULL
        );
        CREATE INDEX IF NOT EXISTS issue_act_issue ON issue_act (issue, log_offset);
        -- Events without a release that came while their issue was resolved in one: by the record that
        -- had resolved it, the issue's own or that of the issue it was merged into.
        CREATE TABLE IF NOT EXISTS issue_unjudged (
            part INTEGER NOT NULL,
            since INTEGER NOT NULL,
            events INTEGER NOT NULL,
            PRIMARY KEY (part, since)
        ) WITHOUT ROWID;
        -- Acts, changes of status among them, that were undone, and by which record.
        CREATE TABLE IF NOT EXISTS issue_undone (
            log_offset INTEGER PRIMARY KEY,
            undone_by INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS issue_history (
            issue INTEGER NOT NULL,
            version INTEGER NOT NULL,
            log_offset INTEGER NOT NULL,
            time INTEGER NOT NULL,
            from_status TEXT NOT NULL,
            to_status TEXT NOT NULL,
            actor TEXT NOT NULL,
            -- The record's own data, JSON: release, comment, condition, explanation.
            details TEXT NOT NULL,
            PRIMARY KEY (issue, version)
        ) WITHOUT ROWID;
        """

    /// Of an issue, and of several that are shown as one.
    private static let issueColumns = """
        id INTEGER PRIMARY KEY,
        project INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        -- What the newest sighting says; the newest is the one that happened last.
        type TEXT NOT NULL DEFAULT '',
        -- The exception's value, or the message.
        title TEXT NOT NULL DEFAULT '',
        culprit TEXT NOT NULL DEFAULT '',
        platform TEXT NOT NULL DEFAULT '',
        level INTEGER NOT NULL DEFAULT 0,
        action INTEGER NOT NULL DEFAULT 0,
        events INTEGER NOT NULL DEFAULT 0,
        first_seen INTEGER NOT NULL,
        first_offset INTEGER NOT NULL,
        first_release TEXT,
        last_seen INTEGER NOT NULL,
        last_offset INTEGER NOT NULL,
        last_release TEXT,
        users INTEGER NOT NULL DEFAULT 0,
        users_exact INTEGER NOT NULL DEFAULT 1,
        accounts INTEGER NOT NULL DEFAULT 0,
        accounts_exact INTEGER NOT NULL DEFAULT 1,
        status TEXT NOT NULL DEFAULT 'open',
        -- How many changes of status there were; a change may name the version it saw.
        version INTEGER NOT NULL DEFAULT 0,
        -- The offset and time of the last change of status; null while there was none.
        changed_offset INTEGER,
        changed_at INTEGER,
        -- While resolved: 'any', 'release' (then the release) or 'next' (then the newest
        -- release when it was resolved, null where there was none).
        resolution TEXT,
        resolved_release TEXT,
        -- While ignored or muted under a condition: the condition, as in the API.
        until TEXT,
        -- While resolved: of issue_unjudged, those counted under this resolve.
        unjudged INTEGER NOT NULL DEFAULT 0,
        """

    static let hourColumns = (0..<24).map { $0 < 10 ? "h0\($0)" : "h\($0)" }
}

/// The columns of the tables `issue` and `issue_merged`, by their places: names cost a search each.
enum IssueColumn: Int, CaseIterable {
    case id, project, fingerprint, type, title, culprit, platform, level, action, events
    case firstSeen, firstOffset, firstRelease, lastSeen, lastOffset, lastRelease
    case users, usersExact, accounts, accountsExact, status, version
    case changedOffset, changedAt, resolution, resolvedRelease, until, unjudged
}
