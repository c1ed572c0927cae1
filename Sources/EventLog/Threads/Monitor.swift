import Glibc

/// A pthread lock with conditions, for threads of the log that wait.
///
/// `Mutex` has no condition to wait for. One lock, as many conditions as are named.
final class Monitor: @unchecked Sendable {
    // Sendable: the memory is made once and is touched by pthread calls only.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        lock = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    func withLock<Answer, Failure: Error>(
        _ body: () throws(Failure) -> Answer
    ) throws(Failure)
        -> Answer
    {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body()
    }

    /// A condition of one monitor.
    final class Condition: @unchecked Sendable {
        // Sendable: as the monitor.
        private let monitor: Monitor
        private let condition: UnsafeMutablePointer<pthread_cond_t>

        init(_ monitor: Monitor) {
            self.monitor = monitor
            condition = .allocate(capacity: 1)
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        }

        deinit {
            pthread_cond_destroy(condition)
            condition.deallocate()
        }

        /// Waits, inside `withLock`; may return without a signal.
        func wait() { pthread_cond_wait(condition, monitor.lock) }

        /// Waits, inside `withLock`, until a signal or `deadline` (monotonic); false: too late.
        func wait(until deadline: timespec) -> Bool {
            var deadline = deadline
            return pthread_cond_timedwait(condition, monitor.lock, &deadline) != ETIMEDOUT
        }

        func signal() { pthread_cond_signal(condition) }
        func broadcast() { pthread_cond_broadcast(condition) }

        /// The moment so many milliseconds from now.
        static func deadline(milliseconds: Int) -> timespec {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let nanoseconds = time.tv_nsec + (milliseconds % 1000) * 1_000_000
            return timespec(
                tv_sec: time.tv_sec + milliseconds / 1000 + nanoseconds / 1_000_000_000,
                tv_nsec: nanoseconds % 1_000_000_000)
        }
    }
}

extension timespec {
    init(nanoseconds: UInt64) {
        self.init(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
}
