import EventLog
import GRDB
import GRDBSQLite
import Synchronization

extension ViewStore {
    /// Calls `body` in one snapshot of the view: on this thread, where it may block, else on one of the
    /// database's.
    ///
    /// Throws what SQLite says, and `CancellationError` where the task is cancelled: a statement that
    /// runs is broken off.
    func read<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        guard CurrentThread.mayBlock else { return try await pool.read(body) }
        let running = Running()
        return try await withTaskCancellationHandler {
            do {
                return try readHere { db in try running.during(db) { try body(db) } }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            running.cancel()
        }
    }

    private func readHere<T>(_ body: (Database) throws -> T) throws -> T { try pool.read(body) }
}

/// The connection that a task reads with, so that a cancellation reaches it.
private final class Running: Sendable {
    private struct State: @unchecked Sendable {
        // Sendable: of the connection nothing but `sqlite3_interrupt` is called, which any thread may,
        // and under the lock: when `during` ends it is not here any more.
        var connection: SQLiteConnection?
        var isCancelled = false
    }

    private let state = Mutex(State())

    func during<T>(_ db: Database, _ body: () throws -> T) throws -> T {
        let isCancelled = state.withLock { state in
            state.connection = db.sqliteConnection
            return state.isCancelled
        }
        defer { state.withLock { $0.connection = nil } }
        if isCancelled { throw CancellationError() }
        return try body()
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            if let connection = state.connection { sqlite3_interrupt(connection) }
        }
    }
}
