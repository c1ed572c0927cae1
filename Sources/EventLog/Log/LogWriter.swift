import Glibc
import Synchronization

/// The two threads of the writer, and what they hand to each other.
///
/// The builder takes what is queued, finds duplicates, compresses and builds; the flusher writes
/// and syncs. While a group syncs the next one grows; it is sealed as soon as the flusher is free
/// and nothing more is queued, so that many share one sync; where many send without waiting, small
/// groups keep their distance (`CommitPace`). It is sealed ahead of that when it is full, or when building
/// it has already taken as long as the last commit, half as long if half of those who send are in it: then
/// processor and disk work side by side instead of in turns.
final class LogWriter: @unchecked Sendable {
    // Sendable: every `var` below is touched inside `monitor.withLock` only; `builder` belongs to
    // the builder's thread, `committer` to the flusher's.
    private let catalog: SegmentCatalog
    private let health: LogHealth
    private let signal: CommitSignal
    private let options: LogOptions
    private let builder: GroupBuilder
    private let committer: GroupCommitter
    private let sealWorker: SealWorker
    /// None when segments are not sealed.
    private let sealThreads: [SealThread]

    private let monitor = Monitor()
    private let builderWork: Monitor.Condition
    private let flusherWork: Monitor.Condition
    private let ended: Monitor.Condition

    private var queue: [PendingBatch] = []
    private var queuedRecordCount = 0
    private var queuedByteCount = 0
    private var isBuilderWaiting = false
    /// So many batches in the queue wake the builder.
    private var wakeCount = 1
    private var isFlusherFree = true
    private var ready: BuiltGroup?
    private var freeBuffers: [AlignedBuffer]
    private var lastCommitNanoseconds = UInt64.max
    private var pace = CommitPace()
    /// Batches that the builder holds, those aside that it has handed over.
    private var buildingCount = 0
    private var failed: (point: LogPoint, generation: UInt64, error: LogError)?
    private var isClosing = false
    private var isBuilderDone = false
    private var isEnded = false
    private var lock: (any FileLock)?
    private let planned: Atomic<UInt64>
    private let mustRoll = Atomic<Bool>(false)

    init(
        directory: String, store: any FileStore, opened: OpenedLog, signal: CommitSignal,
        options: LogOptions, clock: LogClock
    ) {
        catalog = opened.catalog
        health = opened.health
        lock = opened.lock
        self.signal = signal
        self.options = options
        builder = GroupBuilder(
            point: opened.point, catalog: opened.catalog, ids: opened.ids, options: options,
            clock: clock)
        committer = GroupCommitter(
            directory: directory, store: store, opened: opened, options: options)
        sealWorker = SealWorker(
            directory: directory, store: store, opened: opened, options: options, clock: clock)
        sealThreads =
            options.sealsSegments
            ? [SealThread(sealWorker, .calm), SealThread(sealWorker, .hurried)] : []
        builderWork = Monitor.Condition(monitor)
        flusherWork = Monitor.Condition(monitor)
        ended = Monitor.Condition(monitor)
        // One that is being written, one that is being built.
        freeBuffers = (0..<2).map { _ in AlignedBuffer(byteCount: LogLimits.blockByteLimit) }
        planned = Atomic(opened.point.nextOffset)
    }

    /// Starts the threads; they keep the writer until `beginClose`.
    func start() {
        BackgroundThread.start("log-build") { self.runBuilder() }
        BackgroundThread.start("log-flush") { self.runFlusher() }
        for thread in sealThreads { thread.start() }
    }

    /// Why segments are not sealed for now.
    var sealFailure: LogError? { sealWorker.failure }

    /// As `SealWorker.withholding`.
    func withoutSealing<Result>(
        _ base: UInt64, _ body: () throws(LogError) -> Result
    ) throws(LogError) -> Result {
        try sealWorker.withholding(base, body)
    }

    /// The offset that the next record taken gets.
    var nextOffset: UInt64 { max(planned.load(ordering: .relaxed), catalog.durableOffset) }

    var queueDepth: (records: Int, bytes: Int) {
        monitor.withLock { (queuedRecordCount, queuedByteCount) }
    }

