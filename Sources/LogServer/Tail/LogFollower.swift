import EventLog
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Writes what is made of the log, from an offset on, and goes on as the log grows.
struct LogFollower: Sendable {
    let log: EventLog
    let from: UInt64
    /// Nil: goes on as records come, until the client hangs up or the server stops.
    let until: UInt64?

    /// While nothing comes, an empty line this often shows that the line is alive and finds out
    /// that a client has gone.
    static let keepAlive = Duration.seconds(15)

    /// - Parameter read: what there is to say of the records from an offset on, and where those
    ///   begin that it has not looked at; called only where there are some.
    func write(
        to writer: inout any ResponseBodyWriter,
        _ read: (UInt64) async throws -> (ByteBuffer, UInt64)
    ) async throws {
        let arrivals = LogArrivals(log)
        defer { arrivals.stop() }
        var next = from
        while next < until ?? .max, !Task.isShuttingDownGracefully {
            if next < log.durableOffset {
                let (lines, after) = try await read(next)
                if lines.readableBytes > 0 { try await writer.write(lines) }
                next = after
                continue
            }
            if until != nil { return }
            let wake = await withGracefulShutdownHandler {
                await arrivals.wait(beyond: next, atMost: Self.keepAlive)
            } onGracefulShutdown: {
                arrivals.stop()
            }
            switch wake {
            case .grown: continue
            case .quiet: try await writer.write(ByteBuffer(string: "\n"))
            case .stopped: return
            }
        }
    }
}

/// Wakes one waiting task when the log has grown.
final class LogArrivals: Sendable {
    enum Wake {
        case grown
        /// Nothing has come within the time.
        case quiet
        /// Nothing is waited for any more: the task is cancelled, or the server stops.
        case stopped
    }

    private let log: EventLog
    private let token: CommitObserverToken
    private let stream: AsyncStream<Wake>
    private let continuation: AsyncStream<Wake>.Continuation

    init(_ log: EventLog) {
        self.log = log
        let (stream, continuation) = AsyncStream.makeStream(
            of: Wake.self, bufferingPolicy: .bufferingNewest(1))
        self.stream = stream
        self.continuation = continuation
        token = log.addCommitObserver { _ in continuation.yield(.grown) }
    }

    func stop() {
        log.removeCommitObserver(token)
        continuation.finish()
    }

    /// Waits until the log has grown beyond `offset`, for so long at most.
    func wait(beyond offset: UInt64, atMost limit: Duration) async -> Wake {
        let end = ContinuousClock.now + limit
        let timer = Task { [continuation] in
            try await Task.sleep(until: end, clock: .continuous)
            continuation.yield(.quiet)
        }
        defer { timer.cancel() }
        if log.durableOffset > offset { return .grown }
        for await wake in stream {
            // What an earlier commit or an earlier timer left may have been waiting in the stream.
            if log.durableOffset > offset { return .grown }
            if case .quiet = wake, ContinuousClock.now >= end { return .quiet }
        }
        return .stopped
    }
}
