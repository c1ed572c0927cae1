import ErrorModel
import Projections
import Synchronization

/// Counts the events of projects by calendar month, and tells when a month's are spent.
///
/// Safe from any thread. What counts is what was stored, once; begun from what the issues view has
/// of the month, so that a start forgets nothing. Requests that are on their way when the quota is
/// reached are taken whole.
final class MonthlyQuota: Sendable {
    /// An event that is stored; of one that is only queued nobody knows the offset.
    struct Stored {
        var project: UInt32
        var time: Timestamp
        var offset: UInt64?
    }

    private struct State {
        /// Counted from January 1970.
        var month = 0
        var used: [UInt32: UInt64] = [:]
        /// What was stored since `prepare`, until `begin` says what of it is known already.
        var early: [Stored]?

        mutating func count(_ event: Stored) {
            // What comes late from the month before counts there, in the view.
            let month = event.time.month
            guard month >= self.month else { return }
            if month > self.month { self = State(month: month) }
            used[event.project, default: 0] += 1
        }
    }

    private let state = Mutex(State())
    /// Some project has a quota.
    private let counts = Atomic(false)
    var isCounting: Bool { counts.load(ordering: .relaxed) }

    /// Nobody is told to wait longer than by a rate: quotas may be changed too.
    static let waitLimit = Int(TokenBucket.waitLimit)

    /// Events that are remembered: some 40 MB.
    ///
    /// A view is read in milliseconds; only while one is rebuilt there may be more, and what comes
    /// then counts from the next start on.
    private static let earlyLimit = 1 << 20

    /// Remembers from now on what is stored; `begin` follows.
    func prepare() {
        state.withLock { $0.early = [] }
        counts.store(true, ordering: .relaxed)
    }

    /// Takes what is stored of the month of `time` below `offset`, and counts from there on.
    func begin(_ used: [UInt32: UInt64], below offset: UInt64, at time: Timestamp) {
        state.withLock { state in
            let early = state.early ?? []
            state = State(month: time.month, used: used)
            for event in early where event.offset.map({ $0 >= offset }) ?? true {
                state.count(event)
            }
        }
        counts.store(true, ordering: .relaxed)
    }

    /// Gives up after `prepare`; nothing is counted.
    func cancel() {
        counts.store(false, ordering: .relaxed)
        state.withLock { $0 = State() }
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

    /// Counts an event that is stored.
    func add(_ event: Stored) {
        state.withLock { state in
            guard let early = state.early else { return state.count(event) }
            if early.count < Self.earlyLimit { state.early?.append(event) }
        }
    }
}
