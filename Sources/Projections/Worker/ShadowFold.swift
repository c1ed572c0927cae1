import EventLog
import Foundation
import Synchronization

/// Fills a view's new file on a thread of its own, while the view goes on.
///
/// Safe from any thread.
final class ShadowFold<P: Projection>: Sendable {
    /// How it ended.
    enum Outcome: Sendable {
        /// Only the last records are missing.
        case caughtUp
        /// What is folded can be gone on from.
        case stopped
        /// The draft is gone.
        case failed(any Error)
    }

    private struct State {
        var meter: FoldMeter?
        var outcome: Outcome?
        var isStopping = false
        var stops: [DispatchSemaphore] = []
    }

    let run: ShadowRun<P>
    private let turns: RebuildTurns
    private let resumes: Bool
    private let state = Mutex(State())

    /// Has one of `turns`, and gives it back when the fold ends.
    init(_ run: ShadowRun<P>, _ turns: RebuildTurns, resumes: Bool) {
        self.run = run
        self.turns = turns
        self.resumes = resumes
    }

    /// Nil while the fold goes on.
    var outcome: Outcome? { state.withLock { $0.outcome } }

    /// How far the fold is; nil before its first block.
    var progress: FoldProgress? { state.withLock { $0.meter?.progress } }

    func start() {
        let isStarted = BackgroundThread.startIfPossible("rebuild-\(P.name)") { [self] in
            let outcome = fold()
            turns.giveBack()
            end(outcome)
        }
        if !isStarted {
            turns.giveBack()
            end(.failed(BackgroundThread.noneLeft))
        }
    }

    /// Stops and waits for the thread; what was folded is committed.
    func stop() {
        let done = DispatchSemaphore(value: 0)
        let wait = state.withLock { state in
            state.isStopping = true
            if state.outcome == nil { state.stops.append(done) }
            return state.outcome == nil
        }
        if wait { done.wait() }
    }

    private func fold() -> Outcome {
        do {
            let isCaughtUp = try run.fold(
                resumes: resumes, distance: WorkerLimits.switchDistance
            ) { [self] folded, end in reach(folded, end) }
            return isCaughtUp ? .caughtUp : .stopped
        } catch {
            return .failed(error)
        }
    }

    private func reach(_ folded: UInt64, _ end: UInt64) -> Bool {
        let now = LogClock.system.monotonicMilliseconds()
        return state.withLock { state in
            var meter = state.meter ?? FoldMeter(begin: folded, end: end, start: now)
            meter.reach(folded, end: end, now: now)
            state.meter = meter
            return !state.isStopping
        }
    }

    private func end(_ outcome: Outcome) {
        let stops = state.withLock { state in
            state.outcome = outcome
            return state.stops
        }
        for stop in stops { stop.signal() }
    }
}
