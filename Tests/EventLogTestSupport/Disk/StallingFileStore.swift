package import EventLog
import Glibc

/// The machine's files on a disk that stops answering: syncs wait until `resume`.
package final class StallingFileStore: FileStore {
    private let store = PosixFileStore()
    private let gate = Gate()

    package init() {}

    /// From now on no sync returns.
    package func stall() { gate.close() }

    /// Lets all of them go on.
    package func resume() { gate.open() }

    package func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        StallingFile(try store.open(path, mode), gate)
    }

    package func fsyncDirectory(_ path: String) throws(FileError) {
        gate.pass()
        try store.fsyncDirectory(path)
    }

    package func rename(_ from: String, to: String) throws(FileError) {
        try store.rename(from, to: to)
    }
    package func unlink(_ path: String) throws(FileError) { try store.unlink(path) }
    package func createDirectory(_ path: String) throws(FileError) {
        try store.createDirectory(path)
    }
    package func list(_ path: String) throws(FileError) -> [String] { try store.list(path) }
    package func freeSpace(_ path: String) throws(FileError) -> UInt64 {
        try store.freeSpace(path)
    }
    package func lock(_ path: String, owner: String) throws(FileError) -> LockAttempt {
        try store.lock(path, owner: owner)
    }
}

/// Open or closed; `pass` waits while it is closed.
///
/// `@unchecked Sendable`: the memory is made once and is touched by pthread calls, and `isOpen`
/// inside the lock only.
private final class Gate: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let opened = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isOpen = true

    init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(opened, nil)
    }

    deinit {
        pthread_cond_destroy(opened)
        pthread_mutex_destroy(lock)
        opened.deallocate()
        lock.deallocate()
    }

    func close() { set(false) }
    func open() { set(true) }

    private func set(_ value: Bool) {
        pthread_mutex_lock(lock)
        isOpen = value
        pthread_cond_broadcast(opened)
        pthread_mutex_unlock(lock)
    }

    func pass() {
        pthread_mutex_lock(lock)
        while !isOpen { pthread_cond_wait(opened, lock) }
        pthread_mutex_unlock(lock)
    }
}

private final class StallingFile: File {
    private let file: any File
    private let gate: Gate

    init(_ file: any File, _ gate: Gate) {
        self.file = file
        self.gate = gate
    }

    var path: String { file.path }
    var bypassesCache: Bool { file.bypassesCache }
    func pread(
        into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
    ) throws(FileError) -> Int { try file.pread(into: buffer, at: position) }
    func pwrite(_ bytes: UnsafeRawBufferPointer, at position: UInt64) throws(FileError) -> Int {
        try file.pwrite(bytes, at: position)
    }
    func fdatasync() throws(FileError) {
        gate.pass()
        try file.fdatasync()
    }
    func truncate(to length: UInt64) throws(FileError) { try file.truncate(to: length) }
    func allocate(upTo end: UInt64) throws(FileError) { try file.allocate(upTo: end) }
    func size() throws(FileError) -> UInt64 { try file.size() }
}
