import Dispatch
import EventLog
import GRDBSQLite
import Synchronization

/// Moves the bulk of a write-ahead log to the file of its view, beside the worker that goes on writing.
///
/// Others may commit while SQLite copies what was committed before; but it begins its log anew only
/// behind a pass that has copied all of it. So the bulk, for which the disk takes 30 to 200 ms, is copied on
/// a thread of its own, and the worker copies only what has come meanwhile.
final class JournalMove: Sendable {
    private enum State {
        case idle
        case moving
        case moved
    }

    private let path: String
    private let state = Mutex(State.idle)
    private let threads = DispatchGroup()

    /// Of the database at `path`, which is open as long as a thread may move it: see `wait`.
    init(path: String) {
        self.path = path
    }

    /// True once the bulk was moved, or cannot be: then the rest is the caller's to move; begins where that was
    /// not asked before.
    func isBulkMoved() -> Bool {
        let (isMoved, isFirst) = state.withLock { state in
            defer { state = state == .moved ? .idle : .moving }
            return (state == .moved, state == .idle)
        }
        if isFirst { start() }
        return isMoved
    }

    /// Blocks until no thread is at the file.
    func wait() { threads.wait() }

    private func start() {
        threads.enter()
        let isStarted = BackgroundThread.startIfPossible("view-journal") { [self] in
            moveBulk()
            end()
        }
        if !isStarted { end() }
    }

    private func end() {
        state.withLock { $0 = .moved }
        threads.leave()
    }

    /// What cannot be moved now stays where it is, and is as safe there.
    private func moveBulk() {
        var connection: OpaquePointer?
        defer { sqlite3_close(connection) }
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(path, &connection, flags, nil) == SQLITE_OK else { return }
        // Without a look into the file older versions of SQLite do not see that it has such a log.
        let look = "PRAGMA synchronous = NORMAL; SELECT count(*) FROM sqlite_master"
        guard sqlite3_exec(connection, look, nil, nil, nil) == SQLITE_OK else { return }
        sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
}
