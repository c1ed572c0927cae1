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
    /// How far the rebuild is that goes on; nil: none does, or it has only begun.
    package var rebuild: FoldProgress?
    /// Why the last rebuild failed; the old rows serve.
    package var rebuildFailure: String?
    /// Set while the view cannot be written: it stands still, the log goes on.
    package var failure: String?
    /// How it groups events, and what is in force: where they differ, it is to be folded anew.
    package var shown = Groupings()
    package var current = Groupings()

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
    /// Folds the view anew from the log in a file beside it, on a thread of its own, then puts that
    /// one in its place; returns when it is done.
    ///
    /// Meanwhile the old rows go on as ever. With `parks` records that cannot be folded are parked,
    /// else the first one ends the rebuild, and its error is thrown. What is asked for while a
    /// rebuild goes on begins anew behind it.
    func rebuild(parks: Bool) async throws
    /// Whoever waits for a rebuild, now or later, gets a `CancellationError`; the rebuild itself
    /// goes on until `stop`, and with the next start.
    func releaseRebuilds()
    /// Copies the view as it is and returns the first offset that the copy does not reflect.
    ///
    /// Blocks; the view goes on meanwhile.
    func snapshot(into snapshots: ViewSnapshots) throws -> UInt64
    /// Folds the view anew beside the serving one, as far as that one is, and compares the two.
    ///
    /// Blocks for as long as a rebuild takes; the view goes on meanwhile. One call at a time. Throws
    /// `CancellationError` where `goesOn`, which is told what is folded and the end, is false.
    func verify(
        _ source: FoldSource, goesOn: (_ folded: UInt64, _ end: UInt64) -> Bool
    ) throws -> ViewProof
    /// Calls `body` with the store that serves; once more where a rebuilt one takes its place meanwhile.
    func withStore<T: Sendable>(
        _ body: @Sendable (ViewStore) async throws -> T
    ) async throws -> T
    /// Returns when the view reflects everything below `offset`; throws `ViewTimeout` after a
    /// bounded wait.
    func waitUntil(offset: UInt64) async throws
}

extension LiveView {
    package func rebuild() async throws { try await rebuild(parks: false) }
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
        var shown = Groupings()
        var current = Groupings()
        /// The fold of the view's new file.
        var shadow: ShadowFold<P>?
        /// Who waits for it.
        var rebuilding: [CheckedContinuation<Void, any Error>] = []
        /// Those who ask for one behind it.
        var rebuilds: [Rebuild] = []
        /// Set while a draft of an earlier process is to be gone on with: how it is filled.
        var resumes: Bool?
        var rebuildFailure: String?
        /// The store is closed, and another file takes its place.
        var isSwitching = false
        var decisionFailed = false
        var isStarted = false
        var isStopping = false
        /// Nobody is to wait for a rebuild any more.
        var isReleased = false
        var isStopped = false
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
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

    private struct Rebuild {
        var parks: Bool
        /// Nil: the worker has asked for it itself.
        var continuation: CheckedContinuation<Void, any Error>?
    }

    private let log: EventLog
    private let path: String
    private let file: ShadowFile
    private let snapshots: ViewSnapshots
    private let clock: @Sendable () -> Int64
    private let shared: Mutex<Shared>
    /// Ends a rest early: somebody waits for the view, or it is to stop or to be rebuilt.
    private let nudge = DispatchSemaphore(value: 0)

    /// Opens the view, or makes it anew where the file is damaged or the log is older than it
    /// (a log that was put back from a copy), from the newest snapshot that the log goes on from.
    package init(
        log: EventLog, directory: String, snapshots: ViewSnapshots,
        clock: @escaping @Sendable () -> Int64
    ) throws {
        self.log = log
        self.clock = clock
        self.snapshots = snapshots
        path = directory + "/" + P.fileName
        file = ShadowFile(path: path)
        // A crash came between a rebuild and its taking the old rows' place.
        try file.takePlace()
        var store: ViewStore
        do {
            guard FileManager.default.fileExists(atPath: path) else {
                throw FoldError("the view is not there")
            }
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
            try snapshots.restoreNewest(P.fileName, to: path, for: log)
            store = try ViewStore(path: path, schema: P.schema)
        }
        let counts = try Self.counts(store)
        let (shown, current) = try store.pool.read { db in
            (try Groupings.shown(db), try Groupings.current(db))
        }
        shared = Mutex(
            Shared(
                store: store, offset: counts.offset, parked: counts.parked, gaps: counts.gaps,
                shown: shown, current: current, resumes: ShadowMark.resumable(file, log)))
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
                gaps: shared.gaps, isRebuilding: shared.shadow != nil,
                rebuild: shared.shadow?.progress, rebuildFailure: shared.rebuildFailure,
                failure: shared.failure, shown: shared.shown, current: shared.current)
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

