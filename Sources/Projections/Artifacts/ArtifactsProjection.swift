import ErrorModel
package import EventLog
package import GRDB

/// The artifacts view: which source maps and scripts there are, by release and name, and by debug id.
package struct ArtifactsProjection: Projection {
    package static let name = "artifacts"
    package static let version = 1
    package static let isGrouped = false
    package static let schema = """
        -- Empty text stands for what an artifact does not have, so that the key tells them apart.
        CREATE TABLE IF NOT EXISTS artifact (
            project INTEGER NOT NULL,
            release TEXT NOT NULL,
            dist TEXT NOT NULL,
            -- A URL, or '~' and a path, which stands for any host.
            url TEXT NOT NULL,
            -- A UUID in lower case.
            debug_id TEXT NOT NULL,
            -- 'script' or 'source_map'.
            kind TEXT NOT NULL,
            -- The SHA-256 of the content, which lies in the folder of blobs.
            blob TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            -- Of a script: the name of its map.
            sourcemap TEXT,
            actor TEXT NOT NULL,
            -- The record that tells of it, and its time: microseconds since 1970 (UTC).
            added_offset INTEGER NOT NULL,
            added_at INTEGER NOT NULL,
            PRIMARY KEY (project, release, url, dist, debug_id, kind)
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS artifact_debug_id ON artifact (project, debug_id)
            WHERE debug_id != '';
        CREATE UNIQUE INDEX IF NOT EXISTS artifact_offset ON artifact (added_offset);
        """

    private enum Change {
        case added(ArtifactAdded, offset: UInt64, at: Int64)
        case removed(ArtifactPlace)
    }

    private var changes: [Change] = []

    package init() {}

    package mutating func fold(_ block: LogBlock, at index: Int) throws {
        switch RecordKind(rawValue: block.type(at: index).rawValue) {
        case .artifactAdded:
            let header = block.header(at: index)
            changes.append(
                .added(
                    try ArtifactAdded(data: block.data(at: index)), offset: header.offset,
                    at: header.time))
        case .artifactRemoved:
            changes.append(.removed(try ArtifactRemoved(data: block.data(at: index)).place))
        default:
            break
        }
    }

    /// About the texts of one change.
    private static let changeByteCount = 512
    package var pendingByteCount: Int { changes.count * Self.changeByteCount }

    package mutating func write(_ db: Database) throws {
        for change in changes {
            switch change {
            case .added(let record, let offset, let time):
                let place = record.place
                try db.execute(
                    sql:
                        "INSERT OR REPLACE INTO artifact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        place.project, place.release, place.dist, place.url, place.debugID,
                        place.kind.rawValue, record.blob.hash.text,
                        Int64(clamping: record.blob.byteCount), record.sourceMap, record.actor,
                        Int64(clamping: offset), time,
                    ])
            case .removed(let place):
                try db.execute(
                    sql: """
                        DELETE FROM artifact WHERE project = ? AND release = ? AND url = ?
                            AND dist = ? AND debug_id = ? AND kind = ?
                        """,
                    arguments: [
                        place.project, place.release, place.url, place.dist, place.debugID,
                        place.kind.rawValue,
                    ])
            }
        }
    }

    package mutating func didCommit() {
        changes = []
    }
}
