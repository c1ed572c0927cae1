import ErrorModel
package import EventLog
import Foundation
import GRDB
import Synchronization

/// Keeps one view up to date on a thread of its own: reads the log, folds, commits.
package final class ProjectionWorker<P: Projection>: LiveView {
    struct Shared {
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

        /// A rebuild goes on, or waits for its turn.
        var isRebuilding: Bool { shadow != nil || !rebuilds.isEmpty || resumes != nil }

        /// Notes how far the view is, and hands out those who waited for that.
        mutating func reach(_ offset: UInt64) -> [CheckedContinuation<Void, any Error>] {
            self.offset = offset
            let ready = waiters.filter { $0.value.offset <= offset }
            for key in ready.keys { waiters[key] = nil }
            return ready.values.map(\.continuation)
        }
    }

    struct Waiter {
        var offset: UInt64
        var continuation: CheckedContinuation<Void, any Error>
    }

    struct Rebuild {
        var parks: Bool
        /// Nil: the worker has asked for it itself.
        var continuation: CheckedContinuation<Void, any Error>?
    }

    let log: EventLog
    let path: String
    let file: ShadowFile
    let snapshots: ViewSnapshots
    let turns: RebuildTurns
    private let clock: @Sendable () -> Int64
    let shared: Mutex<Shared>
    /// Ends a rest early: somebody waits for the view, or it is to stop or to be rebuilt.
    let nudge = DispatchSemaphore(value: 0)

    /// Opens the view, or makes it anew where the file is damaged or the log is older than it
    /// (a log that was put back from a copy), from the newest snapshot that the log goes on from.
    ///
    /// Its rebuilds wait for `turns`, which all views of a server share.
    package init(
        log: EventLog, directory: String, snapshots: ViewSnapshots,
        turns: RebuildTurns = RebuildTurns(), clock: @escaping @Sendable () -> Int64
    ) throws {
        self.log = log
        self.clock = clock
        self.snapshots = snapshots
        self.turns = turns
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

    static func counts(
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
                gaps: shared.gaps, isRebuilding: shared.isRebuilding,
                rebuild: shared.shadow?.progress, rebuildFailure: shared.rebuildFailure,
                failure: shared.failure, shown: shared.shown, current: shared.current)
        }
    }

    package func start() {
        shared.withLock { $0.isStarted = true }
        BackgroundThread.start("view-\(P.name)") { [self] in run() }
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

    package func copyPast(
        at offset: UInt64, into snapshots: ViewSnapshots, goesOn: () -> Bool
    ) throws {
        let copies = snapshots.all(of: P.fileName)
        if copies.contains(where: { $0.offset == offset }) { return }
        _ = try snapshots.add(P.fileName, first: log.status.firstOffset) { path in
            try PastFold<P>(log: log, copies: copies, wanted: offset, path: path)
                .makeFile { _ in goesOn() }
        }
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
                    store.changes.begin(at: session.next)
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
        // What it has looked up may be dropped or erased while it waits: its file would stay.
        reader.forget()
        // One that waits for its turn asks again and again.
        let isRebuilding = shared.withLock { $0.isRebuilding }
        // Caught up: commit at once when the last commit is long enough ago or somebody waits.
        if session.next > session.committed {
            let now = DispatchTime.now().uptimeNanoseconds
            let rest = min(session.lastCommitDuration * P.restPerCommit, WorkerLimits.longestRest)
            let flush = P.flushNanoseconds(pending: session.next - session.committed)
            let due = session.lastCommit + max(flush, rest)
            let next = session.next
            let isAwaited = shared.withLock { $0.waiters.values.contains { $0.offset <= next } }
            if now >= due || isAwaited { return try commit(&projection, &session) }
            // Not woken by every commit of the log: what comes meanwhile is folded in one go.
            let tick = UInt64(WorkerLimits.rebuildingMilliseconds) * 1_000_000
            let end = isRebuilding ? min(due, now + tick) : due
            _ = nudge.wait(timeout: DispatchTime(uptimeNanoseconds: end))
        } else {
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
        store.tidyBeside()
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

    private func finish() {
        let (waiters, rebuilds, stops) = shared.withLock { shared in
            shared.isStopped = true
            defer {
                shared.waiters = [:]
                shared.rebuilds = []
                shared.resumes = nil
                shared.shadow = nil
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
