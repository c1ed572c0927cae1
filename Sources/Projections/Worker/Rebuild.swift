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
        try fold(type, reader: reader, into: store, until: end, payloads: nil, progress)
    }

    /// The same from the payloads: events are decoded and grouped anew, as when the rules of the
    /// fingerprint or of the digest have changed.
    ///
    /// - Parameter salt: the salt of a project, with which its users were hashed.
    package static func foldPayloads<P: Projection>(
        _ type: P.Type, reader: LogReader, into store: ViewStore, until end: UInt64,
        salt: @escaping (UInt32) throws -> [UInt8], progress: (UInt64) -> Void = { _ in }
    ) throws {
        let payloads = PayloadDigests(salt: salt)
        try fold(type, reader: reader, into: store, until: end, payloads: payloads, progress)
    }

    private static func fold<P: Projection>(
        _ type: P.Type, reader: LogReader, into store: ViewStore, until end: UInt64,
        payloads: PayloadDigests?, _ progress: (UInt64) -> Void
    ) throws {
        // What is folded on keeps how it was begun.
        if try store.pool.read(ViewStore.checkpoint) == 0 {
            try Groupings.inForce(below: end, reader).show(in: store, P.self)
        }
        var projection = P()
        var session = try FoldSession(store, &projection)
        while session.next < end {
            guard
                try session.foldNext(
                    &projection, reader, until: end, payloads: payloads, stopsAtPoison: true)
            else { break }
            if session.isFull(projection, byteLimit: WorkerLimits.rebuildBatchBytes) {
                try session.commit(&projection, into: store)
                store.tidy()
                progress(session.next)
            }
        }
        try session.commit(&projection, into: store)
        store.tidy()
        progress(session.next)
    }
}
