/// The tables of the reports view.
enum ReportsSchema {
    static let sql = """
        -- Times are microseconds since 1970 (UTC), days their first second.
        -- What SDKs say that they have lost or thrown away.
        CREATE TABLE IF NOT EXISTS client_loss (
            project INTEGER NOT NULL,
            reason TEXT NOT NULL,
            category TEXT NOT NULL,
            quantity INTEGER NOT NULL,
            -- Of the first and the last report, by their receipt.
            first_report INTEGER NOT NULL,
            last_report INTEGER NOT NULL,
            PRIMARY KEY (project, reason, category)
        ) WITHOUT ROWID;
        -- Sessions by the day on which they began; and of all days, with the day -1.
        CREATE TABLE IF NOT EXISTS health (
            id INTEGER PRIMARY KEY,
            project INTEGER NOT NULL,
            release TEXT NOT NULL,
            environment TEXT NOT NULL,
            day INTEGER NOT NULL,
            -- The first record that told of it, and its time.
            first_offset INTEGER NOT NULL,
            first_report INTEGER NOT NULL,
            sessions INTEGER NOT NULL DEFAULT 0,
            -- Counted by SDKs; those that are known one by one are in errored_known.
            errored INTEGER NOT NULL DEFAULT 0,
            errored_known INTEGER NOT NULL DEFAULT 0,
            crashed INTEGER NOT NULL DEFAULT 0,
            abnormal INTEGER NOT NULL DEFAULT 0,
            users INTEGER NOT NULL DEFAULT 0,
            users_exact INTEGER NOT NULL DEFAULT 1,
            crashed_users INTEGER NOT NULL DEFAULT 0,
            UNIQUE (project, release, environment, day)
        );
        -- Whom and what the counts of distinct ones stand for, as in the issues view.
        CREATE TABLE IF NOT EXISTS health_people (
            health INTEGER NOT NULL,
            -- 0: users, 2: users of whom a session crashed, 3: sessions with an error.
            kind INTEGER NOT NULL,
            -- Below 0: of a sketch.
            part INTEGER NOT NULL,
            hashes BLOB NOT NULL,
            PRIMARY KEY (health, kind, part)
        ) WITHOUT ROWID;
        -- What people wrote; the text is in the log.
        CREATE TABLE IF NOT EXISTS feedback (
            log_offset INTEGER PRIMARY KEY,
            project INTEGER NOT NULL,
            time INTEGER NOT NULL,
            -- The event that it speaks about, 32 hexadecimal digits; null: about none.
            event TEXT,
            -- The issue of that event; null while the event is not known.
            fingerprint TEXT
        );
        CREATE INDEX IF NOT EXISTS feedback_issue ON feedback (project, fingerprint, log_offset);
        CREATE INDEX IF NOT EXISTS feedback_waiting ON feedback (log_offset)
            WHERE event IS NOT NULL AND fingerprint IS NULL;
        """
}
