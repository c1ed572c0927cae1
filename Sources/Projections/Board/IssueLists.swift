import Dispatch
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
    /// The board is to take over a commit, and has not begun.
    private let isFollowing = Atomic(false)

    private struct State {
        /// Nil: it is to be made.
        var board: IssueBoard?
        /// The store that it is of; another one takes its place after a rebuild.
        var store: ViewStore?
        var changes = BoardChanges<IssueEdit>()
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
        try await store.read { db in
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

    // MARK: on the queue, so that changes reach the board in their order

    /// Nil: the board cannot say.
    private func fetch(_ query: IssueQuery, _ store: ViewStore) throws -> Page? {
        let page = try withBoard(of: store) { board, end, db in
            // What goes wrong with a query leaves the board as it is.
            Result { try board.fetch(query, db).map { (value: $0, offset: end) } }
        }
        return try page?.get()
    }

    /// Takes over what a commit has changed, so that the next list need not: after a minute of load the
    /// first one would read tens of thousands of rows.
    private func follow(_ store: ViewStore) {
        guard state.withLock({ $0.store === store && $0.board != nil }) else { return }
        // Whatever goes wrong is said to the next who asks.
        _ = try? withBoard(of: store) { _, _, _ in }
    }

    /// Calls `body` with the board as the view is in a snapshot; nil: the view is too large for a board.
    private func withBoard<T>(
        of store: ViewStore,
        _ body: (_ board: inout IssueBoard, _ end: UInt64, _ db: Database) throws -> T
    ) throws -> T? {
        // Taken out, so that there is one board and no copy; an error while it is read leaves none.
        var state = self.state.withLock { state in
            defer { state = State() }
            return state
        }
        if state.store !== store {
            state = State(store: store)
            store.changes.follow { [weak self, weak store] in
                guard let self, let store else { return }
                // One waits for its turn, and sees all that came before it.
                guard !isFollowing.exchange(true, ordering: .relaxed) else { return }
                queue.async { [self] in
                    isFollowing.store(false, ordering: .relaxed)
                    follow(store)
                }
            }
        }
        let result: T?
        do {
            result = try update(&state, store, body)
        } catch {
            // What was taken is lost with the board.
            store.changes.ignore()
            throw error
        }
        guard let result else {
            store.changes.ignore()
            self.state.withLock { $0.retry = DispatchTime.now() + Self.retrySeconds }
            return nil
        }
        let next = state
        self.state.withLock { $0 = next }
        return result
    }

    /// Brings the board up to a snapshot and calls `body` in it.
    private func update<T>(
        _ state: inout State, _ store: ViewStore,
        _ body: (_ board: inout IssueBoard, _ end: UInt64, _ db: Database) throws -> T
    ) throws -> T? {
        var board = state.board ?? IssueBoard()
        state.board = nil
        // From here on all is noted that a snapshot may have.
        state.changes.add(store.changes.take())
        let result = try store.read { db -> T? in
            let end = try ViewStore.checkpoint(db)
            state.changes.add(store.changes.take())
            let lacking = state.changes.lacking(of: end)
            guard try board.update(lacking.rows, edits: lacking.edits, db) else { return nil }
            state.changes.leave(end)
            return try body(&board, end, db)
        }
        state.board = board
        return result
    }
}