    /// Queues a batch, or says why not.
    ///
    /// Never blocks.
    func enqueue(_ batch: PendingBatch) -> LogError? {
        monitor.withLock {
            if isClosing { return LogError(.closed, "The log is closed.") }
            // A batch over the limits by itself is taken when nothing else waits.
            let isWithinLimits =
                queuedByteCount + batch.byteCount <= options.queueByteLimit
                && queuedRecordCount + batch.records.count <= options.queueRecordLimit
            guard isWithinLimits || queuedRecordCount == 0 else {
                return LogError(
                    .overloaded,
                    "\(queuedRecordCount) records (\(queuedByteCount) bytes) are waiting.",
                    help: "Try again later.")
            }
            queue.append(batch)
            queuedRecordCount += batch.records.count
            queuedByteCount += batch.byteCount
            if queue.count >= wakeCount || queuedByteCount >= LogLimits.payloadChunkByteCount {
                wakeBuilder()
            }
            return nil
        }
    }

    /// The next group begins a new segment.
    func rollSegment() { mustRoll.store(true, ordering: .relaxed) }

    /// Takes no more batches; the threads finish what they have and end.
    func beginClose() {
        monitor.withLock {
            isClosing = true
            builderWork.signal()
        }
    }

    /// Blocks until the threads have ended.
    func waitUntilEnded() {
        monitor.withLock { while !isEnded { ended.wait() } }
    }

    // The builder's thread.

    private enum BuilderStep {
        case take([PendingBatch])
        case seal(AlignedBuffer)
        case rollback(LogPoint, UInt64, LogError)
        case end
    }

    private func runBuilder() {
        var intake: [PendingBatch] = []
        var head = 0
        var buildNanoseconds: UInt64 = 0
        builder.makeReady()
        while true {
            switch nextStep(intakeCount: intake.count - head, buildNanoseconds) {
            case .take(let batches):
                // Those that are taken go: under steady load the list is never empty, and would
                // keep the lines of all that has passed.
                intake.removeFirst(head)
                head = 0
                intake.append(contentsOf: batches)
                let start = Self.nanoseconds()
                takeSome(intake, &head)
                planned.store(builder.nextOffset, ordering: .relaxed)
                builder.prepare()
                buildNanoseconds += Self.nanoseconds() - start
            case .seal(let buffer):
                if mustRoll.exchange(false, ordering: .relaxed) { builder.rollSegment() }
                handOver(builder.seal(into: buffer))
                buildNanoseconds = 0
            case .rollback(let point, let generation, let error):
                var failing = builder.rollback(to: point, generation: generation)
                planned.store(builder.nextOffset, ordering: .relaxed)
                if head < intake.count, !intake[head].outcomes.isEmpty {
                    release(intake[head], intake[head].records.count - intake[head].outcomes.count)
                    failing.append(intake[head])
                    head += 1
                }
                for batch in failing { batch.answer(.failure(error)) }
            case .end:
                monitor.withLock {
                    isBuilderDone = true
                    flusherWork.signal()
                }
                return
            }
            if head == intake.count, head > 0 {
                intake.removeAll(keepingCapacity: true)
                head = 0
            }
        }
    }

    private func nextStep(intakeCount: Int, _ buildNanoseconds: UInt64) -> BuilderStep {
        let hasIntake = intakeCount > 0
        return monitor.withLock {
            buildingCount = intakeCount + builder.batchCount
            while true {
                if let failed {
                    self.failed = nil
                    return .rollback(failed.point, failed.generation, failed.error)
                }
                if !hasIntake, let restEnd = restEnd(buildNanoseconds) {
                    wakeCount = pace.company - builder.batchCount
                    waitForWork(until: restEnd)
                    continue
                }
                if builder.hasGroup && ready == nil
                    && isWorthSealing(hasMore: hasIntake || !queue.isEmpty, buildNanoseconds),
                    let buffer = freeBuffers.popLast()
                {
                    return .seal(buffer)
                }
                if !builder.isFull && (hasIntake || !queue.isEmpty) {
                    var batches: [PendingBatch] = []
                    swap(&batches, &queue)
                    buildingCount += batches.count
                    return .take(batches)
                }
                if isClosing && !builder.hasGroup && queue.isEmpty && !hasIntake && ready == nil
                    && isFlusherFree
                {
                    return .end
                }
                wakeCount = 1
                waitForWork(until: nil)
            }
        }
    }

