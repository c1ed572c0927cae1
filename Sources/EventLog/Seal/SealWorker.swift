import Synchronization

/// Seals segments of a log, one a step.
///
/// Safe from any thread; two of them are never at the same segment.
final class SealWorker: Sendable {
    /// What a step has done.
    enum Step: Hashable, Sendable {
        /// There was nothing to do, or it is too early.
        case nothing
        case sealed(baseOffset: UInt64)
        /// The segment is damaged and stays as it is.
        case refused(baseOffset: UInt64)
        case failed(LogError)
        /// The segment was dropped meanwhile, or is withheld: what was written of it is deleted.
        case left(baseOffset: UInt64)
        case stopped
    }

    private let directory: String
    private let store: any FileStore
    private let catalog: SegmentCatalog
    private let keeper: ManifestKeeper?
    private let ids: EventIDIndex
    private let clock: LogClock
    private let reserve: UInt64
    private let idGroupSegmentCount: Int
    private let state = Mutex(State())

    private struct State {
        var schedule = SealSchedule()
        var failure: LogError?
    }

    init(
        directory: String, store: any FileStore, opened: OpenedLog, options: LogOptions,
        clock: LogClock
    ) {
        self.directory = directory
        self.store = store
        self.clock = clock
        catalog = opened.catalog
        keeper = opened.keeper
        ids = opened.ids
        reserve = options.freeSpaceReserveByteCount
        idGroupSegmentCount = options.idGroupSegmentCount
    }

    /// Why the last attempt failed; nil after one that did not.
    var failure: LogError? { state.withLock { $0.failure } }

    /// Segments that stay as they are, since they are damaged.
    var refusedCount: Int { state.withLock { $0.schedule.refused.count } }

    /// Where the files are.
    var fileStore: any FileStore { store }

    /// Seals one segment; `goesOn` is asked every few milliseconds of work, and may rest.
    func step(_ sealer: SegmentSealer, goesOn: () -> Bool) -> Step {
        let closed = catalog.segments.dropLast()
        let candidates = Self.candidates(closed)
        let now = clock.monotonicMilliseconds()
        let next = state.withLock { $0.schedule.take(candidates, now: now) }
        guard let segment = closed.first(where: { $0.baseOffset == next }) else { return .nothing }
        return attempt(segment, sealer, goesOn)
    }

    /// True when a segment was sealed in a hurry.
    var hasLooseSegments: Bool {
        catalog.segments.dropLast().contains { (try? $0.isLoose()) == true }
    }

    /// Packs one segment anew that was sealed in a hurry, when none waits to be sealed.
    func repackStep(_ sealer: SegmentSealer, goesOn: () -> Bool) -> Step {
        let closed = catalog.segments.dropLast()
        let candidates = Self.candidates(closed)
        let now = clock.monotonicMilliseconds()
        // A trailer is read once; a file that cannot be read now is met again later.
        let next = closed.first { segment in
            (try? segment.isLoose()) == true
                && state.withLock {
                    $0.schedule.takeSealed(segment.baseOffset, of: candidates, now: now)
                }
        }
        guard let segment = next else { return .nothing }
        return attempt(segment, sealer, goesOn)
    }

    /// Seals a segment that is taken, and leaves it.
    private func attempt(
        _ segment: Segment, _ sealer: SegmentSealer, _ goesOn: () -> Bool
    ) -> Step {
        defer { state.withLock { $0.schedule.leave(segment.baseOffset) } }
        let path = LogPaths.sealing(directory, base: segment.baseOffset)
        do throws(FileError) {
            let step = try seal(segment, path, sealer) { goesOn() && mayGoOn(with: segment) }
            note(step)
            return step
        } catch {
            try? store.unlink(path)
            let step = Step.failed(LogError(error))
            note(step)
            return step
        }
    }

    /// Puts the filters of many sealed segments into a file, when it is time.
    func mergeFilters() { ids.mergeFilters(over: catalog, segmentCount: idGroupSegmentCount) }

