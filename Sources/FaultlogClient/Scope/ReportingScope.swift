import Synchronization

/// The scope of one request, job or program: what each event captured within it carries.
///
/// May be used from any thread; its lock is held for a copy only.
public final class ReportingScope: Sendable {
    private let state: Mutex<ScopeValues>

    init(_ values: ScopeValues) { state = Mutex(values) }

    /// A copy of what the scope holds now.
    public var values: ScopeValues { state.withLock { $0 } }

    /// Changes what the scope holds, for all events captured from now on.
    ///
    /// - Parameter change: runs under the scope's lock: set fields, and neither wait nor capture
    ///   in it.
    public func update(_ change: (inout ScopeValues) -> Void) {
        state.withLock { change(&$0) }
    }
}

/// The scope of the task that runs; child tasks have it too.
enum CurrentScope {
    @TaskLocal static var scope: ReportingScope?
}

/// Whether the task is in the midst of reporting: what it captures or logs there would lead to
/// more of the same, without end.
enum Reporting {
    @TaskLocal static var isInside = false
}
