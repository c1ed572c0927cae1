import ErrorModel
import Projections
import Synchronization

/// Counts the events of projects by calendar month, and tells when a month's are spent.
///
/// Safe from any thread. What counts is what was stored, once; begun from what the issues view has
/// of the month, so that a start forgets nothing. Requests that are on their way when the quota is
/// reached are taken whole.
final class MonthlyQuota: Sendable {
    private struct State {
        /// Counted from January 1970.
        var month = 0
        var used: [UInt32: UInt64] = [:]
    }

    private let state = Mutex(State())
    /// Some project has a quota.
    private let counts = Atomic(false)
    var isCounting: Bool { counts.load(ordering: .relaxed) }

    /// Nobody is told to wait longer than by a rate: quotas may be changed too.
    static let waitLimit = Int(TokenBucket.waitLimit)

    /// Takes what is stored of the month of `time`, and counts from then on.
    func begin(_ used: [UInt32: UInt64], at time: Timestamp) {
        state.withLock { $0 = State(month: time.month, used: used) }
        counts.store(true, ordering: .relaxed)
    }

    /// Nil while the project has sent less than `limit`; else for how many seconds nothing is taken.
    func wait(_ project: UInt32, limit: UInt64, at now: Timestamp) -> Int? {
        let month = now.month
        let isSpent = state.withLock { state in
            state.month == month && state.used[project, default: 0] >= limit
        }
        guard isSpent else { return nil }
        let left = Timestamp(month: month + 1).microseconds - now.microseconds
        return max(1, min(Self.waitLimit, Int(left / Timestamp.microsecondsPerSecond) + 1))
    }

    /// Adds events that were received at `time` and are stored.
    func add(_ count: Int, _ project: UInt32, at time: Timestamp) {
        let month = time.month
        state.withLock { state in
            // What comes late from the month before counts there, in the view.
            guard month >= state.month else { return }
            if month > state.month { state = State(month: month) }
            state.used[project, default: 0] += UInt64(count)
        }
    }
}
