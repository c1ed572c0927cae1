/// Why a file is opened.
package enum FileMode: Hashable, Sendable {
    /// To read an existing file.
    case read
    /// To write whole sectors from aligned memory, past the page cache where the file system
    /// allows it; the file is made when it is missing.
    case writeSegment
    /// To write small things through the page cache; the file is made when it is missing.
    case write
}

/// An open file of the port.
///
/// All calls block; all may be made from any thread.
///
/// `pread` and `pwrite` may do less than asked for, as the system calls may: use `readFully` and
/// `writeFully`. A file is closed when its last owner lets go of it.
package protocol File: AnyObject, Sendable {
    /// Where the file is, for messages.
    var path: String { get }
    /// True: reads and writes go past the page cache, so that what is read is what the disk holds.
    var bypassesCache: Bool { get }
    /// Reads at most `buffer.count` bytes at `position`; 0 means the end of the file.
    func pread(
        into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
    )
        throws(FileError) -> Int
    /// Writes at most `bytes.count` bytes at `position`, and says how many.
    ///
    /// Nothing is durable.
    func pwrite(_ bytes: UnsafeRawBufferPointer, at position: UInt64) throws(FileError) -> Int
    /// On return the bytes written before and the length of the file are durable.
    ///
    /// After an error the state of those bytes is unknown, and another call proves nothing.
    func fdatasync() throws(FileError)
    /// Sets the length of the file.
    ///
    /// Durable after `fdatasync`.
    func truncate(to length: UInt64) throws(FileError)
    /// Reserves space for the bytes below `end` without changing the length of the file.
    ///
    /// A file system that cannot do that does nothing, without an error.
    func allocate(upTo end: UInt64) throws(FileError)
    /// The length of the file in bytes.
    func size() throws(FileError) -> UInt64
}

/// A held lock; it is given back when its last owner lets go of it.
package protocol FileLock: AnyObject, Sendable {}

/// The answer to an attempt to take a lock.
package enum LockAttempt: Sendable {
    case held(any FileLock)
    /// Somebody else has it; `owner` is the text in the file.
    case taken(owner: String)
}

/// All the file system the log uses: the same engine runs on a real disk and on a simulated one.
///
/// All calls block and may be made from any thread. Paths are absolute or relative to the
/// working directory, with `/` between their parts.
package protocol FileStore: Sendable {
    /// Opens a file; what is made is durable after `fsyncDirectory`.
    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File
    /// On return the entries of the directory (names made, changed, removed) are durable.
    func fsyncDirectory(_ path: String) throws(FileError)
    /// Replaces `to` in one step.
    ///
    /// Durable after `fsyncDirectory` of both directories.
    func rename(_ from: String, to: String) throws(FileError)
    /// Durable after `fsyncDirectory`.
    func unlink(_ path: String) throws(FileError)
    /// Makes the directory and those above it; one that is there already is no error.
    func createDirectory(_ path: String) throws(FileError)
    /// The names in a directory, without `.` and `..`, in no order.
    func list(_ path: String) throws(FileError) -> [String]
    /// Bytes that this process may still use on the device that holds `path`.
    func freeSpace(_ path: String) throws(FileError) -> UInt64
    /// Takes an exclusive lock on a file and writes `owner` into it; never waits.
    func lock(_ path: String, owner: String) throws(FileError) -> LockAttempt
}
