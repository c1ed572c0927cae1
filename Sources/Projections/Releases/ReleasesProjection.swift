import ErrorModel
package import EventLog
package import GRDB

/// The releases view: the releases of each project, made by hand or by their first event.
package struct ReleasesProjection: Projection {
    package static let name = "releases"
    package static let version = 2
    package static let isGrouped = false
    package static let schema = """
        -- Times are microseconds since 1970 (UTC).
        CREATE TABLE IF NOT EXISTS release (
            id INTEGER PRIMARY KEY,
            project INTEGER NOT NULL,
            version TEXT NOT NULL,
            -- 'event' until somebody creates or finalizes it by hand, then 'manual'.
            source TEXT NOT NULL,
            -- The record that first named the release, and its time.
            created_offset INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            -- Of the first record that finalized it.
            finalized_at INTEGER,
            events INTEGER NOT NULL DEFAULT 0,
            first_event INTEGER,
            last_event INTEGER,
            -- Of the event that came last, whenever it happened.
            last_offset INTEGER,
            UNIQUE (project, version)
        );
        """

    private struct Key: Hashable {
        var project: UInt32
        var name: Int
    }

    private struct Change {
        var key: Key
        var createdOffset: UInt64
        var createdAt: Int64
        var isManual = false
        var finalizedAt: Int64?
        var events = 0
        var first = Int64.max
        var last = Int64.min
        var lastOffset: UInt64 = 0
    }

    private var names = StringInterner()
    private var changes: ContiguousArray<Change> = []
    private var index: [Key: Int] = [:]

    package init() {}

    package mutating func fold(_ block: LogBlock, at position: Int) throws {
        switch RecordKind(rawValue: block.type(at: position).rawValue) {
        case .eventCaptured:
            let digest = try EventDigestView(block.section, in: block.digestRange(at: position))
            if digest.releaseRange.isEmpty { return }
            let at = block.section.withUnsafeBytes { section in
                change(
                    block.header(at: position),
                    UnsafeRawBufferPointer(rebasing: section[digest.releaseRange]))
            }
            let happened = digest.happened.microseconds
            changes[at].events += 1
            changes[at].first = min(changes[at].first, happened)
            changes[at].last = max(changes[at].last, happened)
            changes[at].lastOffset = max(
                changes[at].lastOffset, block.header(at: position).offset)
        case .releaseCreated:
            let record = try ReleaseCreated(data: block.data(at: position))
            let at = change(block.header(at: position), record.release)
            changes[at].isManual = true
        case .releaseFinalized:
            let record = try ReleaseFinalized(data: block.data(at: position))
            let header = block.header(at: position)
            let at = change(header, record.release)
            changes[at].isManual = true
            // The first one holds: a second one finds the release complete.
            if changes[at].finalizedAt == nil { changes[at].finalizedAt = header.time }
        default:
            break
        }
    }

    private mutating func change(_ header: RecordHeader, _ release: String) -> Int {
        var release = release
        return release.withUTF8 { change(header, UnsafeRawBufferPointer($0)) }
    }

    private mutating func change(_ header: RecordHeader, _ release: UnsafeRawBufferPointer) -> Int {
        let key = Key(project: header.project, name: names.intern(release))
        if let at = index[key] { return at }
        index[key] = changes.count
        changes.append(Change(key: key, createdOffset: header.offset, createdAt: header.time))
        return changes.count - 1
    }

    package mutating func write(_ db: Database) throws {
        let upsert = try RowWriter(
            db,
            """
            INSERT INTO release (project, version, source, created_offset, created_at,
                finalized_at, events, first_event, last_event, last_offset)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (project, version) DO UPDATE SET
                source = CASE WHEN excluded.source = 'manual' THEN 'manual' ELSE source END,
                finalized_at = coalesce(finalized_at, excluded.finalized_at),
                events = events + excluded.events,
                first_event = min(coalesce(first_event, excluded.first_event),
                    coalesce(excluded.first_event, first_event)),
                last_event = max(coalesce(last_event, excluded.last_event),
                    coalesce(excluded.last_event, last_event)),
                last_offset = coalesce(excluded.last_offset, last_offset)
            """)
        for change in changes {
            try upsert.run(
                .int(Int64(change.key.project)), .text(names.strings[change.key.name]),
                .text(change.isManual ? "manual" : "event"), .offset(change.createdOffset),
                .int(change.createdAt), change.finalizedAt.map(SQLValue.int) ?? .null,
                .count(change.events), change.events == 0 ? .null : .int(change.first),
                change.events == 0 ? .null : .int(change.last),
                change.events == 0 ? .null : .offset(change.lastOffset))
        }
    }

    package mutating func didCommit() {
        names.removeAll()
        changes.removeAll(keepingCapacity: true)
        index.removeAll(keepingCapacity: true)
    }
}
