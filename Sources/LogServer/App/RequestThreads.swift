import EventLog
import NIOPosix

/// The threads on which requests of the API are handled: they may block.
///
/// A request that is handled where it also reads the views and the log waits for a thread twice, to come
/// from its event loop and to go back to it. Between tasks that must not block and threads that may it
/// would go to and fro with every read, and on a busy machine each way takes as long as most answers.
/// Tasks are given to the threads in turn. Safe from any thread.
final class RequestThreads: TaskExecutor {
    /// Two cores read no more at once; the others are for requests that wait for a disk or a lock.
    private static let threadCount = 4

    private let pool = NIOThreadPool(numberOfThreads: threadCount)

    func start() { pool.start() }

    /// Returns when what runs is done; what comes from now on is done by whoever brings it.
    func stop() { try? pool.syncShutdownGracefully() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // A task must end, whether the threads still work or not.
        pool.submit { [self] _ in
            CurrentThread.blocking { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Does what blocks: here, where this is one of the threads, else on one of them.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        if CurrentThread.mayBlock { return try body() }
        return try await pool.runIfActive { try CurrentThread.blocking(body) }
    }
}
