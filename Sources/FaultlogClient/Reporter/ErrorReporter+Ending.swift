extension ErrorReporter {
    /// Sends what waits, now.
    ///
    /// - Parameter timeout: how long to wait for it at most.
    /// - Returns: true when nothing that was captured before waits any more: it is on the
    ///   server's disk, or refused. False when the time was up or the task was cancelled; events
    ///   go on waiting and being sent.
    public func flush(timeout: Duration = .seconds(5)) async -> Bool {
        await sender?.flush(timeout: timeout) ?? true
    }

    /// The same for code that cannot wait as a task: keeps its thread waiting, `timeout` at most.
    ///
    /// - Parameter timeout: how long to wait for it at most.
    /// - Returns: as `flush` does.
    @available(*, noasync, message: "blocks a thread that tasks share: use flush(timeout:)")
    public func flushBlocking(timeout: Duration = .seconds(5)) -> Bool {
        sender?.flushBlocking(timeout: timeout) ?? true
    }

    /// Sends what waits, and ends.
    ///
    /// What is captured after that is dropped and counted.
    ///
    /// - Parameter timeout: how long to wait at most; what then still waits is given one more
    ///   try in the background while the process lives.
    /// - Returns: as `flush` does.
    @discardableResult
    public func shutdown(timeout: Duration = .seconds(5)) async -> Bool {
        let isSettled = await flush(timeout: timeout)
        sender?.close()
        return isSettled
    }

    /// Runs a program, or a part of one; an error that leaves it is captured as `UNHANDLED`, sent,
    /// and thrown on.
    ///
    /// A `CancellationError` is thrown on only: it is how tasks are told to end. What ends the
    /// process at once (`fatalError`, an index out of range) is seen by nobody.
    ///
    /// - Parameters:
    ///   - flushTimeout: how long the end may be held up to send what waits.
    ///   - isolation: the caller's; leave it.
    ///   - fileID: the place; leave it.
    ///   - function: the place; leave it.
    ///   - line: the place; leave it.
    ///   - body: what to run.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    public func reporting<Result>(
        flushTimeout: Duration = .seconds(5), isolation: isolated (any Actor)? = #isolation,
        fileID: String = #fileID, function: String = #function, line: Int = #line,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch {
            if !(error is CancellationError) {
                capture(
                    error: error, action: .unhandled, level: .fatal, fileID: fileID,
                    function: function, line: line)
            }
            // A task that was cancelled would not wait.
            _ = await Task.detached { await self.flush(timeout: flushTimeout) }.value
            throw error
        }
    }
}
