import ErrorModel
package import EventLog
import Foundation
package import GRDB
import Synchronization

/// What a worker tells of itself.
package struct ProjectionStatus: Sendable {
    package var name: String
    package var version: Int
    /// The first offset that the view does not reflect yet.
    package var offset: UInt64
    package var parked: Int
    package var gaps: Int
    package var isRebuilding: Bool
    /// Set while the view cannot be written: it stands still, the log goes on.
    package var failure: String?

    /// As `Projection.fileName`.
    package var fileName: String { "\(name)@\(version).sqlite" }
}

/// A view that is kept up to date; what the server holds of a worker without knowing its fold.
package protocol LiveView: AnyObject, ViewReading {
    /// How the view is now.
    var status: ProjectionStatus { get }
    /// Starts the thread that keeps the view up to date.
    func start()
    /// Stops and waits for the thread; what was folded is committed.
    func stop()
    /// Folds the view anew from the log in a file beside it, then puts that one in its place;
    /// returns when it is done.
    ///
    /// Meanwhile the old rows are read as they were when it began: the worker folds nothing new
    /// into them, and who waits for a later offset waits until the new rows are there.
    func rebuild() async throws
    /// Copies the view as it is and returns the first offset that the copy does not reflect.
    ///
    /// Blocks; the view goes on meanwhile.
    func snapshot(into snapshots: ViewSnapshots) throws -> UInt64
    /// Returns when the view reflects everything below `offset`; throws `ViewTimeout` after a
    /// bounded wait.
    func waitUntil(offset: UInt64) async throws
}

/// A view did not reach an offset in time.
package struct ViewTimeout: Error, CustomStringConvertible {
    package var view: String
    package var wanted: UInt64
    package var reached: UInt64
    package var description: String {
        "the view \(view) has reached offset \(reached), not yet \(wanted); try again"
    }
}

