/// The tables with which a view says how it groups events.
enum GroupingSchema {
    /// They have rows only of projects that were regrouped.
    static let sql = """
        -- The version of the fingerprint by which this view groups a project, and the first offset
        -- behind the record that said so; and those in force at the checkpoint.
        CREATE TABLE IF NOT EXISTS grouping (
            project INTEGER PRIMARY KEY,
            version INTEGER NOT NULL,
            since INTEGER NOT NULL,
            current INTEGER NOT NULL,
            current_since INTEGER NOT NULL
        );
        -- What the issues of the other versions are in this view: that with their first event.
        CREATE TABLE IF NOT EXISTS grouping_name (
            project INTEGER NOT NULL,
            version INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            issue TEXT NOT NULL,
            -- That issue began with it, and so takes over what was decided about it.
            is_own INTEGER NOT NULL,
            PRIMARY KEY (project, version, fingerprint)
        ) WITHOUT ROWID;
        -- Fingerprints under which the log has events of an issue, beside the issue's own.
        CREATE TABLE IF NOT EXISTS grouping_source (
            project INTEGER NOT NULL,
            issue TEXT NOT NULL,
            stored TEXT NOT NULL,
            PRIMARY KEY (project, issue, stored)
        ) WITHOUT ROWID;
        -- Issues of which an event has been seen, while it matters which one was first.
        CREATE TABLE IF NOT EXISTS grouping_issue (
            project INTEGER NOT NULL,
            issue TEXT NOT NULL,
            PRIMARY KEY (project, issue)
        ) WITHOUT ROWID;
        """
}
