import NIOCore
import Synchronization

/// The open streams of all doors, and what became of what came over them.
///
/// Safe from any thread.
package final class StreamConnections: Sendable {
    /// Sums since the process started, and how many are open.
    package struct Totals: Sendable {
        package var open = 0
        package var opened = 0
        /// Connections over the limit.
        package var turnedAway = 0
        /// Lines read, empty ones too.
        package var lines = 0
        package var accepted = 0
        package var duplicate = 0
        package var refused = 0
        /// Over a project's rate.
        package var limited = 0
    }

    /// What becomes of a new connection.
    enum Admission {
        case admitted
        /// It is told that there are too many.
        case full
        /// It is closed: even of those there are too many, or the server stops.
        case closed
    }

    private struct State {
        var totals = Totals()
        var admitted: Set<ObjectIdentifier> = []
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    package var totals: Totals { state.withLock { $0.totals } }

    func count(_ change: (inout Totals) -> Void) { state.withLock { change(&$0.totals) } }

    func admit(_ channel: any Channel) -> Admission {
        state.withLock { state in
            let limit = StreamLimits.connections
            guard !state.isStopping,
                state.channels.count < limit + StreamLimits.refusedConnections
            else { return .closed }
            state.channels[ObjectIdentifier(channel)] = channel
            guard state.admitted.count < limit else {
                state.totals.turnedAway += 1
                return .full
            }
            state.admitted.insert(ObjectIdentifier(channel))
            state.totals.opened += 1
            state.totals.open = state.admitted.count
            return .admitted
        }
    }

    func leave(_ channel: any Channel) {
        state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            state.admitted.remove(ObjectIdentifier(channel))
            state.totals.open = state.admitted.count
        }
    }

    /// Takes no more connections and waits until all have ended, at most for the time that
    /// draining has; `isGraceful`: each settles what was read, else they are closed at once.
    func end(isGraceful: Bool) async {
        let channels = state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
        guard let loop = channels.first?.eventLoop else { return }
        for channel in channels {
            if isGraceful {
                channel.pipeline.fireUserInboundEventTriggered(StreamStop())
            } else {
                channel.close(promise: nil)
            }
        }
        let cut = loop.scheduleTask(in: .seconds(StreamLimits.drainSeconds)) {
            for channel in channels { channel.close(promise: nil) }
        }
        try? await EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: loop).get()
        cut.cancel()
    }
}

/// Tells a stream that the server stops.
struct StreamStop: Sendable {}
