import NIOPosix

extension Faultlog {
    /// Does long work on files, which answers must not wait for, on a thread for such work.
    ///
    /// The threads are as any other: a nicer one would hand that on to those of tasks that it wakes.
    /// Throws `CancellationError` where the server has stopped.
    func chore<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await chores.runIfActive(body)
    }
}
