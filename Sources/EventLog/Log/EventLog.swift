/// A single-machine, append-only, segmented log.
///
/// One writer a directory; any number of readers. All calls are safe from any thread.
package final class EventLog: Sendable {
    private init() {}

    /// Opens the log in `directory` for writing and recovers what a crash has left; makes the
    /// directory when it is missing. Blocks for the time of the recovery.
    package static func open(
        directory: String, store: any FileStore, options: LogOptions = .init(),
        clock: LogClock = .system
    ) throws(LogError) -> EventLog {
        fatalError("not yet")
    }

    /// Opens the log in `directory` for reading only: without a lock, beside a running writer,
    /// changing nothing. It shows what was there at the time of the call, or of `refresh()`.
    package static func openReadOnly(
        directory: String, store: any FileStore
    ) throws(LogError) -> EventLog {
        fatalError("not yet")
    }

    /// Looks again for what a writer has added; only for a log opened read-only.
    package func refresh() throws(LogError) {}

    /// Appends records, in order, and calls `completion` once, on the thread that syncs, when all
    /// of them are durable or could not be made so. Never blocks.
    ///
    /// A batch over a limit, or one that finds the queue full or the log not writable, is refused
    /// at once, on the calling thread. After any other failure records of the batch may
    /// or may not be in the log; appended again as unique, they are there once.
    /// `completion` must be short and must not call `close()`.
    package func append(
        _ records: [NewRecord],
        completion: @escaping @Sendable (Result<AppendReceipt, LogError>) -> Void
    ) {
        fatalError("not yet")
    }

    /// Appends records and returns when all of them are durable.
    package func append(_ records: [NewRecord]) async throws -> AppendReceipt {
        try await withUnsafeThrowingContinuation {
            (continuation: UnsafeContinuation<AppendReceipt, any Error>) in
            append(records) { result in continuation.resume(with: result) }
        }
    }

    /// Takes no more records, waits until all taken ones are durable (or have failed), and gives
    /// the directory back. Blocks; further calls do nothing.
    package func close() {}

    /// Everything below this offset is on disk.
    package var durableOffset: UInt64 { 0 }

    /// How the log is now.
    package var status: LogStatus { fatalError("not yet") }

    /// A new reader, for one thread.
    package func makeReader() -> LogReader { LogReader() }

    /// Blocks until the record at `offset` is durable, the time is over or the log is closed, and
    /// returns the durable offset. For worker threads; never call it from an async function.
    @discardableResult
    package func waitForRecords(after offset: UInt64, timeoutMilliseconds: Int) -> UInt64 { 0 }

    /// Calls `observer` with the new durable offset after every commit, on the thread that syncs:
    /// it must be short. Returns a token for `removeCommitObserver`.
    package func addCommitObserver(
        _ observer: @escaping @Sendable (UInt64) -> Void
    )
        -> CommitObserverToken
    {
        CommitObserverToken(number: 0)
    }

    /// After the call returns no new call of the observer begins.
    package func removeCommitObserver(_ token: CommitObserverToken) {}
}

/// Names a commit observer.
package struct CommitObserverToken: Hashable, Sendable {
    let number: UInt64
}
