package import GRDB

/// What queries are asked of: a view as it is, or as it was.
package protocol ViewReading: Sendable {
    /// Reads in one snapshot of the view; also returns the offset that the snapshot reflects.
    func read<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> (value: T, offset: UInt64)
}

/// A view as it was when it reflected everything below an offset.
package struct ViewAsOf<P: Projection>: ViewReading {
    private let live: any LiveView
    private let past: PastViews
    private let offset: UInt64

    package init(_ type: P.Type, live: any LiveView, past: PastViews, offset: UInt64) {
        self.live = live
        self.past = past
        self.offset = offset
    }

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> (value: T, offset: UInt64) {
        if let answer = try await readLive(body) { return answer }
        return (value: try await past.read(P.self, at: offset, body), offset: offset)
    }

    /// While nothing has come since, the past is the present; nil: something has.
    private func readLive<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> (value: T, offset: UInt64)? {
        guard live.status.offset <= offset else { return nil }
        do {
            try await live.waitUntil(offset: offset)
        } catch is ViewTimeout {
            return nil
        }
        guard live.status.offset == offset else { return nil }
        let answer = try await live.read(body)
        return answer.offset == offset ? answer : nil
    }
}
