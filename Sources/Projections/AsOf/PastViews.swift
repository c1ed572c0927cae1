package import EventLog
import Foundation
package import GRDB
import Synchronization

/// Views as they were at an offset: folded when they are asked for, kept for a while.
///
/// A view is folded on a thread of its own, one at a time, from the nearest copy at or below the
/// offset, and read with the queries of the present. Safe from any thread.
package final class PastViews: Sendable {
    private struct Key: Hashable {
        var view: String
        var offset: UInt64
    }

    private typealias Waiter = CheckedContinuation<PastStore, any Error>

    private struct Job {
        var key: Key
        var make: @Sendable () throws -> PastStore
        var waiters: [Int: Waiter] = [:]
    }

    private struct Kept {
        var store: PastStore
        var lastUse: Int
    }

    private struct State {
        var kept: [Key: Kept] = [:]
        /// The first one runs.
        var jobs: [Job] = []
        var isRunning = false
        var isStopping = false
        /// Counts how often everything was forgotten: what began before is not kept.
        var generation = 0
        /// Counts uses, waiters and files.
        var count = 0
        var stops: [DispatchSemaphore] = []

        mutating func next() -> Int {
            count += 1
            return count
        }

        /// Takes out what was not used for longest, down to the bounds; the newest stays.
        mutating func evict() -> [PastStore] {
            var gone: [PastStore] = []
            var bytes = kept.values.reduce(0) { $0 + $1.store.byteCount }
            while kept.count > 1,
                kept.count > PastLimits.cachedViews || bytes > PastLimits.cachedBytes,
                let oldest = kept.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                kept[oldest.key] = nil
                bytes -= oldest.value.store.byteCount
                gone.append(oldest.value.store)
            }
            return gone
        }
    }

    private let log: EventLog
    private let directory: String
    private let snapshots: ViewSnapshots
    private let state = Mutex(State())
    /// How far the fold that runs is.
    private let reached = Atomic<UInt64>(0)

    /// Takes a folder of its own for the files; what is in it is deleted.
    package init(log: EventLog, directory: String, snapshots: ViewSnapshots) {
        self.log = log
        self.directory = directory
        self.snapshots = snapshots
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The first offset at which all of these views can be shown; nil where there is none yet.
    ///
    /// Blocks while a folder is listed.
    package func firstOffset(of fileNames: [String]) -> UInt64? {
        let first = log.status.firstOffset
        if first == 0 { return 0 }
        let firsts = fileNames.map { name in
            snapshots.all(of: name).map(\.offset).filter { $0 >= first }.min()
        }
        return firsts.contains(nil) ? nil : firsts.compactMap { $0 }.max()
    }

    /// Reads a view as it was when it reflected everything below `offset` and nothing else.
    ///
    /// Throws `PastError`.
    package func read<P: Projection, T: Sendable>(
        _ type: P.Type, at offset: UInt64,
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        let past = try await store(type, at: offset)
        // Its file goes with it.
        defer { withExtendedLifetime(past) {} }
        return try await past.store.pool.read(body)
    }

    /// Lets go of everything that was folded: the log, or a copy, holds less than it did.
    package func forgetAll() {
        let gone = state.withLock { state in
            state.generation += 1
            defer { state.kept = [:] }
            return state.kept
        }
        withExtendedLifetime(gone) {}
    }

    /// Ends the fold that runs, refuses those that wait and all later ones.
    ///
    /// Blocks until the thread has ended.
    package func stop() {
        let done = DispatchSemaphore(value: 0)
        let (waiters, wait) = state.withLock { state in
            state.isStopping = true
            var waiters: [Waiter] = []
            for index in state.jobs.indices where index > 0 || !state.isRunning {
                waiters += state.jobs[index].waiters.values
            }
            state.jobs.removeLast(max(0, state.jobs.count - (state.isRunning ? 1 : 0)))
            if state.isRunning { state.stops.append(done) }
            return (waiters, state.isRunning)
        }
        for waiter in waiters { waiter.resume(throwing: CancellationError()) }
        if wait { done.wait() }
        forgetAll()
    }
}

// MARK: asking

extension PastViews {
    private enum Ask {
        case kept(PastStore)
        case refused(any Error)
        case queued(isFirst: Bool)
    }

