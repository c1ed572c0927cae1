package import EventLog
import Synchronization

/// A file system whose process may have only so many files open: further ones fail with EMFILE.
package final class LimitedFileStore: FileStore {
    private let store: any FileStore
    private let handles: Handles

    package init(_ store: any FileStore, limit: Int = .max) {
        self.store = store
        handles = Handles(limit: limit)
    }

    /// From now on `limit` files may be open; those that are stay open.
    package func setLimit(_ limit: Int) { handles.state.withLock { $0.limit = limit } }

    /// Files that are open.
    package var openCount: Int { handles.state.withLock { $0.openCount } }

    package func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        guard handles.take() else { throw tooMany(.open, path) }
        do throws(FileError) {
            return LimitedFile(try store.open(path, mode), handles)
        } catch {
            handles.giveBack()
            throw error
        }
    }

    package func fsyncDirectory(_ path: String) throws(FileError) {
        try borrowing(.fsyncDirectory, path) { () throws(FileError) in
            try store.fsyncDirectory(path)
        }
    }

    package func list(_ path: String) throws(FileError) -> [String] {
        try borrowing(.list, path) { () throws(FileError) in try store.list(path) }
    }

    package func lock(_ path: String, owner: String) throws(FileError) -> LockAttempt {
        try borrowing(.lock, path) { () throws(FileError) in try store.lock(path, owner: owner) }
    }

    package func rename(_ from: String, to: String) throws(FileError) {
        try store.rename(from, to: to)
    }
    package func unlink(_ path: String) throws(FileError) { try store.unlink(path) }
    package func createDirectory(_ path: String) throws(FileError) {
        try store.createDirectory(path)
    }
    package func freeSpace(_ path: String) throws(FileError) -> UInt64 {
        try store.freeSpace(path)
    }

    /// Calls that have a handle for as long as they take.
    private func borrowing<Answer>(
        _ operation: FileError.Operation, _ path: String,
        _ call: () throws(FileError) -> Answer
    ) throws(FileError) -> Answer {
        guard handles.take() else { throw tooMany(operation, path) }
        defer { handles.giveBack() }
        return try call()
    }

    private func tooMany(_ operation: FileError.Operation, _ path: String) -> FileError {
        FileError(operation: operation, path: path, errno: Self.tooManyOpen)
    }

    /// EMFILE.
    package static let tooManyOpen: Int32 = 24
}

/// How many files are open.
private final class Handles: Sendable {
    struct State {
        var limit: Int
        var openCount = 0
    }

    let state: Mutex<State>

    init(limit: Int) { state = Mutex(State(limit: limit)) }

    func take() -> Bool {
        state.withLock { state in
            guard state.openCount < state.limit else { return false }
            state.openCount += 1
            return true
        }
    }

    func giveBack() { state.withLock { $0.openCount -= 1 } }
}

private final class LimitedFile: File {
    private let file: any File
    private let handles: Handles

    init(_ file: any File, _ handles: Handles) {
        self.file = file
        self.handles = handles
    }

    deinit { handles.giveBack() }

    var path: String { file.path }
    var bypassesCache: Bool { file.bypassesCache }
    func pread(
        into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
    )
        throws(FileError) -> Int
    {
        try file.pread(into: buffer, at: position)
    }
    func pwrite(_ bytes: UnsafeRawBufferPointer, at position: UInt64) throws(FileError) -> Int {
        try file.pwrite(bytes, at: position)
    }
    func fdatasync() throws(FileError) { try file.fdatasync() }
    func truncate(to length: UInt64) throws(FileError) { try file.truncate(to: length) }
    func allocate(upTo end: UInt64) throws(FileError) { try file.allocate(upTo: end) }
    func size() throws(FileError) -> UInt64 { try file.size() }
}
