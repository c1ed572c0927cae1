package import EventLog
import GRDB

/// Folds a view from the beginning of the log.
package enum Rebuild {
    /// Folds all records below `end` into an empty store.
    ///
    /// Blocks its thread; stops with the fold's error at the first record that cannot be folded.
    /// Decisions are not made: what was decided is in the log.
    package static func fold<P: Projection>(
        _ type: P.Type, reader: LogReader, into store: ViewStore, until end: UInt64,
        progress: (UInt64) -> Void = { _ in }
    ) throws {
        var projection = P()
        try store.pool.read { db in try projection.load(db) }
        var session = FoldSession(next: try store.pool.read(ViewStore.checkpoint))
        while session.next < end {
            guard try session.foldNext(&projection, reader, stopsAtPoison: true) else { break }
            if session.pending >= WorkerLimits.batchRecords {
                try session.commit(&projection, into: store)
                progress(session.next)
            }
        }
        try session.commit(&projection, into: store)
        progress(session.next)
    }
}
