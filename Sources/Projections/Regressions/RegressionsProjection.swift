import ErrorModel
package import EventLog
package import GRDB

/// The regressions view: every regression with the explanation that was recorded for it.
package struct RegressionsProjection: Projection {
    package static let name = "regressions"
    package static let version = 1
    package static let schema = """
        -- Times are microseconds since 1970 (UTC).
        CREATE TABLE IF NOT EXISTS regression (
            log_offset INTEGER PRIMARY KEY,
            project INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            time INTEGER NOT NULL,
            -- The event that brought the issue back.
            event TEXT NOT NULL,
            event_offset INTEGER NOT NULL,
            event_release TEXT,
            resolved_release TEXT,
            policy TEXT NOT NULL,
            reason TEXT NOT NULL,
            ordering TEXT,
            -- One sentence for people.
            explanation TEXT NOT NULL
        );
        CREATE INDEX IF NOT EXISTS regression_issue ON regression (project, fingerprint);
        """

    private struct Change {
        var header: RecordHeader
        var record: IssueRegressed
    }

    private var changes: [Change] = []

    package init() {}

    package mutating func fold(_ block: LogBlock, at index: Int) throws {
        guard block.type(at: index).rawValue == RecordKind.issueRegressed.rawValue else { return }
        let record = try IssueRegressed(data: block.data(at: index))
        changes.append(Change(header: block.header(at: index), record: record))
    }

    package mutating func write(_ db: Database) throws {
        let insert = try RowWriter(
            db, "INSERT OR REPLACE INTO regression VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        for change in changes {
            let record = change.record
            try insert.run(
                .offset(change.header.offset), .int(Int64(record.issue.project)),
                .text(IssueID.text(record.issue.fingerprint)), .int(change.header.time),
                .text(record.event.text), .offset(record.eventOffset),
                .text(orNull: record.eventRelease), .text(orNull: record.resolvedRelease),
                .text(record.policy.rawValue), .text(record.reason.rawValue),
                .text(orNull: record.ordering?.rawValue), .text(record.explanation))
        }
    }

    package mutating func didCommit() {
        changes = []
    }
}
