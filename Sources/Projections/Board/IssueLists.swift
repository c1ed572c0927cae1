import Dispatch
import Foundation
import GRDB
import Synchronization

/// Answers lists of issues of the present from a board that follows the view.
///
/// One list at a time, on a queue of its own: a list takes a millisecond or two, and the board needs no
/// second copy for it. What a board cannot answer is asked of SQLite, beside the queue. Safe from any
/// thread.
package final class IssueLists: Sendable {
    /// A page, and the offset that it reflects.
    package typealias Page = (
        value: (issues: [IssueSummary], next: IssueQuery.Cursor?), offset: UInt64
    )

    private let view: any LiveView
    private let queue = DispatchQueue(label: "issue-lists", qos: .userInitiated)
    private let state = Mutex(State())

    private struct State {
        /// Nil: it is to be made.
        var board: IssueBoard?
        /// The store that it is of; another one takes its place after a rebuild.
        var store: ViewStore?
        var changes = BoardChanges()
        /// The view is too large for a board; from then on it is looked at again.
        var retry: DispatchTime?
    }

    /// Finding out that a view is too large may take a second.
    private static let retrySeconds = 600.0

    package init(_ view: any LiveView) { self.view = view }

    /// Reads one page: exactly what the view shows below the offset.
    ///
    /// Throws what SQLite says, and `CancellationError` where the task was cancelled before its turn.
    package func fetch(_ query: IssueQuery) async throws -> Page {
        try await view.withStore { [self] store in
            if let retry = state.withLock({ $0.retry }), DispatchTime.now() < retry {
                return try await Self.ask(store, query)
            }
            let isCancelled = Atomic(false)
            let page = try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    queue.async { [self] in
                        continuation.resume(
                            with: Result {
                                if isCancelled.load(ordering: .relaxed) {
                                    throw CancellationError()
                                }
                                return try fetch(query, store)
                            })
                    }
                }
            } onCancel: {
                isCancelled.store(true, ordering: .relaxed)
            }
            if let page { return page }
            return try await Self.ask(store, query)
        }
    }

    private static func ask(_ store: ViewStore, _ query: IssueQuery) async throws -> Page {
        try await store.pool.read { db in
            (value: try query.fetch(db), offset: try ViewStore.checkpoint(db))
        }
    }

    /// Reads what lists need, so that the first one need not wait for it; returns at once.
    package func prepare() {
        var query = IssueQuery()
        query.limit = 1
        let asked = query
        // Whatever goes wrong is said to the first who asks.
        Task.detached { [self] in _ = try? await fetch(asked) }
    }

    /// On the queue only, so that changes reach the board in their order; nil: the board cannot say.
    private func fetch(_ query: IssueQuery, _ store: ViewStore) throws -> Page? {
        // Taken out, so that there is one board and no copy; an error while it is read leaves none.
        var state = self.state.withLock { state in
            defer { state = State() }
            return state
        }
        if state.store !== store { state = State(store: store) }
        var board = state.board ?? IssueBoard()
        state.board = nil
        // From here on all is noted that the snapshot may lack.
        state.changes.add(store.changes.take(), isNoted: true)
        let result = try store.pool.read { db -> Result<Page?, any Error>? in
            let end = try ViewStore.checkpoint(db)
            guard let changed = catchUp(to: end, &state.changes, store) else {
                return .success(nil)
            }
            guard try board.update(changed.rows, db) else { return nil }
            state.changes.leave(end)
            return Result { try board.fetch(query, db).map { (value: $0, offset: end) } }
        }
        guard let result else {
            store.changes.ignore()
            self.state.withLock { $0.retry = DispatchTime.now() + Self.retrySeconds }
            return nil
        }
        state.board = board
        let next = state
        self.state.withLock { $0 = next }
        return try result.get()
    }

    /// What the board lacks of a snapshot; nil where that is not known yet.
    private func catchUp(
        to end: UInt64, _ changes: inout BoardChanges, _ store: ViewStore
    ) -> BoardChanges.Lacking? {
        for _ in 0..<Self.noteAttempts {
            if let lacking = changes.lacking(of: end) { return lacking }
            // A commit is noted right behind it, by a thread that waits for nothing: some microseconds,
            // unless it has lost its processor. This is the queue's own thread, none of the pool of
            // tasks, and after 10 ms in all the list goes to SQLite.
            Thread.sleep(forTimeInterval: Self.notePause)
            changes.add(store.changes.take(), isNoted: false)
        }
        return changes.lacking(of: end)
    }

    private static let noteAttempts = 50
    private static let notePause = 0.000_2
}
