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
        /// What was taken and, as announced, not kept, by reason.
        package var dropped: [String: Int] = [:]
    }

    private let totals = Mutex(Totals())

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

    func drop(_ reason: String, _ count: Int = 1) {
        if count > 0 { totals.withLock { $0.dropped[reason, default: 0] += count } }
    }
}
