import Synchronization

/// Whether the log takes records, as writers see it without waiting.
///
/// Safe from any thread.
final class LogHealth: Sendable {
    private let state: Mutex<LogStatus.State>
    private let isWritable: Atomic<Bool>

    init(_ state: LogStatus.State) {
        self.state = Mutex(state)
        isWritable = Atomic(state == .writable)
    }

    var current: LogStatus.State { state.withLock { $0 } }

    func set(_ new: LogStatus.State) {
        state.withLock {
            $0 = new
            isWritable.store(new == .writable, ordering: .releasing)
        }
    }

    /// The usual case, at the cost of one load.
    var takesRecords: Bool { isWritable.load(ordering: .acquiring) }
}
