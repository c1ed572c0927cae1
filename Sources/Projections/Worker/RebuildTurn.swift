import Synchronization

/// Lets the rebuilds of a server's views fill their files one after the other.
///
/// A regrouped project has five views to be made anew. Side by side they would take five times the memory
/// (`WorkerLimits.rebuildBatchBytes`) and both cores from those who serve, and none would be done sooner.
/// Safe from any thread.
package final class RebuildTurn: Sendable {
    private let isTaken = Atomic(false)

    package init() {}

    /// False where another has it: to be asked again.
    ///
    /// Never blocks.
    package func take() -> Bool { !isTaken.exchange(true, ordering: .acquiring) }

    /// The next who asks gets it.
    package func giveBack() { isTaken.store(false, ordering: .releasing) }
}
