import Synchronization

/// A single-machine, append-only, segmented log.
///
/// One writer a directory; any number of readers. All calls are safe from any thread.
package final class EventLog: Sendable {
    let directory: String
    let store: any FileStore
    let catalog: SegmentCatalog
    let ids: EventIDIndex
    private let health: LogHealth
    private let report: RecoveryReport
    private let signal = CommitSignal()
    /// Nil when the log is open for reading only.
    let writer: LogWriter?
    private let observer: LogObserver?
    private let readers: LogReaders
    let keeper: ManifestKeeper?
    let clock: LogClock
    /// Free bytes that rewriting a segment leaves.
    let freeSpaceReserve: UInt64
    private let diskFullRetryMilliseconds: UInt64
    private let lastProbe = Atomic<UInt64>(0)
    /// Held while a segment is rewritten: the directory is given back only behind it.
    let rewrites = Monitor()
    let isClosing = Atomic<Bool>(false)

    private init(
        directory: String, opened: OpenedLog, store: any FileStore, options: LogOptions,
        clock: LogClock, observer: LogObserver?
    ) {
        self.directory = directory
        self.store = store
        catalog = opened.catalog
        ids = opened.ids
        health = opened.health
        report = opened.report
        keeper = opened.keeper
        self.clock = clock
        freeSpaceReserve = options.freeSpaceReserveByteCount
        self.observer = observer
        readers = LogReaders { [catalog, ids] helper in
            LogReader(
                catalog: catalog, ids: observer == nil ? ids : nil, observer: observer,
                helper: helper)
        }
        diskFullRetryMilliseconds = UInt64(max(0, options.diskFullRetryMilliseconds))
        if observer == nil {
            let writer = LogWriter(
                directory: directory, store: store, opened: opened, signal: signal,
                options: options, clock: clock)
            self.writer = writer
            writer.start()
        } else {
            writer = nil
        }
    }

    deinit { writer?.beginClose() }

    /// Opens the log in `directory` for writing.
    ///
    /// Makes the directory when it is missing and recovers what a crash has left; blocks for that
    /// long. On return everything below `durableOffset` is on disk. Let go of without `close()`,
    /// the log finishes what it has taken and gives the directory back by itself.
    package static func open(
        directory: String, store: any FileStore = PosixFileStore(), options: LogOptions = .init(),
        clock: LogClock = .system
    ) throws(LogError) -> EventLog {
        let opened = try LogRecovery(directory: directory, store: store, clock: clock).open()
        return EventLog(
            directory: directory, opened: opened, store: store, options: options, clock: clock,
            observer: nil)
    }

    /// Opens the log in `directory` for reading only: without a lock, beside a running writer.
    ///
    /// Changes nothing. It shows what was there at the time of the call, or of `refresh()`; the
    /// newest block may be one whose sync its writer is still waiting for.
    package static func openReadOnly(
        directory: String, store: any FileStore = PosixFileStore(), clock: LogClock = .system
    ) throws(LogError) -> EventLog {
        let observer = LogObserver(directory: directory, store: store)
        let opened = try observer.open(clock)
        return EventLog(
            directory: directory, opened: opened, store: store, options: .init(), clock: clock,
            observer: observer)
    }

    /// Looks again for what a writer has added; does nothing on a log open for writing.
    ///
    /// Blocks.
    package func refresh() throws(LogError) {
        guard let observer else { return }
        try observer.refresh(catalog)
        signal.announce(catalog.durableOffset)
    }

    /// Appends records, in order, and never blocks.
    ///
    /// Calls `completion` once, when what `durability` promises holds for all of the records or
    /// could not be reached: on a thread of the log, for `async` on the calling one. A batch over a limit, or one that finds the queue full or the log
    /// not taking records, is refused at once, on the calling thread. After any other failure
    /// records of the batch may or may not be in the log; appended again as unique, they are
    /// there once. `completion` must be short, and must not call `close()`.
    package func append(
        _ records: [NewRecord], durability: Durability = .durable,
        completion: @escaping @Sendable (Result<AppendReceipt, LogError>) -> Void
    ) {
        if let error = refusal(of: records) { return completion(.failure(error)) }
        guard let writer else { return completion(.failure(Self.readingOnly)) }
        let isAsync = durability == .async
        let batch = PendingBatch(
            records: records, byteCount: PendingBatch.byteCount(of: records),
            durability: durability
        ) { result in
            if !isAsync { completion(result) }
        }
        if let error = writer.enqueue(batch) { return completion(.failure(error)) }
        guard isAsync else { return }
        let receipt = AppendReceipt(
            outcomes: [], durableOffset: catalog.durableOffset, durability: .async)
        completion(.success(receipt))
    }

    /// Appends records and returns when what `durability` promises holds for all of them.
    package func append(
        _ records: [NewRecord], durability: Durability = .durable
    ) async throws -> AppendReceipt {
        try await withUnsafeThrowingContinuation {
            (continuation: UnsafeContinuation<AppendReceipt, any Error>) in
            append(records, durability: durability) { continuation.resume(with: $0) }
        }
    }

    /// Takes no more records, waits until all taken ones are durable or have failed, and gives
    /// the directory back.
    ///
    /// Blocks; further calls wait for the same end.
    package func close() {
        isClosing.store(true, ordering: .relaxed)
        rewrites.withLock {}
        writer?.beginClose()
        writer?.waitUntilEnded()
        if writer == nil { health.set(.closed) }
    }

    /// Everything below this offset is on disk.
    package var durableOffset: UInt64 { catalog.durableOffset }

    /// How the log is now.
    package var status: LogStatus {
        let segments = catalog.segments
        let queue = writer?.queueDepth ?? (records: 0, bytes: 0)
        var recovery = report
        recovery.gaps = catalog.knownGaps
        recovery.notices += catalog.footerNotices
        recovery.indexedRecordCount = ids.count
        return LogStatus(
            state: health.current, firstOffset: segments.first?.baseOffset ?? 0,
            nextOffset: writer?.nextOffset ?? catalog.durableOffset,
            durableOffset: catalog.durableOffset, segmentCount: segments.count,
            byteCount: segments.reduce(0) { $0 + $1.byteCount },
            queuedRecordCount: queue.records, queuedByteCount: queue.bytes,
            isIndexed: writer == nil || ids.isReady, indexedOffset: ids.indexedOffset,
            manifestFailure: keeper?.failure.map { LogError($0) },
            sealedSegmentCount: segments.count { $0.header.isSealed },
            sealFailure: writer?.sealFailure, recovery: recovery)
    }

    /// What there is to drop.
    package var retentionFacts: [RetentionPlan.Facts] {
        catalog.segments.map {
            .init(baseOffset: $0.baseOffset, byteCount: $0.byteCount, created: $0.header.created)
        }
    }

    /// Drops all segments but the newest whose records are all below `offset`, for good.
    ///
    /// Blocks; one call at a time. On return the manifest no longer names them, durably, and the
    /// files are gone. Offsets stay as they are; reads below the first one get a gap.
    package func dropSegments(below offset: UInt64) throws(LogError) {
        guard let keeper else { throw Self.readingOnly }
        try SegmentDropper(
            directory: directory, store: store, catalog: catalog, keeper: keeper, ids: ids
        ).drop(below: offset)
    }

    /// A new reader, for one thread.
    package func makeReader() -> LogReader { readers.makeReader() }

    /// Lends a reader for a short lookup, on one thread: it must not leave the call.
    ///
    /// Readers are used again with their buffers, where a new one would begin with none.
    package func withReader<T, E: Error>(
        _ body: (LogReader) throws(E) -> T
    ) throws(E) -> T {
        try readers.withReader(body)
    }

    /// Blocks until the record at `offset` is durable, the time is over or the log is closed, and
    /// returns the durable offset.
    ///
    /// For worker threads; never call it from an async function.
    @discardableResult
    package func waitForRecords(after offset: UInt64, timeoutMilliseconds: Int) -> UInt64 {
        signal.wait(milliseconds: timeoutMilliseconds) {
            catalog.durableOffset > offset || health.current == .closed
        }
        return catalog.durableOffset
    }

    /// Calls `observer` with the new durable offset after every commit.
    ///
    /// It runs on the thread that syncs, before the completions: it must be short. Returns a
    /// token for `removeCommitObserver`.
    package func addCommitObserver(
        _ observer: @escaping @Sendable (UInt64) -> Void
    )
        -> CommitObserverToken
    {
        signal.add(observer)
    }

    /// The observer is not called for commits that begin after the return; a call that is under
    /// way may still end after it.
    package func removeCommitObserver(_ token: CommitObserverToken) { signal.remove(token) }

    static let readingOnly = LogError(.readOnly, "The log is open for reading only.")

    private func refusal(of records: [NewRecord]) -> LogError? {
        if let error = PendingBatch.refusal(of: records) { return error }
        if health.takesRecords { return nil }
        switch health.current {
        case .writable: return nil
        case .reading: return Self.readingOnly
        case .closed: return LogError(.closed, "The log is closed.")
        case .readOnly(let error): return error
        case .full(let error): return isProbeDue() ? nil : error
        }
    }

    /// While the disk is full, one batch every so often is let through to look at it again.
    private func isProbeDue() -> Bool {
        let now = clock.monotonicMilliseconds()
        let last = lastProbe.load(ordering: .relaxed)
        guard last == 0 || now &- last >= diskFullRetryMilliseconds else { return false }
        return lastProbe.compareExchange(
            expected: last, desired: max(1, now), ordering: .relaxed
        ).exchanged
    }
}

/// Names a commit observer.
package struct CommitObserverToken: Hashable, Sendable {
    let number: UInt64
}