/// Keeps one view up to date on a thread of its own: reads the log, folds, commits.
package final class ProjectionWorker<P: Projection>: LiveView {
    private struct Shared {
        var store: ViewStore
        var offset: UInt64
        var parked: Int
        var gaps: Int
        var failure: String?
        var isRebuilding = false
        var decisionFailed = false
        var isStarted = false
        var isStopping = false
        var isStopped = false
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var rebuilds: [CheckedContinuation<Void, any Error>] = []
        var stops: [DispatchSemaphore] = []

        /// Notes how far the view is, and hands out those who waited for that.
        mutating func reach(_ offset: UInt64) -> [CheckedContinuation<Void, any Error>] {
            self.offset = offset
            let ready = waiters.filter { $0.value.offset <= offset }
            for key in ready.keys { waiters[key] = nil }
            return ready.values.map(\.continuation)
        }
    }

    private struct Waiter {
        var offset: UInt64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private let log: EventLog
    private let path: String
    private let snapshots: ViewSnapshots
    private let clock: @Sendable () -> Int64
    private let shared: Mutex<Shared>
    /// Ends a rest early: somebody waits for the view, or it is to stop or to be rebuilt.
    private let nudge = DispatchSemaphore(value: 0)

    /// Opens the view, or makes it anew where the file is damaged or the log is older than it
    /// (a log that was put back from a copy); where the log no longer has its beginning, from the
    /// newest snapshot.
    package init(
        log: EventLog, directory: String, snapshots: ViewSnapshots,
        clock: @escaping @Sendable () -> Int64
    ) throws {
        self.log = log
        self.clock = clock
        self.snapshots = snapshots
        path = directory + "/" + P.fileName
        var store: ViewStore
        do {
            store = try ViewStore(path: path, schema: P.schema)
            let checkpoint = try store.pool.read(ViewStore.checkpoint)
            if checkpoint > log.durableOffset {
                try store.close()
                throw FoldError("the view is ahead of the log")
            }
            if checkpoint < log.status.firstOffset {
                try store.close()
                throw FoldError("the log no longer has what the view needs")
            }
        } catch {
            try ViewStore.delete(path: path)
            try snapshots.restore(P.fileName, to: path, for: log)
            store = try ViewStore(path: path, schema: P.schema)
        }
        let counts = try Self.counts(store)
        shared = Mutex(
            Shared(
                store: store, offset: counts.offset, parked: counts.parked, gaps: counts.gaps))
    }

    private static func counts(
        _ store: ViewStore
    ) throws -> (offset: UInt64, parked: Int, gaps: Int) {
        try store.pool.read { db in
            (
                try ViewStore.checkpoint(db),
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM parked") ?? 0,
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM gap") ?? 0
            )
        }
    }

    package var status: ProjectionStatus {
        shared.withLock { shared in
            ProjectionStatus(
                name: P.name, version: P.version, offset: shared.offset, parked: shared.parked,
                gaps: shared.gaps, isRebuilding: shared.isRebuilding, failure: shared.failure)
        }
    }

    package func start() {
        shared.withLock { $0.isStarted = true }
        let thread = Thread { [self] in run() }
        thread.name = "view-\(P.name)"
        thread.stackSize = WorkerLimits.stackBytes
        thread.start()
    }

    package func stop() {
        let done = DispatchSemaphore(value: 0)
        let wait = shared.withLock { shared in
            shared.isStopping = true
            nudge.signal()
            if shared.isStopped || !shared.isStarted { return false }
            shared.stops.append(done)
            return true
        }
        // A view that was never started has no thread that would answer.
        if wait { done.wait() } else { finish() }
    }

    package func rebuild() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let refused = shared.withLock { shared in
                if shared.isStopping { return true }
                shared.rebuilds.append(continuation)
                nudge.signal()
                return false
            }
            if refused { continuation.resume(throwing: CancellationError()) }
        }
    }

    package func snapshot(into snapshots: ViewSnapshots) throws -> UInt64 {
        try snapshots.take(of: shared.withLock { $0.store }, P.fileName)
    }

    // MARK: the thread

    private func run() {
        var projection = P()
        var session = FoldSession(next: status.offset)
        let reader = log.makeReader()
        var isLoaded = false
        while !shared.withLock({ $0.isStopping }) {
            do {
                if !isLoaded {
                    let store = shared.withLock { $0.store }
                    projection = P()
                    session = FoldSession(next: try store.pool.read(ViewStore.checkpoint))
                    try store.pool.read { db in try projection.load(db) }
                    isLoaded = true
                }
                if !shared.withLock({ $0.rebuilds.isEmpty }) {
                    try commit(&projection, &session)
                    serveRebuilds(reader)
                    isLoaded = false
                    continue
                }
                try takeDecisionFailure()
                try step(&projection, &session, reader)
                shared.withLock { $0.failure = nil }
            } catch {
                // The rows and the checkpoint are as they were: the same records are folded again.
                shared.withLock { $0.failure = "\(error)" }
                isLoaded = false
                Thread.sleep(forTimeInterval: WorkerLimits.retrySeconds)
            }
        }
        // After a failure the fold in memory no longer matches the session: what it holds is
        // folded again from the log at the next start.
        if isLoaded { try? commit(&projection, &session) }
        finish()
    }

    private func step(
        _ projection: inout P, _ session: inout FoldSession, _ reader: LogReader
    ) throws {
        let read = try session.foldNext(&projection, reader)
        append(projection.decisions(now: clock()))
        if session.isFull(projection) { return try commit(&projection, &session) }
        if read { return }
        // Caught up: commit at once when the last commit is long enough ago or somebody waits.
        if session.next > session.committed {
            let now = DispatchTime.now().uptimeNanoseconds
            let due =
                session.lastCommit
                + max(
                    WorkerLimits.flushNanoseconds,
                    session.lastCommitDuration * WorkerLimits.restPerCommit)
            let next = session.next
            let isAwaited = shared.withLock { $0.waiters.values.contains { $0.offset <= next } }
            if now >= due || isAwaited { return try commit(&projection, &session) }
            // Not woken by every commit of the log: what comes meanwhile is folded in one go.
            _ = nudge.wait(timeout: DispatchTime(uptimeNanoseconds: due))
        } else {
            _ = log.waitForRecords(
                after: session.next, timeoutMilliseconds: WorkerLimits.idleMilliseconds)
        }
    }

    private func commit(_ projection: inout P, _ session: inout FoldSession) throws {
        guard session.next > session.committed else { return }
        let store = shared.withLock { $0.store }
        try session.commit(&projection, into: store)
        let offset = session.next
        let (parked, gaps) = (session.parkedTotal, session.gapTotal)
        session.parkedTotal = 0
        session.gapTotal = 0
        let ready = shared.withLock { shared in
            shared.parked += parked
            shared.gaps += gaps
            return shared.reach(offset)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Appends decisions.
    ///
    /// One that fails is handed out again when the fold is loaded anew; one that was appended
    /// already is acknowledged as a duplicate, by its id.
    private func append(_ decisions: [NewRecord]) {
        if decisions.isEmpty { return }
        log.append(decisions) { [self] result in
            if case .failure = result { shared.withLock { $0.decisionFailed = true } }
        }
    }

    private func takeDecisionFailure() throws {
        let failed = shared.withLock { shared in
            defer { shared.decisionFailed = false }
            return shared.decisionFailed
        }
        if failed { throw FoldError("a decision could not be appended to the log") }
    }

    private func serveRebuilds(_ reader: LogReader) {
        let continuations = shared.withLock { shared in
            shared.isRebuilding = true
            defer { shared.rebuilds = [] }
            return shared.rebuilds
        }
        let result = Result { try replaceStore(reader) }
        shared.withLock { $0.isRebuilding = false }
        for continuation in continuations { continuation.resume(with: result) }
    }

    private func replaceStore(_ reader: LogReader) throws {
        // `close` waits for the readers that are under way; those that come now find it closed
        // and try again with the new one.
        try ShadowFile(path: path).replace(
            schema: P.schema,
            prepare: { try snapshots.restore(P.fileName, to: $0, for: log) },
            retireOld: { try shared.withLock { $0.store }.close() },
            fill: {
                try Rebuild.fold(P.self, reader: reader, into: $0, until: log.durableOffset)
            })
        let store = try ViewStore(path: path, schema: P.schema)
        let counts = try Self.counts(store)
        let ready = shared.withLock { shared in
            shared.store = store
            shared.parked = counts.parked
            shared.gaps = counts.gaps
            return shared.reach(counts.offset)
        }
        for continuation in ready { continuation.resume() }
    }

    private func finish() {
        let (waiters, rebuilds, stops) = shared.withLock { shared in
            shared.isStopped = true
            defer {
                shared.waiters = [:]
                shared.rebuilds = []
                shared.stops = []
            }
            return (shared.waiters.values.map(\.continuation), shared.rebuilds, shared.stops)
        }
        for continuation in waiters + rebuilds {
            continuation.resume(throwing: CancellationError())
        }
        for stop in stops { stop.signal() }
    }
}

// MARK: reading

extension ProjectionWorker {
    package func waitUntil(offset: UInt64) async throws {
        if shared.withLock({ $0.offset >= offset }) { return }
        let id = shared.withLock { shared in
            shared.nextWaiter += 1
            return shared.nextWaiter
        }
        let timeout = Task {
            try await Task.sleep(for: WorkerLimits.waitLimit)
            let waiter = shared.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(
                throwing: ViewTimeout(view: P.name, wanted: offset, reached: status.offset))
        }
        defer { timeout.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = shared.withLock { shared -> Result<Void, any Error>? in
                    if shared.offset >= offset { return .success(()) }
                    // Asked inside the lock: a cancellation that comes later finds the waiter.
                    if shared.isStopped || Task.isCancelled { return .failure(CancellationError()) }
                    shared.waiters[id] = Waiter(offset: offset, continuation: continuation)
                    nudge.signal()
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = shared.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> (value: T, offset: UInt64) {
        var attempt = 0
        while true {
            let store = shared.withLock { $0.store }
            do {
                return try await store.pool.read { db in
                    (value: try body(db), offset: try ViewStore.checkpoint(db))
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
                // The store was closed to be replaced by a rebuilt one.
                attempt += 1
                guard attempt <= WorkerLimits.swapAttempts else { throw error }
                try await Task.sleep(for: WorkerLimits.swapPause)
            }
        }
    }
}

/// The bounds of the workers.
enum WorkerLimits {
    /// Records folded before they are committed while catching up: a second or two of work.
    static let batchRecords = 4_000_000
    /// Or so much memory for what they change: the larger the batch, the seldomer each issue's
    /// rows are written.
    static let batchBytes = 32 << 20
    /// Live, a commit at most this often: an event is visible after 100 ms and the commit.
    static let flushNanoseconds: UInt64 = 100_000_000
    /// A worker under load rests at least as long as its last commit took, so that half of the time
    /// of one core, at most, goes into rows.
    static let restPerCommit: UInt64 = 1
    /// How long an idle worker sleeps before it looks whether it is to stop, and at the clock.
    static let idleMilliseconds = 250
    /// Between attempts while the view cannot be written (a full disk).
    static let retrySeconds = 1.0
    /// How long a reader waits for an offset before it is told to try again.
    static let waitLimit = Duration.seconds(10)
    /// A swap of a rebuilt view takes a few ms; a reader tries again for a second.
    static let swapAttempts = 200
    static let swapPause = Duration.milliseconds(5)
    /// SQLite and the folds need little; the default of 512 KiB is too near.
    static let stackBytes = 2 << 20
}
