/// The engine without threads: the two halves of the writer, driven step by step.
///
/// A simulation drives this; `LogWriter` drives the same halves from two threads. At most one
/// group is built ahead of the one being committed, as there.
package final class LogCore {
    let directory: String
    let store: any FileStore
    let opened: OpenedLog
    let clock: LogClock
    /// Free bytes that rewriting a segment leaves.
    let reserve: UInt64
    let builder: GroupBuilder
    private let committer: GroupCommitter
    private let sealWorker: SealWorker
    private let sealer: SegmentSealer
    private var queue: [PendingBatch] = []
    private var built: [BuiltGroup] = []

    package var durableOffset: UInt64 { opened.catalog.durableOffset }
    package var state: LogStatus.State { opened.health.current }
    package var recovery: RecoveryReport {
        var report = opened.report
        report.gaps = opened.catalog.knownGaps
        report.notices += opened.catalog.footerNotices
        return report
    }

    /// Opens and recovers, as `EventLog.open` does.
    package init(
        directory: String, store: any FileStore, options: LogOptions, clock: LogClock
    ) throws(LogError) {
        self.directory = directory
        self.store = store
        self.clock = clock
        reserve = options.freeSpaceReserveByteCount
        opened = try LogRecovery(directory: directory, store: store, clock: clock).open()
        builder = GroupBuilder(
            point: opened.point, catalog: opened.catalog, ids: opened.ids, options: options,
            clock: clock)
        committer = GroupCommitter(
            directory: directory, store: store, opened: opened, options: options)
        sealWorker = SealWorker(
            directory: directory, store: store, opened: opened, options: options, clock: clock)
        sealer = SegmentSealer(store: store)
    }

    /// What `sealOne` has done.
    package enum SealStep: Hashable, Sendable {
        case nothing, sealed, refused, left, stopped
        case failed(LogError)
    }

    /// Seals the oldest closed segment that is not sealed, as the sealer's thread does.
    ///
    /// `goesOn` is asked after every block; false leaves the segment as it is. `quickly`: as the
    /// thread that hurries does it.
    @discardableResult
    package func sealOne(quickly: Bool = false, goesOn: () -> Bool = { true }) -> SealStep {
        defer { sealWorker.mergeFilters() }
        let sealer = quickly ? SegmentSealer(store: store, .sealedQuickly) : sealer
        return SealStep(sealWorker.step(sealer, goesOn: goesOn))
    }

    /// Packs the oldest segment anew that was sealed in a hurry, as the sealer's thread does when
    /// nothing waits to be sealed.
    @discardableResult
    package func repackOne(goesOn: () -> Bool = { true }) -> SealStep {
        SealStep(sealWorker.repackStep(sealer, goesOn: goesOn))
    }

    /// True when a segment was sealed in a hurry.
    package var hasLooseSegments: Bool { sealWorker.hasLooseSegments }

    /// How many segments are sealed.
    package var sealedSegmentCount: Int { opened.catalog.segments.count { $0.header.isSealed } }

    /// Ids that are held in memory one by one.
    package var idCountInMemory: UInt64 { opened.ids.count }

    /// A new reader, for one thread.
    package func makeReader() -> LogReader {
        LogReader(catalog: opened.catalog, ids: opened.ids)
    }

    /// Queues a batch; `completion` is called by `flush` or `build`.
    package func submit(
        _ records: [NewRecord], durability: Durability = .durable,
        completion: @escaping @Sendable (Result<AppendReceipt, LogError>) -> Void
    ) {
        if let error = PendingBatch.refusal(of: records) { return completion(.failure(error)) }
        let byteCount = PendingBatch.byteCount(of: records)
        queue.append(
            PendingBatch(
                records: records, byteCount: byteCount, durability: durability,
                completion: completion))
    }

    /// Builds one group out of what is queued; false when there was nothing to do, or two groups
    /// are built already.
    @discardableResult
    package func build() -> Bool {
        guard built.count < 2 else { return false }
        while let batch = queue.first, !builder.isFull {
            do throws(LogError) {
                _ = try builder.take(batch)
                if batch.isTaken { queue.removeFirst() }
            } catch {
                queue.removeFirst()
                batch.answer(.failure(error))
            }
        }
        guard builder.hasGroup else { return false }
        built.append(builder.seal(into: AlignedBuffer(byteCount: LogLimits.blockByteLimit)))
        return true
    }

    /// Commits the group built first; false when there is none.
    @discardableResult
    package func flush() -> Bool {
        guard !built.isEmpty else { return false }
        let group = built.removeFirst()
        do throws(LogError) {
            let before = committer.generation
            defer { if committer.generation != before { rollback() } }
            try committer.commit(group)
            group.complete(durableOffset: opened.catalog.durableOffset)
            committer.tidy()
        } catch {
            group.fail(error)
        }
        return true
    }

    /// As `EventLog.dropSegments`.
    package func dropSegments(below offset: UInt64) throws(LogError) {
        guard let keeper = opened.keeper else { return }
        try SegmentDropper(
            directory: directory, store: store, catalog: opened.catalog, keeper: keeper,
            ids: opened.ids
        ).drop(below: offset)
    }

    /// The first offset that is there.
    package var firstOffset: UInt64 { opened.catalog.firstOffset }

    /// Writes a manifest of the log as it is.
    package func checkpoint() { opened.keeper?.checkpoint(at: committer.point) }

    /// As `LogWriter` does when it starts.
    package func settleBallast() { committer.settleBallast() }

    /// Builds and commits until nothing is left.
    package func drain() {
        while build() || flush() {}
    }

    /// Ends cleanly.
    package func close() {
        drain()
        committer.finish()
    }

    private func rollback() {
        let error = committer.failure ?? LogError(.inputOutput, "A group failed.")
        for batch in builder.rollback(to: committer.point, generation: committer.generation) {
            batch.answer(.failure(error))
        }
        if let batch = queue.first, !batch.outcomes.isEmpty {
            queue.removeFirst()
            batch.answer(.failure(error))
        }
    }
}

extension LogCore.SealStep {
    fileprivate init(_ step: SealWorker.Step) {
        self =
            switch step {
            case .nothing: .nothing
            case .sealed: .sealed
            case .refused: .refused
            case .left: .left
            case .stopped: .stopped
            case .failed(let error): .failed(error)
            }
    }
}
