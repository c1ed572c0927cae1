package import EventLog
import Foundation
import GRDB

/// Fills a view's new file from the log.
package struct ShadowRun<P: Projection>: Sendable {
    private let log: EventLog
    private let file: ShadowFile
    private let snapshots: ViewSnapshots
    private let parks: Bool
    private let groupings: Groupings

    /// - Parameters:
    ///   - snapshots: where the fold begins when the log no longer has its beginning.
    ///   - groupings: how the new file groups, where it is begun.
    ///   - parks: records that cannot be folded are parked; else the first one stops it.
    package init(
        log: EventLog, file: ShadowFile, snapshots: ViewSnapshots, parks: Bool,
        groupings: Groupings = Groupings()
    ) {
        self.log = log
        self.file = file
        self.snapshots = snapshots
        self.parks = parks
        self.groupings = P.isGrouped ? groupings : Groupings()
    }

    /// Folds what the log has, and of what comes meanwhile all but the last `distance` records;
    /// false: it was stopped, and what is folded can be gone on from.
    ///
    /// Blocks. A draft that cannot be filled is deleted: on a full disk it would keep the space that
    /// is missed.
    /// - Parameters:
    ///   - resumes: goes on with the draft that is there; else it begins anew.
    ///   - goesOn: told what is folded, and where the log ends; false: it is to stop.
    package func fold(
        resumes: Bool, distance: UInt64, goesOn: (_ folded: UInt64, _ end: UInt64) -> Bool
    ) throws -> Bool {
        do {
            if !resumes {
                try file.deleteDraft()
                try snapshots.restoreOldest(P.fileName, to: file.draft, for: log, groupings)
            }
            let store = try ViewStore(path: file.draft, schema: P.schema)
            defer { try? store.close() }
            if !resumes {
                if try store.pool.read(ViewStore.checkpoint) == 0 {
                    try groupings.show(in: store, P.self)
                }
                try ShadowMark.begin(store, parks: parks)
            }
            return try fold(store, distance, goesOn)
        } catch {
            try? file.deleteDraft()
            throw error
        }
    }

    /// Folds what is missing up to the log's end and makes the file ready to take the old one's
    /// place.
    ///
    /// Blocks.
    func finish(until end: UInt64) throws {
        do {
            let store = try ViewStore(path: file.draft, schema: P.schema)
            do {
                _ = try fold(store, 0, end: end) { _, _ in true }
                try ShadowMark.remove(store)
                try store.closeWhole()
            } catch {
                try? store.close()
                throw error
            }
            try file.makeReady()
        } catch {
            try? file.deleteDraft()
            throw error
        }
    }

    private func fold(
        _ store: ViewStore, _ distance: UInt64, end fixed: UInt64? = nil,
        _ goesOn: (UInt64, UInt64) -> Bool
    ) throws -> Bool {
        let reader = log.makeReader()
        var projection = P()
        var session = try FoldSession(store, &projection)
        var lastCommit = DispatchTime.now().uptimeNanoseconds
        func commit() throws {
            try session.commit(&projection, into: store)
            store.tidy()
            lastCommit = DispatchTime.now().uptimeNanoseconds
            try ShadowMark.move(store, below: session.next, reader)
        }
        // At least as far as the log reaches now, and then as near as wanted to where it has come.
        let least = fixed ?? log.durableOffset
        while true {
            let end = fixed ?? log.durableOffset
            if session.next >= least, session.next + distance >= end { break }
            guard goesOn(session.next, end) else {
                try commit()
                return false
            }
            guard
                try session.foldNext(&projection, reader, until: end, stopsAtPoison: !parks)
            else { break }
            if session.isFull(projection, byteLimit: WorkerLimits.rebuildBatchBytes)
                || Self.isDue(since: lastCommit)
            {
                try commit()
            }
        }
        try commit()
        return true
    }

    /// A process that is killed has to fold so much again, at most.
    private static var commitNanoseconds: UInt64 { 5_000_000_000 }

    private static func isDue(since last: UInt64) -> Bool {
        DispatchTime.now().uptimeNanoseconds >= last + commitNanoseconds
    }
}

/// What a draft says of itself, so that a later process knows whether it can go on with it.
enum ShadowMark {
    /// Notes how the draft is filled.
    static func begin(_ store: ViewStore, parks: Bool) throws {
        try store.pool.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS rebuild_mark (
                        one INTEGER PRIMARY KEY CHECK (one = 1),
                        parks INTEGER NOT NULL,
                        -- A record that is folded, and its id: another log has another one there.
                        log_offset INTEGER,
                        id_high INTEGER,
                        id_low INTEGER
                    )
                    """)
            try db.execute(
                sql: "INSERT OR REPLACE INTO rebuild_mark VALUES (1, ?, NULL, NULL, NULL)",
                arguments: [parks])
        }
    }

    /// Notes the last record below `offset`, where it can be read.
    static func move(_ store: ViewStore, below offset: UInt64, _ reader: LogReader) throws {
        guard offset > 0, let header = try reader.readHeader(at: offset - 1) else { return }
        try store.pool.write { db in
            guard try db.tableExists("rebuild_mark") else { return }
            try db.execute(
                sql: "UPDATE rebuild_mark SET log_offset = ?, id_high = ?, id_low = ?",
                arguments: [
                    Int64(bitPattern: offset - 1), Int64(bitPattern: header.id.high),
                    Int64(bitPattern: header.id.low),
                ])
        }
    }

    static func remove(_ store: ViewStore) throws {
        try store.pool.write { db in try db.execute(sql: "DROP TABLE IF EXISTS rebuild_mark") }
    }

    /// How a draft of this log is filled; nil, and it is deleted, where there is none that can be
    /// gone on with: one of another log, of before records were dropped, of before the first commit.
    static func resumable(_ file: ShadowFile, _ log: EventLog) -> Bool? {
        guard FileManager.default.fileExists(atPath: file.draft) else { return nil }
        if let parks = try? read(file, log) { return parks }
        try? file.deleteDraft()
        return nil
    }

    private static func read(_ file: ShadowFile, _ log: EventLog) throws -> Bool? {
        let database = try DatabaseQueue(path: file.draft)
        defer { try? database.close() }
        let (next, mark) = try database.read { db in
            (
                try ViewStore.checkpoint(db),
                try Row.fetchOne(
                    db, sql: "SELECT parks, log_offset, id_high, id_low FROM rebuild_mark")
            )
        }
        guard let mark, let offset = (mark[1] as Int64?).map({ UInt64(bitPattern: $0) }),
            let high = mark[2] as Int64?, let low = mark[3] as Int64?,
            next <= log.durableOffset, next >= log.status.firstOffset, offset < next,
            let header = try log.makeReader().readHeader(at: offset),
            header.id == RecordID(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
        else { return nil }
        return mark[0] as Bool
    }
}
