import NIOCore

/// Notices that a connection has been silent for too long, or a request under way for too long;
/// belongs to the connection's loop.
///
/// One timer for each connection, set anew only when it goes off: a request costs a look at the
/// clock.
final class IdleClock {
    private let limit: TimeAmount
    private let requestLimit: TimeAmount
    private let loop: any EventLoop
    private var last: NIODeadline
    private var requestBegin: NIODeadline?
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - limit: how long nothing may be read or written.
    ///   - requestLimit: how long a request may take to come whole, however steadily it comes.
    ///   - loop: the connection's.
    init(limit: TimeAmount, requestLimit: TimeAmount, loop: any EventLoop) {
        self.limit = limit
        self.requestLimit = requestLimit
        self.loop = loop
        last = loop.now
    }

    /// Notes that something was read or written.
    func touch() { last = loop.now }

    /// Notes that a request has begun to come, unless one has.
    func beginRequest() { if requestBegin == nil { requestBegin = loop.now } }

    /// Notes that the request has come whole.
    func endRequest() { requestBegin = nil }

    /// Calls `whenIdle` each time that a limit has passed, until `stop`.
    func start(_ whenIdle: @escaping () -> Void) {
        touch()
        wait(until: deadline, whenIdle)
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }

    private var deadline: NIODeadline {
        let silence = last + limit
        guard let requestBegin else { return silence }
        return min(silence, requestBegin + requestLimit)
    }

    private func wait(until deadline: NIODeadline, _ whenIdle: @escaping () -> Void) {
        timer = loop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            let now = loop.now
            if now < self.deadline { return wait(until: self.deadline, whenIdle) }
            wait(until: now + limit, whenIdle)
            whenIdle()
        }
    }
}
