import Synchronization

@testable import LogServer

/// The lines of an answer that goes on as the log grows; from one thread at a time.
final class FollowedLines: Sendable {
    private let wire: Wire
    private let start = ContinuousClock.now
    private let emptyCount = Atomic(0)

    /// Asks on a connection of its own.
    init(_ server: RunningServer, _ target: String) throws {
        wire = try server.wire()
        try wire.send(RunningServer.request("GET", target))
    }

    /// Blocks until the head of the answer is there.
    func waitForHead() throws { _ = try wire.head() }

    /// The next line, with its newline; behind the head.
    ///
    /// Blocks. An empty one is passed over where the time for one is over, as on a machine that stands
    /// still for a while; any other is given.
    func next() throws -> String {
        while true {
            let text = String(decoding: try wire.chunk(), as: UTF8.self)
            let count = emptyCount.load(ordering: .relaxed) + 1
            let isTime = ContinuousClock.now - start >= LogFollower.keepAlive * count
            guard text == "\n", isTime else { return text }
            emptyCount.store(count, ordering: .relaxed)
        }
    }
}
