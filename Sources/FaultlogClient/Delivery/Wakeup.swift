import Synchronization

/// Lets one task rest until somebody wakes it, or until a time has passed.
///
/// A call that comes while nobody rests ends the next rest at once, so that none is lost.
final class Wakeup: Sendable {
    private struct State {
        var isRaised = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Wakes who rests; from any thread, never waits.
    func raise() {
        let sleeper = state.withLock { state in
            defer { state.sleeper = nil }
            if state.sleeper == nil { state.isRaised = true }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Rests; called by one task at a time.
    ///
    /// May end early, without a reason.
    func rest(atMost wait: Duration?, _ time: TimeSource) async {
        let timer = wait.map { wait in
            Task { [self] in
                do { try await time.sleep(wait) } catch { return }
                raise()
            }
        }
        await withCheckedContinuation { continuation in
            let isRaised = state.withLock { state in
                defer { state.isRaised = false }
                if !state.isRaised { state.sleeper = continuation }
                return state.isRaised
            }
            if isRaised { continuation.resume() }
        }
        timer?.cancel()
    }
}
