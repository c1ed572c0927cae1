extension ErrorReporter {
    /// Runs `body` in a scope of its own: what is set in it, and what it leaves behind as
    /// breadcrumbs, is seen by its task and child tasks only.
    ///
    /// Use one for each request or job. It begins as a copy of the scope around it.
    ///
    /// - Parameters:
    ///   - traceID: the request's; nil: a new one for an outermost scope, else the same as around.
    ///   - isolation: the caller's; leave it.
    ///   - body: gets the scope, which is also `scope` while it runs.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; it is not captured.
    public func withScope<Result>(
        traceID: String? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: (ReportingScope) async throws -> Result
    ) async rethrows -> Result {
        let scope = newScope(traceID)
        return try await CurrentScope.$entries.withValue(
            CurrentScope.entries(with: scope, for: baseScope),
            operation: { try await body(scope) }, isolation: isolation)
    }

    /// The same for code that does not wait.
    ///
    /// - Parameters:
    ///   - traceID: the request's; nil: a new one for an outermost scope, else the same as around.
    ///   - body: gets the scope, which is also `scope` while it runs.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws; it is not captured.
    public func withScope<Result>(
        traceID: String? = nil, _ body: (ReportingScope) throws -> Result
    ) rethrows -> Result {
        let scope = newScope(traceID)
        return try CurrentScope.$entries.withValue(
            CurrentScope.entries(with: scope, for: baseScope)
        ) { try body(scope) }
    }

    private func newScope(_ traceID: String?) -> ReportingScope {
        var values = scope.values
        if let traceID {
            values.traceID = traceID
        } else if CurrentScope.scope(of: baseScope) == nil {
            values.traceID = RandomID.text()
        }
        return ReportingScope(values)
    }
}
