enum StatusPolicySchema {
    /// What the policy keeps between runs.
    ///
    /// Times are microseconds since 1970, fingerprints 16 hexadecimal characters.
    static let sql = """
        CREATE TABLE IF NOT EXISTS project_policy (
            project INTEGER PRIMARY KEY,
            regression TEXT NOT NULL,
            releases TEXT NOT NULL
        );
        -- The order of creation: the offset of the event, creation or finalization that first named the release.
        CREATE TABLE IF NOT EXISTS release_point (
            project INTEGER NOT NULL,
            release TEXT NOT NULL,
            created INTEGER NOT NULL,
            PRIMARY KEY (project, release)
        ) WITHOUT ROWID;
        -- Issues whose status was ever changed.
        CREATE TABLE IF NOT EXISTS issue_life (
            project INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            status TEXT NOT NULL,
            version INTEGER NOT NULL,
            changed_offset INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            resolution TEXT,
            resolved_release TEXT,
            until TEXT,
            -- What has happened of the condition, JSON.
            progress TEXT,
            -- The id of the decision that was made about this state.
            decision BLOB,
            PRIMARY KEY (project, fingerprint)
        ) WITHOUT ROWID;
        -- Fingerprints whose events belong to another issue of the project.
        CREATE TABLE IF NOT EXISTS issue_map (
            project INTEGER NOT NULL,
            part TEXT NOT NULL,
            issue TEXT NOT NULL,
            PRIMARY KEY (project, part)
        ) WITHOUT ROWID;
        -- Decisions whose record was not yet seen in the log.
        CREATE TABLE IF NOT EXISTS decision (
            id BLOB PRIMARY KEY,
            project INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            kind INTEGER NOT NULL,
            data TEXT NOT NULL
        ) WITHOUT ROWID;
        """
}
