import Glibc

/// A thread of its own, for work that must never hold up a thread that others share: file calls, folds.
package enum BackgroundThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Rests the calling thread, which is such a one or one of file IO, never the pool's.
    ///
    /// For rare waits for what nobody tells of: the caller looks again behind it, so a signal may end it early.
    static func pause(microseconds: UInt32) { usleep(microseconds) }

    /// Starts a detached thread; of the name 15 bytes are kept.
    ///
    /// Stops the process where the system gives no thread: for those without which it cannot work.
    package static func start(_ name: String, _ run: @escaping @Sendable () -> Void) {
        let isStarted = startIfPossible(name, run)
        precondition(isStarted, "the system gives no thread for \(name)")
    }

    /// What is said where `startIfPossible` is false.
    package static let noneLeft = LogError(
        .overloaded, "The system gives no thread now.",
        help: "Try again later; see to the limit of threads (ulimit -u, TasksMax of the service).")

    /// The same; false: the system gives none now, and nothing has run.
    package static func startIfPossible(
        _ name: String, _ run: @escaping @Sendable () -> Void
    ) -> Bool {
        let body = Unmanaged.passRetained(
            Body {
                setName(name)
                run()
            })
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// The kernel keeps so many bytes of a name, and one for the end.
    private static let nameByteCount = 15

    /// Names the thread that runs, for `top -H` and debuggers.
    private static func setName(_ name: String) {
        let short = String(decoding: name.utf8.prefix(nameByteCount), as: UTF8.self)
        _ = linuxSetThreadName(pthread_self(), short)
    }
}
