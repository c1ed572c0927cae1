import Dispatch
import GRDB
import Synchronization

/// Answers lists of issues of the present from a board that follows the view.
///
/// One list at a time, on a queue of its own: a list takes a millisecond or two, and the board needs no
/// second copy for it. Safe from any thread.
package final class IssueLists: Sendable {
    private let view: any LiveView
    private let queue = DispatchQueue(label: "issue-lists", qos: .userInitiated)
    private let state = Mutex(State())

    private struct State {
        /// Nil: it is to be made.
        var board: IssueBoard?
        /// The store that it is of; another one takes its place after a rebuild.
        var store: ViewStore?
        /// Everything below is in the board.
        var end: UInt64 = 0
    }

    package init(_ view: any LiveView) { self.view = view }

    /// Reads one page, with the offset that it reflects.
    package func fetch(
        _ query: IssueQuery
    ) async throws -> (
        value: (issues: [IssueSummary], next: IssueQuery.Cursor?), offset: UInt64
    ) {
        try await view.withStore { [self] store in
            try await withCheckedThrowingContinuation { continuation in
                queue.async { [self] in
                    continuation.resume(with: Result { try fetch(query, store) })
                }
            }
        }
    }

    /// On the queue only, so that changes reach the board in their order.
    private func fetch(
        _ query: IssueQuery, _ store: ViewStore
    ) throws -> (
        value: (issues: [IssueSummary], next: IssueQuery.Cursor?), offset: UInt64
    ) {
        // Taken out, so that there is one board and no copy; an error leaves none.
        var last = state.withLock { state in
            defer { state = State() }
            return state
        }
        // What is committed after this is in the changes of the next list, whether this snapshot has
        // it or not.
        let changes = store.changes.take()
        let isKnown = last.board != nil && last.store === store
        var next = State(board: nil, store: store, end: last.end)
        var board = last.board ?? IssueBoard()
        last.board = nil
        let page = try store.pool.read { db in
            if isKnown, case .some(_, let end) = changes {
                // The snapshot may have a commit whose changes are not noted yet.
                next.end = end ?? last.end
            } else {
                next.end = try ViewStore.checkpoint(db)
            }
            guard try board.update(isKnown ? changes : .all, db) else {
                next.end = try ViewStore.checkpoint(db)
                return try query.fetch(db)
            }
            defer { next.board = board }
            return try board.fetch(query, db) ?? query.fetch(db)
        }
        let end = next.end
        if next.board == nil { store.changes.ignore() } else { state.withLock { $0 = next } }
        return (page, end)
    }
}