    private func store<P: Projection>(_ type: P.Type, at offset: UInt64) async throws -> PastStore {
        let key = Key(view: P.fileName, offset: offset)
        let id = state.withLock { $0.next() }
        let timeout = Task { [self] in
            try await Task.sleep(for: PastLimits.wait)
            let error = PastError.folding(
                view: P.name, reached: min(reached.load(ordering: .relaxed), offset),
                wanted: offset)
            take(id, of: key)?.resume(throwing: error)
        }
        defer { timeout.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                switch ask(key, id, waiter, { [self] in try make(type, at: offset) }) {
                case .kept(let store): waiter.resume(returning: store)
                case .refused(let error): waiter.resume(throwing: error)
                case .queued(let isFirst): if isFirst { startThread() }
                }
            }
        } onCancel: {
            take(id, of: key)?.resume(throwing: CancellationError())
        }
    }

    private func ask(
        _ key: Key, _ id: Int, _ waiter: Waiter, _ make: @escaping @Sendable () throws -> PastStore
    ) -> Ask {
        state.withLock { state in
            // Asked inside the lock: a cancellation that comes later finds the waiter.
            if state.isStopping || Task.isCancelled { return .refused(CancellationError()) }
            if let store = state.kept[key]?.store {
                let use = state.next()
                state.kept[key]?.lastUse = use
                return .kept(store)
            }
            if let index = state.jobs.firstIndex(where: { $0.key == key }) {
                state.jobs[index].waiters[id] = waiter
                return .queued(isFirst: false)
            }
            guard state.jobs.count < PastLimits.jobs else { return .refused(PastError.busy) }
            state.jobs.append(Job(key: key, make: make, waiters: [id: waiter]))
            defer { state.isRunning = true }
            return .queued(isFirst: !state.isRunning)
        }
    }

    private func take(_ id: Int, of key: Key) -> Waiter? {
        state.withLock { state in
            guard let index = state.jobs.firstIndex(where: { $0.key == key }) else { return nil }
            return state.jobs[index].waiters.removeValue(forKey: id)
        }
    }
}

// MARK: the thread

extension PastViews {
    private func startThread() {
        let isStarted = BackgroundThread.startIfPossible("as-of") { [self] in
            while let (job, generation) = nextJob() {
                finish(job.key, generation, Result { try job.make() })
            }
        }
        if !isStarted { refuseAll() }
    }

    private func refuseAll() {
        let (jobs, stops) = state.withLock { state in
            defer {
                state.jobs = []
                state.stops = []
                state.isRunning = false
            }
            return (state.jobs, state.stops)
        }
        for stop in stops { stop.signal() }
        for waiter in jobs.flatMap(\.waiters.values) {
            waiter.resume(throwing: BackgroundThread.noneLeft)
        }
    }

    /// Nil, and the thread ends, when there is nothing to do.
    private func nextJob() -> (Job, generation: Int)? {
        let (job, generation, stops) = state.withLock { state in
            let job = state.isStopping ? nil : state.jobs.first
            if job == nil { state.isRunning = false }
            defer { if job == nil { state.stops = [] } }
            return (job, state.generation, job == nil ? state.stops : [])
        }
        for stop in stops { stop.signal() }
        return job.map { ($0, generation) }
    }

    private func finish(
        _ key: Key, _ generation: Int, _ result: consuming Result<PastStore, any Error>
    ) {
        var answer = consume result
        var (waiters, gone) = state.withLock { state in
            let waiters = Array(state.jobs.removeFirst().waiters.values)
            // What began before everything was forgotten may hold what is no longer to be shown.
            if generation != state.generation { answer = .failure(PastError.busy) }
            var gone: [PastStore] = []
            if case .success(let store) = answer {
                state.kept[key] = Kept(store: store, lastUse: state.next())
                gone = state.evict()
            }
            return (waiters, gone)
        }
        // Their files are deleted outside of the lock, and before somebody asks for more.
        gone.removeAll()
        guard let last = waiters.popLast() else { return }
        for waiter in waiters { waiter.resume(with: answer) }
        // Given away: nothing here holds a file longer than those who asked for it.
        last.resume(with: consume answer)
    }

    private func make<P: Projection>(_ type: P.Type, at offset: UInt64) throws -> PastStore {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        reached.store(0, ordering: .relaxed)
        let (number, near) = state.withLock { state in
            (
                state.next(),
                state.kept.filter { $0.key.view == P.fileName && $0.key.offset < offset }
            )
        }
        // Held while they are copied.
        defer { withExtendedLifetime(near) {} }
        let copies =
            snapshots.all(of: P.fileName)
            + near.map { ($0.value.store.store.path, $0.key.offset) }
        return try PastFold<P>(
            log: log, copies: copies, wanted: offset,
            path: "\(directory)/\(number)-\(P.fileName)"
        ).make { [self] next in
            reached.store(next, ordering: .relaxed)
            return state.withLock { !$0.isStopping }
        }
    }
}
