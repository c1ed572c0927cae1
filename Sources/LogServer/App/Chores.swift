import Glibc
import NIOPosix

extension Faultlog {
    /// A third of the weight of a thread that serves, wherever processors are short.
    private static let choreNiceness: CInt = 5

    /// Does long work on files, which answers must not wait for, on a thread for such work.
    ///
    /// Throws `CancellationError` where the server has stopped.
    func chore<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await chores.runIfActive {
            // This thread only, and for good: no other work comes to it.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.choreNiceness)
            return try body()
        }
    }
}