    /// Does `body` while nobody seals the segment that begins with `base`, and no file is left
    /// of an attempt at it.
    ///
    /// Blocks until whoever is at it has left it, which takes a block's work and a rest.
    func withholding<Result>(
        _ base: UInt64, _ body: () throws(LogError) -> Result
    ) throws(LogError) -> Result {
        state.withLock { $0.schedule.withhold(base) }
        defer { state.withLock { $0.schedule.release(base) } }
        while state.withLock({ $0.schedule.isTaken(base) }) {
            BackgroundThread.pause(microseconds: Self.withholdPauseMicroseconds)
        }
        return try body()
    }

    private static let withholdPauseMicroseconds: UInt32 = 1_000

    private func mayGoOn(with segment: Segment) -> Bool {
        catalog.holds(segment)
            && !state.withLock { $0.schedule.isWithheld(segment.baseOffset) }
    }

    /// Closed segments that wait to be sealed, or are being sealed.
    var backlog: Int {
        let candidates = Self.candidates(catalog.segments.dropLast())
        return state.withLock { $0.schedule.backlog(candidates) }
    }

    private static func candidates(_ closed: ArraySlice<Segment>) -> [SealSchedule.Candidate] {
        closed.map { .init(baseOffset: $0.baseOffset, isSealed: $0.header.isSealed) }
    }

    private func note(_ step: Step) {
        let now = clock.monotonicMilliseconds()
        state.withLock { state in
            switch step {
            case .nothing, .left, .stopped: break
            case .sealed: state.failure = nil
            case .refused(let base): state.schedule.refuse(base)
            case .failed(let error):
                state.failure = error
                state.schedule.noteFailure(now: now)
            }
        }
    }

    private func seal(
        _ segment: Segment, _ path: String, _ sealer: SegmentSealer, _ goesOn: () -> Bool
    ) throws(FileError) -> Step {
        let free = try store.freeSpace(directory)
        guard free > reserve, free - reserve > segment.byteCount else {
            throw FileError(operation: .freeSpace, path: path, errno: FileError.outOfSpace)
        }
        let outcome = try sealer.write(
            segment, to: path, uuid: clock.makeUUID(), keySeed: try catalog.keySeed(clock),
            goesOn: goesOn)
        switch outcome {
        case .stopped:
            try? store.unlink(path)
            return mayGoOn(with: segment) ? .stopped : .left(baseOffset: segment.baseOffset)
        case .refused:
            try? store.unlink(path)
            return .refused(baseOffset: segment.baseOffset)
        case .written(let header, let byteCount):
            let sealed = Segment(
                path: segment.path, header: header, store: store,
                openFiles: catalog.openFiles, byteCount: byteCount)
            return try catalog.fileChanges.withLock { () throws(FileError) in
                try replace(segment, with: sealed, from: path)
            }
        }
    }

    private func replace(
        _ segment: Segment, with sealed: Segment, from path: String
    ) throws(FileError) -> Step {
        guard mayGoOn(with: segment) else {
            try? store.unlink(path)
            return .left(baseOffset: segment.baseOffset)
        }
        if segment.header.isSealed {
            // A manifest tells files apart by their length. The new one may be as long as the file
            // was before it was sealed, so the manifest has to know of its sealed form by now.
            do throws(LogError) {
                try keeper?.writeSegments()
            } catch {
                try? store.unlink(path)
                return .stopped
            }
        }
        // Whoever holds the old one has its handle.
        _ = try segment.readFile()
        segment.pinFile()
        try store.rename(path, to: segment.path)
        catalog.swap(segment, for: sealed)
        // Where the filter cannot be read, the ids stay in memory.
        _ = try? ids.noteSealed(sealed)
        // The name may be lost without this, but never both files: either is the segment.
        try store.fsyncDirectory(LogPaths.segments(directory))
        keeper?.noteSegments()
        return .sealed(baseOffset: segment.baseOffset)
    }
}

extension SegmentCatalog {
    /// One seed of key hashes for the whole log: that of the newest sealed segment, or a new one.
    func keySeed(_ clock: LogClock) throws(FileError) -> UInt64 {
        for segment in segments.reversed() where segment.header.isSealed {
            if let footer = try segment.footer() { return footer.trailer.keySeed }
        }
        return clock.makeUUID().low
    }
}
