import ErrorModel
import EventLog
import Foundation
import HTTPTypes
import Projections
import Synchronization

/// Compares groupings of projects, one at a time, each on a thread of its own.
///
/// Safe from any thread; the views go on serving meanwhile.
final class RegroupComparisons: Sendable {
    private struct State {
        var isStopping = false
        /// Set while one is under way, from its first block on.
        var meter: FoldMeter?
        var isRunning = false
        var stops: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())
    private let turns = SerialTasks()

    /// How far the one under way is; nil: none is.
    var progress: FoldProgress? { state.withLock { $0.meter?.progress } }

    /// Waits for its turn and compares how a project is grouped with how it would be.
    ///
    /// Throws a `Problem` that an HTTP answer can carry.
    func run(
        _ app: Faultlog, project: UInt32, to version: FingerprintVersion
    ) async throws -> RegroupDiff {
        try await turns.run { [self] in
            try await withCheckedThrowingContinuation { continuation in
                let isRefused = state.withLock { state in
                    if !state.isStopping { state.isRunning = true }
                    return state.isStopping
                }
                if isRefused { return continuation.resume(throwing: CancellationError()) }
                let thread = Thread { [self] in
                    let result = Result { try compare(app, project, version) }
                    end()
                    continuation.resume(with: result)
                }
                thread.name = "regroup-diff"
                thread.stackSize = Self.stackBytes
                thread.start()
            }
        }
    }

    /// As for the threads of the views.
    private static let stackBytes = 2 << 20

    private func compare(
        _ app: Faultlog, _ project: UInt32, _ version: FingerprintVersion
    ) throws -> RegroupDiff {
        let end = app.log.durableOffset
        do {
            return try RegroupComparison.run(
                app.log, project: project, to: version, until: end,
                scratch: app.directory.views + "/regroup-diff.scratch"
            ) { [self] read in reach(read, end) }
        } catch let error as RegroupDiffError {
            throw Problem(.contentTooLarge, "\(error)")
        }
    }

    private func reach(_ read: UInt64, _ end: UInt64) -> Bool {
        let now = LogClock.system.monotonicMilliseconds()
        return state.withLock { state in
            var meter = state.meter ?? FoldMeter(begin: read, end: end, start: now)
            meter.reach(read, end: end, now: now)
            state.meter = meter
            return !state.isStopping
        }
    }

    private func end() {
        let stops = state.withLock { state in
            state.meter = nil
            state.isRunning = false
            defer { state.stops = [] }
            return state.stops
        }
        for stop in stops { stop.signal() }
    }

    /// Breaks off what is under way and refuses the rest.
    ///
    /// Blocks until the thread has ended.
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
