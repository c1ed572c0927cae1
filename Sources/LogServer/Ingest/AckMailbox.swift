import NIOCore
import Synchronization

/// Carries answers of the log from its own thread back to an event loop, many at a time, and lets the
/// loop look at its sockets in between.
///
/// A group commit answers dozens of requests at once; one wake-up of the loop serves them all.
/// `post` may be called from any thread; the work runs on the loop, in the order of posting. The loop
/// itself works off all tasks that are due before it looks at a socket again, and an answer may begin the
/// next request of a connection, whose answer may come while the loop still does so: without an end,
/// connections that pipeline would keep all others waiting.
final class AckMailbox: Sendable {
    /// What belongs to the loop.
    private final class Turn {
        var work = CircularBuffer<() -> Void>()
        /// When the loop last had looked at its sockets, as far as is known.
        var lastPoll = NIODeadline.now()
        var isRunning = false
        /// The loop looks at its sockets before the rest is done.
        var isResting = false
    }

    private let loop: any EventLoop
    private let posted = Mutex<[@Sendable () -> Void]>([])
    private let turn: NIOLoopBoundBox<Turn>

    /// So long the loop works without a look at its sockets: what another connection waits for at most.
    static let turnLength = TimeAmount.milliseconds(5)
    /// The rest in which it looks at them: longer than what else the loop may have to do meanwhile.
    static let restLength = TimeAmount.microseconds(200)

    init(loop: any EventLoop) {
        self.loop = loop
        turn = .makeBoxSendingValue(Turn(), eventLoop: loop)
    }

    func post(_ work: @escaping @Sendable () -> Void) {
        let isFirst = posted.withLock { posted in
            posted.append(work)
            return posted.count == 1
        }
        if isFirst { loop.execute { self.deliver() } }
    }

    private func deliver() {
        let work = posted.withLock { posted in
            defer { posted.removeAll(keepingCapacity: true) }
            return posted
        }
        let turn = turn.value
        for piece in work { turn.work.append(piece) }
        run(turn)
    }

    // MARK: on the loop

    /// Does this behind what is waiting to be done.
    func later(_ work: @escaping () -> Void) {
        let turn = turn.value
        turn.work.append(work)
        guard turn.work.count == 1, !turn.isRunning, !turn.isResting else { return }
        loop.execute { self.run(self.turn.value) }
    }

    /// Notes that something was read, which happens only when the loop has looked at its sockets.
    func notePoll() { turn.value.lastPoll = .now() }

    private func run(_ turn: Turn) {
        guard !turn.isRunning, !turn.isResting else { return }
        turn.isRunning = true
        defer { turn.isRunning = false }
        while let piece = turn.work.popFirst() {
            piece()
            if !turn.work.isEmpty, turn.lastPoll + Self.turnLength < .now() { return rest(turn) }
        }
    }

    private func rest(_ turn: Turn) {
        turn.isResting = true
        loop.assumeIsolated().scheduleTask(in: Self.restLength) {
            turn.isResting = false
            turn.lastPoll = .now()
            self.run(turn)
        }
    }
}

/// The mailboxes of a group, one a loop.
final class AckMailboxes: Sendable {
    private let mailboxes: [ObjectIdentifier: AckMailbox]

    init(group: any EventLoopGroup) {
        var mailboxes: [ObjectIdentifier: AckMailbox] = [:]
        for loop in group.makeIterator() {
            mailboxes[ObjectIdentifier(loop)] = AckMailbox(loop: loop)
        }
        self.mailboxes = mailboxes
    }

    func mailbox(for loop: any EventLoop) -> AckMailbox {
        mailboxes[ObjectIdentifier(loop)] ?? AckMailbox(loop: loop)
    }
}
