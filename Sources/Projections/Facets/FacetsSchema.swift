enum FacetsSchema {
    /// The tables of `views/facets@1.sqlite`.
    static let sql = """
        -- The tags of the events of a fingerprint. Merges are not in it: who asks for an issue adds
        -- up those of its parts.
        CREATE TABLE IF NOT EXISTS issue_tags (
            project INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            -- JSON: {"region":{"events":12,"values":{"eu":8,"us":4}}}; "cut":true where there are
            -- more values than the 100 that are kept.
            tags TEXT NOT NULL,
            -- There are more keys than the 50 that are kept.
            is_cut INTEGER NOT NULL,
            PRIMARY KEY (project, fingerprint)
        ) WITHOUT ROWID;
        -- The same, to search by: values of keys that are not cut.
        CREATE TABLE IF NOT EXISTS tag_value (
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            project INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            PRIMARY KEY (key, value, project, fingerprint)
        ) WITHOUT ROWID;
        -- Fingerprints of which a key has more values than are kept; '*': which have more keys.
        CREATE TABLE IF NOT EXISTS tag_cut (
            key TEXT NOT NULL,
            project INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            PRIMARY KEY (key, project, fingerprint)
        ) WITHOUT ROWID;
        -- Events by environment and the hour they happened in (hours since 1970, UTC).
        CREATE TABLE IF NOT EXISTS environment_hour (
            project INTEGER NOT NULL,
            environment TEXT NOT NULL,
            hour INTEGER NOT NULL,
            events INTEGER NOT NULL,
            PRIMARY KEY (project, environment, hour)
        ) WITHOUT ROWID;
        """
}
