package import EventLog
import Glibc
import Synchronization

/// A file system in memory that can crash, fail and lie, from a seed.
///
/// `crash()` keeps any part of what was not synced, torn at 512 bytes; `faults` make calls fail.
/// Handles of before a crash must not be used after it.
package final class SimulatedFileStore: FileStore {
    /// Makes the call number `call` (from 1, counted over all calls or those of `operation`) fail.
    package struct Fault: Hashable, Sendable {
        package var operation: FileError.Operation?
        package var call: Int
        package var errno: Int32
        /// The calls after it fail too.
        package var isLasting: Bool

        package init(
            operation: FileError.Operation? = nil, call: Int, errno: Int32, isLasting: Bool = false
        ) {
            self.operation = operation
            self.call = call
            self.errno = errno
            self.isLasting = isLasting
        }
    }

    fileprivate struct State {
        var disk = SimulatedDisk()
        var random: SeededRandom
        var faults: [Fault] = []
        var callCount = 0
        var operationCounts: [FileError.Operation: Int] = [:]
        var freeByteCount = UInt64.max
        var locks: [String: String] = [:]
        var hasShortCalls = false
    }

    fileprivate let state: Mutex<State>
    private let observer = Mutex<(@Sendable () -> Void)?>(nil)
    package let bypassesCache: Bool

    package init(seed: UInt64 = 1, bypassesCache: Bool = true) {
        state = Mutex(State(random: SeededRandom(seed: seed)))
        self.bypassesCache = bypassesCache
    }

    /// A copy of the disk as it is, with its own seed and no faults: one more possible future.
    package func copy(seed: UInt64) -> SimulatedFileStore {
        let copy = SimulatedFileStore(seed: seed, bypassesCache: bypassesCache)
        copy.disk = disk
        return copy
    }

    /// Everything that is on the disk, and on its way there.
    var disk: SimulatedDisk {
        get { state.withLock { $0.disk } }
        set { state.withLock { $0.disk = newValue } }
    }

    /// Calls `look` before every call, so that the disk can be seen as it was then.
    func beforeEachCall(_ look: (@Sendable () -> Void)?) {
        observer.withLock { $0 = look }
    }

    /// Loses power.
    package func crash() {
        state.withLock { state in
            state.disk.crash(&state.random)
            state.faults = []
            state.locks = [:]
        }
    }

    /// Ends the process without losing power: nothing written is lost.
    package func kill() {
        state.withLock {
            $0.faults = []
            $0.locks = [:]
        }
    }

    /// Forgets locks: the process that held them is gone.
    package func releaseLocks() { state.withLock { $0.locks = [:] } }

    /// Does to one file of the log what a bad disk does: a bit turned, a sector zeroed, one sector
    /// in another's place, or the end lost.
    package func damage(_ random: inout SeededRandom) {
        let files = paths.filter { $0.contains("/log/") || $0.contains("manifest") }
        guard !files.isEmpty else { return }
        let path = files[random.below(files.count)]
        var bytes = self.bytes(path)
        guard !bytes.isEmpty else { return }
        let sector = SimulatedDisk.sectorByteCount
        let first = random.below(bytes.count) / sector * sector
        let second = random.below(bytes.count) / sector * sector
        func range(_ start: Int) -> Range<Int> { start..<min(start + sector, bytes.count) }
        switch random.below(4) {
        case 0: bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
        case 1:
            bytes.replaceSubrange(
                range(first), with: [UInt8](repeating: 0, count: range(first).count))
        case 2:
            let moved = Array(bytes[range(first)])
            if moved.count == range(second).count {
                bytes.replaceSubrange(range(second), with: moved)
            }
        default: bytes.removeLast(random.below(bytes.count) / 4)
        }
        setBytes(path, bytes)
    }

    package func setFaults(_ faults: [Fault]) {
        state.withLock {
            $0.faults = faults
            $0.callCount = 0
            $0.operationCounts = [:]
        }
    }

    /// Reads and writes may do less than asked for.
    package func setShortCalls(_ isOn: Bool) { state.withLock { $0.hasShortCalls = isOn } }

    package func setFreeSpace(_ byteCount: UInt64) {
        state.withLock { $0.freeByteCount = byteCount }
    }

    /// Calls since the start or the last `setFaults`.
    package var callCount: Int { state.withLock { $0.callCount } }

    /// The paths of all files, sorted.
    package var paths: [String] { state.withLock { $0.disk.names.keys.sorted() } }

    /// The bytes of a file as a reader would see them.
    package func bytes(_ path: String) -> [UInt8] {
        state.withLock { state in
            state.disk.names[path].flatMap { state.disk.contents[$0]?.live } ?? []
        }
    }

    /// Puts bytes on the disk, durable, as if they had always been there.
    package func setBytes(_ path: String, _ bytes: [UInt8]) {
        state.withLock { state in
            let file = state.disk.names[path] ?? state.disk.make(path)
            state.disk.contents[file]!.live = bytes
            state.disk.sync(file)
            state.disk.syncNames(in: SimulatedDisk.parent(path))
        }
    }

    /// Takes a file off the disk, durably, as if it had never been there.
    package func remove(_ path: String) {
        state.withLock { state in
            state.disk.setName(path, nil)
            state.disk.syncNames(in: SimulatedDisk.parent(path))
        }
    }

    // FileStore

    package func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        try fail(.open, path)
        let number = state.withLock { state -> Int? in
            if let number = state.disk.names[path] { return number }
            return mode == .read ? nil : state.disk.make(path)
        }
        guard let number else { throw FileError(operation: .open, path: path, errno: ENOENT) }
        return SimulatedFile(
            store: self, number: number, path: path,
            bypassesCache: bypassesCache && mode == .writeSegment)
    }

    package func fsyncDirectory(_ path: String) throws(FileError) {
        try fail(.fsyncDirectory, path)
        state.withLock { $0.disk.syncNames(in: path) }
    }

    package func rename(_ from: String, to: String) throws(FileError) {
        try fail(.rename, from)
        let isThere = state.withLock { state -> Bool in
            guard let file = state.disk.names[from] else { return false }
            state.disk.setName(from, nil)
            state.disk.setName(to, file)
            return true
        }
        if !isThere { throw FileError(operation: .rename, path: from, errno: ENOENT) }
    }

    package func unlink(_ path: String) throws(FileError) {
        try fail(.unlink, path)
        state.withLock { $0.disk.setName(path, nil) }
    }

    package func createDirectory(_ path: String) throws(FileError) {
        try fail(.createDirectory, path)
        state.withLock { _ = $0.disk.directories.insert(path) }
    }

    package func list(_ path: String) throws(FileError) -> [String] {
        try fail(.list, path)
        return state.withLock { state in
            state.disk.names.keys.filter { SimulatedDisk.parent($0) == path }
                .map { String($0.dropFirst(path.count + 1)) }
        }
    }

    package func freeSpace(_ path: String) throws(FileError) -> UInt64 {
        try fail(.freeSpace, path)
        return state.withLock { $0.freeByteCount }
    }

    package func lock(_ path: String, owner: String) throws(FileError) -> LockAttempt {
        try fail(.lock, path)
        let other = state.withLock { state -> String? in
            if let other = state.locks[path] { return other }
            state.locks[path] = owner
            return nil
        }
        if let other { return .taken(owner: other) }
        return .held(SimulatedLock(store: self, path: path))
    }

    fileprivate func look() { observer.withLock { $0 }?() }

    /// Counts a call and fails it when a fault says so.
    fileprivate func fail(_ operation: FileError.Operation, _ path: String) throws(FileError) {
        look()
        if let code = state.withLock({ $0.count(operation) }) {
            throw FileError(operation: operation, path: path, errno: code)
        }
    }
}

