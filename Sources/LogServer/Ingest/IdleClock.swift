import NIOCore

/// Notices that a connection has been silent for too long; belongs to the connection's loop.
///
/// One timer for each connection, set anew only when it goes off: a request costs a look at the
/// clock.
final class IdleClock {
    private let limit: TimeAmount
    private var last = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(limit: TimeAmount) {
        self.limit = limit
    }

    /// Notes that something was read or written.
    func touch() { last = .now() }

    /// Calls `whenIdle` each time that the limit has passed without a touch, until `stop`.
    func start(_ loop: any EventLoop, _ whenIdle: @escaping () -> Void) {
        touch()
        wait(loop, until: last + limit, whenIdle)
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }

    private func wait(
        _ loop: any EventLoop, until deadline: NIODeadline, _ whenIdle: @escaping () -> Void
    ) {
        timer = loop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            let now = NIODeadline.now()
            if now < last + limit { return wait(loop, until: last + limit, whenIdle) }
            wait(loop, until: now + limit, whenIdle)
            whenIdle()
        }
    }
}