    /// Inside the lock.
    private func waitForWork(until end: UInt64?) {
        isBuilderWaiting = true
        if let end {
            _ = builderWork.wait(until: timespec(nanoseconds: end))
        } else {
            builderWork.wait()
        }
        isBuilderWaiting = false
    }

    /// Inside the lock: until when the builder rests while a group waits for company; nil: not at all.
    ///
    /// It is not woken for each batch then.
    private func restEnd(_ buildNanoseconds: UInt64) -> UInt64? {
        guard isFlusherFree, ready == nil, !builder.isFull, !isClosing,
            buildNanoseconds < lastCommitNanoseconds,
            queuedByteCount < LogLimits.payloadChunkByteCount
        else { return nil }
        return pace.restEnd(
            batches: builder.batchCount + queue.count, now: Self.nanoseconds())
    }

    /// Inside the lock.
    private func isWorthSealing(hasMore: Bool, _ buildNanoseconds: UInt64) -> Bool {
        builder.isFull || (isFlusherFree && !hasMore)
            || buildNanoseconds
                >= pace.buildingLimit(
                    batches: builder.batchCount, commitNanoseconds: lastCommitNanoseconds)
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Takes about one chunk's worth, so that the next step is decided often enough.
    private func takeSome(_ intake: [PendingBatch], _ head: inout Int) {
        var recordCount = 0
        var byteCount = 0
        let goal = builder.byteCount + LogLimits.payloadChunkByteCount
        while head < intake.count && !builder.isFull && builder.byteCount < goal {
            let batch = intake[head]
            let taken = batch.outcomes.count
            do throws(LogError) {
                recordCount += try builder.take(batch)
                guard batch.isTaken else { break }
            } catch {
                recordCount += batch.records.count - taken
                batch.answer(.failure(error))
            }
            byteCount += batch.byteCount
            head += 1
        }
        monitor.withLock {
            queuedRecordCount -= recordCount
            queuedByteCount -= byteCount
        }
    }

    private func release(_ batch: PendingBatch, _ recordCount: Int) {
        monitor.withLock {
            queuedRecordCount -= recordCount
            queuedByteCount -= batch.byteCount
        }
    }

    private func handOver(_ group: BuiltGroup) {
        monitor.withLock {
            ready = group
            buildingCount -= group.batches.count
            flusherWork.signal()
        }
    }

    // The flusher's thread.

    private func runFlusher() {
        committer.settleBallast()
        while let group = nextGroup() {
            let generation = committer.generation
            let start = Self.nanoseconds()
            do throws(LogError) {
                try committer.commit(group)
                note(group, committedFrom: start)
                let durable = catalog.durableOffset
                signal.announce(durable)
                group.complete(durableOffset: durable)
                committer.tidy()
                if group.newSegment != nil { for thread in sealThreads { thread.wake() } }
            } catch {
                if committer.generation != generation { tellBuilder(error) }
                group.fail(error)
            }
            monitor.withLock {
                freeBuffers.append(group.buffer)
                isFlusherFree = ready == nil
                wakeBuilder()
            }
        }
        for thread in sealThreads { thread.stop() }
        committer.finish()
        health.set(.closed)
        signal.wakeWaiters()
        monitor.withLock {
            lock = nil
            isEnded = true
            ended.broadcast()
        }
    }

    private func nextGroup() -> BuiltGroup? {
        monitor.withLock {
            while true {
                if let group = ready {
                    ready = nil
                    isFlusherFree = false
                    pace.begin(at: Self.nanoseconds())
                    wakeBuilder()
                    return group
                }
                if isBuilderDone { return nil }
                isFlusherFree = true
                flusherWork.wait()
            }
        }
    }

    private func note(_ group: BuiltGroup, committedFrom start: UInt64) {
        monitor.withLock {
            lastCommitNanoseconds = Self.nanoseconds() - start
            pace.note(
                unanswered: group.batches.count + (ready?.batches.count ?? 0) + buildingCount
                    + queue.count)
        }
    }

    /// Inside the lock.
    private func wakeBuilder() {
        guard isBuilderWaiting else { return }
        isBuilderWaiting = false
        builderWork.signal()
    }

    private func tellBuilder(_ error: LogError) {
        monitor.withLock {
            failed = (committer.point, committer.generation, error)
            wakeBuilder()
        }
    }
}
