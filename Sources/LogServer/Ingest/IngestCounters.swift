import Synchronization

/// What became of everything that was sent, since the process started.
///
/// Safe from any thread.
package final class IngestCounters: Sendable {
    package struct Totals: Sendable {
        package var accepted = 0
        package var duplicate = 0
        /// Whole requests or events that were refused, by reason.
        package var refused: [String: Int] = [:]
        /// What was taken beside events, by the type of the item.
        package var taken: [String: Int] = [:]
        /// What was taken and, as announced, not kept, by reason.
        package var dropped: [String: Int] = [:]
    }

    /// What was dropped of whom.
    struct Drop: Hashable, Sendable {
        /// 0: of no project that is known.
        var project: UInt32
        var reason: String
    }

    private let totals = Mutex(Totals())
    /// What no record of the log tells yet.
    private let unrecorded = Mutex<[Drop: UInt64]>([:])

    package var snapshot: Totals { totals.withLock { $0 } }

    func add(accepted: Int, duplicate: Int) {
        totals.withLock {
            $0.accepted += accepted
            $0.duplicate += duplicate
        }
    }

    func refuse(_ reason: String, _ count: Int = 1) {
        if count > 0 { totals.withLock { $0.refused[reason, default: 0] += count } }
    }

    func take(_ type: String, _ count: Int = 1) {
        if count > 0 { totals.withLock { $0.taken[type, default: 0] += count } }
    }

    func drop(_ reason: String, _ count: Int = 1, project: UInt32 = 0) {
        guard count > 0 else { return }
        totals.withLock { $0.dropped[reason, default: 0] += count }
        unrecorded.withLock {
            $0[Drop(project: project, reason: reason), default: 0] += UInt64(count)
        }
    }

    /// Takes what is to be recorded.
    func takeUnrecorded() -> [Drop: UInt64] {
        unrecorded.withLock { drops in
            defer { drops = [:] }
            return drops
        }
    }

    /// Gives back what could not be recorded.
    func putBack(_ drops: [Drop: UInt64]) {
        unrecorded.withLock { $0.merge(drops, uniquingKeysWith: +) }
    }
}