extension SimulatedFileStore.State {
    fileprivate mutating func count(_ operation: FileError.Operation) -> Int32? {
        callCount += 1
        operationCounts[operation, default: 0] += 1
        for fault in faults {
            if let wanted = fault.operation, wanted != operation { continue }
            let count = fault.operation == nil ? callCount : operationCounts[operation] ?? 0
            if count == fault.call || (fault.isLasting && count > fault.call) { return fault.errno }
        }
        return nil
    }

    /// How much of `count` bytes a call does.
    fileprivate mutating func share(of count: Int) -> Int {
        guard hasShortCalls, count > 1, random.chance(oneIn: 3) else { return count }
        return 1 + random.below(count)
    }
}

private final class SimulatedLock: FileLock {
    private let store: SimulatedFileStore
    private let path: String

    init(store: SimulatedFileStore, path: String) {
        self.store = store
        self.path = path
    }

    deinit { store.state.withLock { $0.locks[path] = nil } }
}

private final class SimulatedFile: File {
    let path: String
    let bypassesCache: Bool
    private let store: SimulatedFileStore
    private let number: Int

    init(store: SimulatedFileStore, number: Int, path: String, bypassesCache: Bool) {
        self.store = store
        self.number = number
        self.path = path
        self.bypassesCache = bypassesCache
    }

    func pread(
        into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
    )
        throws(FileError) -> Int
    {
        try store.fail(.pread, path)
        let bytes = store.state.withLock { state -> [UInt8] in
            let wanted = state.share(of: buffer.count)
            let live = state.disk.contents[number]?.live ?? []
            guard position < UInt64(live.count) else { return [] }
            let start = Int(position)
            return Array(live[start..<min(start + wanted, live.count)])
        }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    func pwrite(_ bytes: UnsafeRawBufferPointer, at position: UInt64) throws(FileError) -> Int {
        store.look()
        let copy = Array(bytes)
        let failure = store.state.withLock { state -> Int32? in
            guard let code = state.count(.pwrite) else { return nil }
            // A failed write may have written a part.
            let part = state.random.below(copy.count + 1)
            state.disk.write(number, Array(copy.prefix(part)), at: Int(position))
            return code
        }
        if let failure { throw FileError(operation: .pwrite, path: path, errno: failure) }
        return store.state.withLock { state in
            let count = state.share(of: copy.count)
            state.disk.write(number, Array(copy.prefix(count)), at: Int(position))
            return count
        }
    }

    func fdatasync() throws(FileError) {
        store.look()
        let failure = store.state.withLock { state -> Int32? in
            if let code = state.count(.fdatasync) {
                state.disk.failSync(number, &state.random)
                return code
            }
            state.disk.sync(number)
            return nil
        }
        if let failure { throw FileError(operation: .fdatasync, path: path, errno: failure) }
    }

    func truncate(to length: UInt64) throws(FileError) {
        try store.fail(.truncate, path)
        store.state.withLock { $0.disk.setLength(number, Int(length)) }
    }

    func allocate(upTo end: UInt64) throws(FileError) {
        try store.fail(.allocate, path)
        let isFull = store.state.withLock { $0.freeByteCount == 0 }
        if isFull { throw FileError(operation: .allocate, path: path, errno: ENOSPC) }
    }

    func size() throws(FileError) -> UInt64 {
        try store.fail(.size, path)
        return store.state.withLock { UInt64($0.disk.contents[number]?.live.count ?? 0) }
    }
}
