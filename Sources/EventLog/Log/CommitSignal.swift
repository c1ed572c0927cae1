import Synchronization

/// Tells threads and observers that the durable offset has moved.
///
/// Safe from any thread.
final class CommitSignal: Sendable {
    private let monitor = Monitor()
    private let moved: Monitor.Condition
    private let waiterCount = Atomic<Int>(0)
    private let observers = Mutex(Observers())

    private struct Observers {
        var nextNumber: UInt64 = 0
        var all: [(number: UInt64, observer: @Sendable (UInt64) -> Void)] = []
    }

    init() { moved = Monitor.Condition(monitor) }

    /// Wakes who waits and calls the observers.
    ///
    /// Called after the offset has moved.
    func announce(_ durableOffset: UInt64) {
        wakeWaiters()
        for entry in observers.withLock({ $0.all }) { entry.observer(durableOffset) }
    }

    func wakeWaiters() {
        // Sequentially consistent on both sides: a waiter has either counted itself before this
        // load or looks at the offset after the store that came before it.
        guard waiterCount.load(ordering: .sequentiallyConsistent) > 0 else { return }
        monitor.withLock { moved.broadcast() }
    }

    /// Blocks until `isReached` or the time is over.
    func wait(milliseconds: Int, until isReached: () -> Bool) {
        if isReached() { return }
        let deadline = Monitor.Condition.deadline(milliseconds: max(0, milliseconds))
        waiterCount.add(1, ordering: .sequentiallyConsistent)
        defer { waiterCount.subtract(1, ordering: .sequentiallyConsistent) }
        monitor.withLock {
            while !isReached() {
                if !moved.wait(until: deadline) { return }
            }
        }
    }

    func add(_ observer: @escaping @Sendable (UInt64) -> Void) -> CommitObserverToken {
        observers.withLock {
            $0.nextNumber += 1
            $0.all.append(($0.nextNumber, observer))
            return CommitObserverToken(number: $0.nextNumber)
        }
    }

    func remove(_ token: CommitObserverToken) {
        observers.withLock { $0.all.removeAll { $0.number == token.number } }
    }
}
