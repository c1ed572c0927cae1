import Synchronization

package import FaultlogClient

/// Time that passes when a test says so.
package final class ManualTime: Sendable {
    private struct Sleeper {
        var deadline: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Duration.zero
        var sleepers: [Int: Sleeper] = [:]
        var nextID = 0
        /// Tests that wait for somebody to sleep until a moment.
        var watchers: [(deadline: Duration, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    /// 2026-11-20T10:11:12Z.
    package static let epoch: Int64 = 1_795_169_472_000_000

    package init() {}

    package var source: TimeSource {
        TimeSource(
            now: { [self] in state.withLock { $0.now } },
            microseconds: { [self] in
                let now = state.withLock { $0.now }
                return Self.epoch + now.components.seconds * 1_000_000
                    + now.components.attoseconds / 1_000_000_000_000
            },
            sleep: { [self] in try await sleep($0) },
            chance: { 1 })
    }

    private func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let seen = state.withLock { state in
                    let deadline = state.now + duration
                    state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
                    let seen = state.watchers.filter { $0.deadline == deadline }
                    state.watchers.removeAll { $0.deadline == deadline }
                    return seen
                }
                for watcher in seen { watcher.continuation.resume() }
                if Task.isCancelled { wake(id) }
            }
        } onCancel: {
            wake(id)
        }
    }

    private func wake(_ id: Int) {
        let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
        sleeper?.continuation.resume(throwing: CancellationError())
    }

    /// Returns when somebody sleeps until exactly so long after the start.
    package func untilSomebodySleeps(to deadline: Duration) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.values.contains(where: { $0.deadline == deadline }) {
                    return true
                }
                state.watchers.append((deadline, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    package func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now += duration
            let ids = state.sleepers.filter { $0.value.deadline <= state.now }.keys
            return ids.compactMap { state.sleepers.removeValue(forKey: $0) }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }
}
