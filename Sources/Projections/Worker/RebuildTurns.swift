import Synchronization

/// Lets the rebuilds of a server's views fill their files a few at a time.
///
/// A regrouped project has five views to be made anew. Side by side they take every core from those who
/// serve: on two cores, with 100,000 issues, 95 of 100 lists took up to 14 ms beside five folds, and up to 5 beside
/// one, which together need half as long again. Safe from any thread.
package final class RebuildTurns: Sendable {
    private let free: Atomic<Int>

    /// - Parameter count: so many at once, at least one.
    package init(_ count: Int = 1) { free = Atomic(max(1, count)) }

    /// False where others have them all: to be asked again.
    ///
    /// Never blocks.
    package func take() -> Bool {
        var seen = free.load(ordering: .relaxed)
        while seen > 0 {
            let (isTaken, now) = free.weakCompareExchange(
                expected: seen, desired: seen - 1, ordering: .acquiringAndReleasing)
            if isTaken { return true }
            seen = now
        }
        return false
    }

    /// The next who asks gets it.
    package func giveBack() { free.add(1, ordering: .acquiringAndReleasing) }
}