    package func rebuild(parks: Bool) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let refused = shared.withLock { shared in
                if shared.isStopping || shared.isReleased { return true }
                shared.rebuilds.append(Rebuild(parks: parks, continuation: continuation))
                nudge.signal()
                return false
            }
            if refused { continuation.resume(throwing: CancellationError()) }
        }
    }

    package func releaseRebuilds() {
        let waiting = shared.withLock { shared in
            let waiting = shared.rebuilding + shared.rebuilds.compactMap(\.continuation)
            shared.isReleased = true
            shared.rebuilding = []
            for index in shared.rebuilds.indices { shared.rebuilds[index].continuation = nil }
            return waiting
        }
        for continuation in waiting { continuation.resume(throwing: CancellationError()) }
    }

    package func snapshot(into snapshots: ViewSnapshots) throws -> UInt64 {
        try snapshots.take(
            of: shared.withLock { $0.store }, P.fileName, first: log.status.firstOffset)
    }

    package func verify(
        _ source: FoldSource, goesOn: (_ folded: UInt64, _ end: UInt64) -> Bool
    ) throws -> ViewProof {
        try ViewVerifier<P>(
            log: log, snapshots: snapshots, folder: file.verifyFolder, source: source
        ).verify(shared.withLock { $0.store }, goesOn: goesOn)
    }

    // MARK: the thread

    private func run() {
        var projection = P()
        var session = FoldSession(next: status.offset)
        let reader = log.makeReader()
        var isLoaded = false
        // What a rebuild could not bring about is not tried again and again.
        var triedGroupings: Groupings?
        while !shared.withLock({ $0.isStopping }) {
            do {
                if !isLoaded {
                    try endSwitch()
                    let store = shared.withLock { $0.store }
                    projection = P()
                    session = try FoldSession(store, &projection)
                    isLoaded = true
                    tell(session)
                }
                if let regrouping = session.regrouping, regrouping.isStale,
                    triedGroupings != regrouping.current
                {
                    triedGroupings = regrouping.current
                    try regroup(&projection, &session)
                }
                if tendRebuild() {
                    try commit(&projection, &session)
                    // Whatever becomes of it: the fold in memory is of the old rows.
                    isLoaded = false
                    switchStore()
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
        shared.withLock { $0.shadow }?.stop()
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
                    P.flushNanoseconds,
                    session.lastCommitDuration * WorkerLimits.restPerCommit)
            let next = session.next
            let isAwaited = shared.withLock { $0.waiters.values.contains { $0.offset <= next } }
            if now >= due || isAwaited { return try commit(&projection, &session) }
            // Not woken by every commit of the log: what comes meanwhile is folded in one go.
            _ = nudge.wait(timeout: DispatchTime(uptimeNanoseconds: due))
        } else {
            let isRebuilding = shared.withLock { $0.shadow != nil }
            _ = log.waitForRecords(
                after: session.next,
                timeoutMilliseconds: isRebuilding
                    ? WorkerLimits.rebuildingMilliseconds : WorkerLimits.idleMilliseconds)
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
        tell(session)
    }

    private func tell(_ session: FoldSession) {
        guard let regrouping = session.regrouping else { return }
        shared.withLock { shared in
            shared.shown = regrouping.shown
            shared.current = regrouping.current
        }
    }

    /// A project was regrouped: asks for a rebuild by what is in force now.
    private func regroup(_ projection: inout P, _ session: inout FoldSession) throws {
        try commit(&projection, &session)
        tell(session)
        // What is parked is parked: it keeps no project from being regrouped.
        shared.withLock { shared in
            shared.resumes = nil
            shared.rebuildFailure = nil
            shared.rebuilds.append(Rebuild(parks: true, continuation: nil))
        }
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

    /// Begins a rebuild that is asked for, ends one that failed; true: one has only to take the old
    /// rows' place.
    private func tendRebuild() -> Bool {
        let move = shared.withLock { shared -> RebuildMove<P> in
            guard let shadow = shared.shadow else {
                guard let next = beginRebuild(&shared) else { return .none }
                return .start(next)
            }
            switch shadow.outcome {
            case nil, .stopped: return .none
            case .caughtUp: return .take
            case .failed(let error): return .fail(error, endRebuild(&shared, error))
            }
        }
        switch move {
        case .none: return false
        case .take: return true
        case .start(let shadow): shadow.start()
        case .fail(let error, let waiting):
            for continuation in waiting { continuation.resume(throwing: error) }
        }
        return false
    }

    private func beginRebuild(_ shared: inout Shared) -> ShadowFold<P>? {
        let resumes = shared.resumes
        shared.resumes = nil
        guard let parks = shared.rebuilds.first?.parks ?? resumes else { return nil }
        // Asked for now it begins anew: what a draft was folded from may have changed since.
        let isResumed = shared.rebuilds.isEmpty
        shared.rebuilding = shared.rebuilds.filter { $0.parks == parks }
            .compactMap(\.continuation)
        shared.rebuilds.removeAll { $0.parks == parks }
        let run = ShadowRun<P>(
            log: log, file: file, snapshots: snapshots, parks: parks, groupings: shared.current)
        let shadow = ShadowFold(run, resumes: isResumed)
        shared.shadow = shadow
        shared.rebuildFailure = nil
        return shadow
    }

    private func endRebuild(
        _ shared: inout Shared, _ error: (any Error)?
    ) -> [CheckedContinuation<Void, any Error>] {
        shared.shadow = nil
        shared.rebuildFailure = error.map { "\($0)" }
        defer { shared.rebuilding = [] }
        return shared.rebuilding
    }

    /// Folds what the new file still lacks and puts it in the place of the old one, which serves
    /// until then; a few ms, in which nothing else is folded.
    private func switchStore() {
        guard let run = shared.withLock({ $0.shadow?.run }) else { return }
        let result = Result {
            try run.finish(until: log.durableOffset)
            // `close` waits for the readers that are under way; those that come now find it closed
            // and try again with the new one.
            let old = shared.withLock { shared in
                shared.isSwitching = true
                return shared.store
            }
            try old.close()
            try endSwitch()
        }
        let error: (any Error)? = if case .failure(let error) = result { error } else { nil }
        let waiting = shared.withLock { endRebuild(&$0, error) }
        for continuation in waiting { continuation.resume(with: result) }
    }

    /// Opens what takes the place of a store that was closed; does nothing where none was.
    private func endSwitch() throws {
        guard shared.withLock({ $0.isSwitching }) else { return }
        try file.takePlace()
        let store = try ViewStore(path: path, schema: P.schema)
        let counts = try Self.counts(store)
        let ready = shared.withLock { shared in
            shared.store = store
            shared.isSwitching = false
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
                shared.rebuilding = []
                shared.stops = []
            }
            return (
                shared.waiters.values.map(\.continuation),
                shared.rebuilding + shared.rebuilds.compactMap(\.continuation), shared.stops
            )
        }
        for continuation in waiters + rebuilds {
            continuation.resume(throwing: CancellationError())
        }
        for stop in stops { stop.signal() }
    }
}

/// What a worker has to do for a rebuild.
private enum RebuildMove<P: Projection> {
    case none
    case start(ShadowFold<P>)
    /// The new file has only to take the old one's place.
    case take
    case fail(any Error, [CheckedContinuation<Void, any Error>])
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
        try await withStore { store in
            try await store.pool.read { db in
                (value: try body(db), offset: try ViewStore.checkpoint(db))
            }
        }
    }

    package func withStore<T: Sendable>(
        _ body: @Sendable (ViewStore) async throws -> T
    ) async throws -> T {
        var attempt = 0
        while true {
            do {
                return try await body(shared.withLock { $0.store })
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
    /// The same beside a rebuild, whose end is to be seen soon.
    static let rebuildingMilliseconds = 20
    /// A rebuild is caught up when it lacks no more records: some ms of folding, for which the
    /// view stands still.
    static let switchDistance: UInt64 = 10_000
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
