/// Runs async work one piece after the other, in the order of arrival.
///
/// An actor alone would let the next one in at every `await`.
actor SerialTasks {
    private var last: Task<Void, Never>?

    func run<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
        let before = last
        let task = Task {
            await before?.value
            return try await work()
        }
        last = Task { _ = await task.result }
        return try await task.value
    }
}
