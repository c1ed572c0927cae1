import Synchronization

/// The scope of one request, job or program: what each event captured within it carries.
///
/// May be used from any thread; its lock is held for a copy only.
public final class ReportingScope: Sendable {
    private struct State {
        var values: ScopeValues
        /// Counts the changes.
        var version = 0
    }

    /// After so many tries a change is stored over those that came meanwhile: one that changes the
    /// scope from within itself would never be the only one.
    private static let tries = 8

    private let state: Mutex<State>

    init(_ values: ScopeValues) { state = Mutex(State(values: values)) }

    /// A copy of what the scope holds now.
    public var values: ScopeValues { state.withLock { $0.values } }

    /// Changes what the scope holds, for all events captured from now on.
    ///
    /// - Parameter change: gets a copy, without a lock held: so it may do what it likes, and runs
    ///   again where somebody else was faster.
    public func update(_ change: (inout ScopeValues) -> Void) {
        for attempt in 1...Self.tries {
            let before = state.withLock { $0 }
            var after = before
            change(&after.values)
            after.version += 1
            let isStored = state.withLock { state in
                if state.version != before.version, attempt < Self.tries { return false }
                state = after
                return true
            }
            if isStored { return }
        }
    }

    /// Adds a breadcrumb, in place.
    func add(_ breadcrumb: OutgoingEvent.Breadcrumb) {
        state.withLock { state in
            state.values.add(breadcrumb)
            state.version += 1
        }
    }
}

/// The scopes of the task that runs, one a reporter; child tasks have them too.
enum CurrentScope {
    /// A reporter's scope, and what it stands for: that of the program, which tells reporters apart.
    struct Entry: Sendable {
        let base: ReportingScope
        let scope: ReportingScope
    }

    @TaskLocal static var entries: [Entry] = []

    static func scope(of base: ReportingScope) -> ReportingScope? {
        entries.first { $0.base === base }?.scope
    }

    /// The entries with `scope` for the reporter of `base`.
    static func entries(
        with scope: ReportingScope, for base: ReportingScope
    ) -> [Entry] {
        entries.filter { $0.base !== base } + [Entry(base: base, scope: scope)]
    }
}
