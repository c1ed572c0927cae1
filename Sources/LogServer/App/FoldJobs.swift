import EventLog
import Foundation
import Projections
import ServiceLifecycle
import Synchronization

/// Runs long folds that somebody waits for, one at a time, each on a thread of its own.
///
/// Safe from any thread; the views go on serving meanwhile. When the server is told to stop, the
/// one under way is broken off behind its block, and whoever waits gets a `CancellationError`.
final class FoldJobs: Sendable {
    private struct State {
        var isStopping = false
        /// What is folded, and how far it is; nil before its first block.
        var current: (name: String, meter: FoldMeter)?
        var isRunning = false
        var stops: [DispatchSemaphore] = []
    }

    private let threadName: String
    private let state = Mutex(State())
    private let turns = SerialTasks()

    init(threadName: String) { self.threadName = threadName }

    /// How far the fold of this name is; nil: it is not under way.
    func progress(of name: String) -> FoldProgress? {
        state.withLock { $0.current?.name == name ? $0.current?.meter.progress : nil }
    }

    /// Waits for its turn and does `body`, which is to ask after each block whether it goes on, and
    /// to throw a `CancellationError` where it does not.
    func run<Result: Sendable>(
        _ name: String,
        _ body:
            @escaping @Sendable (
                _ goesOn: (_ folded: UInt64, _ end: UInt64) -> Bool
            ) throws -> Result
    ) async throws -> Result {
        try await withGracefulShutdownHandler {
            try await turns.run { [self] in
                try await withCheckedThrowingContinuation { continuation in
                    guard begin() else {
                        return continuation.resume(throwing: CancellationError())
                    }
                    let isStarted = BackgroundThread.startIfPossible(threadName) { [self] in
                        let result = Swift.Result { try body { reach(name, $0, $1) } }
                        end()
                        continuation.resume(with: result)
                    }
                    if !isStarted {
                        end()
                        continuation.resume(throwing: BackgroundThread.noneLeft)
                    }
                }
            }
        } onGracefulShutdown: { [self] in
            refuse()
        }
    }

    private func begin() -> Bool {
        state.withLock { state in
            if !state.isStopping { state.isRunning = true }
            return !state.isStopping
        }
    }

    private func reach(_ name: String, _ folded: UInt64, _ end: UInt64) -> Bool {
        let now = LogClock.system.monotonicMilliseconds()
        return state.withLock { state in
            var meter =
                state.current?.meter ?? FoldMeter(begin: folded, end: end, start: now)
            meter.reach(folded, end: end, now: now)
            state.current = (name, meter)
            return !state.isStopping
        }
    }

    private func end() {
        let stops = state.withLock { state in
            state.current = nil
            state.isRunning = false
            defer { state.stops = [] }
            return state.stops
        }
        for stop in stops { stop.signal() }
    }

    /// Breaks off what is under way and refuses the rest; does not wait for it.
    func refuse() { state.withLock { $0.isStopping = true } }

    /// The same; blocks until the thread has ended.
    func stop() {
        let done = DispatchSemaphore(value: 0)
        let wait = state.withLock { state in
            state.isStopping = true
            if state.isRunning { state.stops.append(done) }
            return state.isRunning
        }
        if wait { done.wait() }
    }
}
