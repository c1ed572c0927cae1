import EventLog
import Foundation
import Projections
import Synchronization

/// Compares views with the log, one at a time, each on a thread of its own.
///
/// Safe from any thread; the views go on serving meanwhile.
final class Verifications: Sendable {
    private struct State {
        var isStopping = false
        /// The view that is compared, and how far its fold is.
        var current: (name: String, meter: FoldMeter)?
        var isRunning = false
        var stops: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())
    private let turns = SerialTasks()

    /// How far the fold of a view is; nil: it is not being compared.
    func progress(of name: String) -> FoldProgress? {
        state.withLock { $0.current?.name == name ? $0.current?.meter.progress : nil }
    }

    /// Waits for its turn and compares a view with the log.
    func verify(_ view: any LiveView, _ source: FoldSource) async throws -> ViewProof {
        try await turns.run { [self] in
            try await withCheckedThrowingContinuation { continuation in
                let isRefused = state.withLock { state in
                    if !state.isStopping { state.isRunning = true }
                    return state.isStopping
                }
                if isRefused { return continuation.resume(throwing: CancellationError()) }
                let thread = Thread { [self] in
                    let result = Result { try run(view, source) }
                    end()
                    continuation.resume(with: result)
                }
                thread.name = "verify"
                thread.stackSize = Self.stackBytes
                thread.start()
            }
        }
    }

    /// As for the threads of the views.
    private static let stackBytes = 2 << 20

    private func run(_ view: any LiveView, _ source: FoldSource) throws -> ViewProof {
        let name = view.status.name
        return try view.verify(source) { [self] folded, end in
            let now = LogClock.system.monotonicMilliseconds()
            return state.withLock { state in
                var meter =
                    state.current?.meter ?? FoldMeter(begin: folded, end: end, start: now)
                meter.reach(folded, end: end, now: now)
                state.current = (name, meter)
                return !state.isStopping
            }
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

extension Faultlog {
    /// Compares a view with the log; with `fromPayloads` events are decoded and grouped anew.
    func verify(_ view: any LiveView, fromPayloads: Bool) async throws -> ViewProof {
        guard fromPayloads else { return try await verifications.verify(view, .digests) }
        return try await verifications.verify(
            view,
            .payloads { [projects] id in
                guard let project = projects.project(id: id) else {
                    throw FoldError("there is no salt of project \(id): it was never created")
                }
                return project.salt
            })
    }
}

extension DataDirectory {
    /// The salt of a project, for work on the directory of a stopped server.
    ///
    /// Throws where there is none: a new one would give its users other keys.
    package func salt(of project: UInt32) throws -> [UInt8] {
        guard FileManager.default.fileExists(atPath: "\(salts)/\(project)") else {
            throw StartError(
                "there is no salt of project \(project) in \(salts), so its events cannot be read "
                    + "anew; put it back from a copy, or compare with --from digests")
        }
        return try SaltStore.load(project: project, self)
    }
}
