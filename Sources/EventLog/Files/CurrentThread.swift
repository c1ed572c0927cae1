import Glibc

/// The thread that runs.
package enum CurrentThread {
    /// The kernel keeps so many bytes, and one for the end.
    private static let nameByteCount = 15

    /// Gives it a name, for `top -H` and debuggers; what is beyond 15 bytes is left out.
    ///
    /// Foundation tells the system only names that are given behind the start, when the thread may be gone.
    package static func setName(_ name: String) {
        let short = String(decoding: name.utf8.prefix(nameByteCount), as: UTF8.self)
        _ = linuxSetThreadName(pthread_self(), short)
    }

    private static let blockingKey = {
        var key = pthread_key_t()
        guard pthread_key_create(&key, nil) == 0 else { fatalError("no thread-specific data") }
        return key
    }()

    /// Whether it is one that may wait for a disk, a lock or a database, and is not, as those of event
    /// loops and of Swift's tasks, one of a few that must never wait.
    package static var mayBlock: Bool { pthread_getspecific(blockingKey) != nil }

    /// Calls `body` as one that may block, which whoever owns the thread says.
    package static func blocking<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
        let before = pthread_getspecific(blockingKey)
        // Any address but none.
        pthread_setspecific(blockingKey, UnsafeRawPointer(bitPattern: 1))
        defer { pthread_setspecific(blockingKey, before) }
        return try body()
    }
}
