import EventLog
import NIOCore

/// Moves the bytes of one stream between its socket, its session and the log.
///
/// Decides nothing: `StreamSession` does. All calls come on the channel's loop.
final class StreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Records that the log had no room for.
    private struct Held {
        var number: Int
        var records: [NewRecord]
    }

    private let intake: IngestProcessor
    private let mailbox: AckMailbox
    private let connections: StreamConnections
    private var session: StreamSession
    private var held: [Held] = []
    private var isReadHeld = false
    /// `run` is on the stack, or will be called when the mailbox is empty.
    private var isRunning = false
    private var isRunPosted = false
    /// The last line is written; what still comes is thrown away.
    private var isClosing = false
    /// The last line is sent, and the client is told that nothing follows.
    private var isLingering = false
    private var hasInputEnded = false
    /// The connection is gone; what a quiet stream has left may still be on its way to the log.
    private var isGone = false
    /// Until when the log is asked again for a connection that is gone.
    private var patienceEnd = NIODeadline.distantFuture
    private var deadline: Scheduled<Void>?
    private var retry: Scheduled<Void>?

    init(intake: IngestProcessor, mailbox: AckMailbox, connections: StreamConnections) {
        self.intake = intake
        self.mailbox = mailbox
        self.connections = connections
        session = StreamSession(durability: intake.durability)
    }

    // MARK: the connection

    func channelActive(context: ChannelHandlerContext) {
        switch connections.admit(context.channel) {
        case .admitted:
            setDeadline(context, seconds: StreamLimits.helloSeconds) { [self] in
                if session.isOpening { session.fail(.late) }
                run(context)
            }
        case .full:
            session.fail(.tooManyConnections)
            run(context)
        case .closed:
            context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isGone = true
        patienceEnd = .now() + .seconds(StreamLimits.stallSeconds)
        deadline?.cancel()
        session.gone()
        if !session.isQuiet {
            held = []
            retry?.cancel()
        }
        run(context)
        connections.leave(context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is StreamStop:
            session.stop()
            run(context)
        case ChannelEvent.inputClosed:
            hasInputEnded = true
            if isLingering { return context.close(promise: nil) }
            session.inputEnded()
            run(context)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: bytes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isClosing { return }
        mailbox.notePoll()
        unwrapInboundIn(data).withUnsafeReadableBytes { session.receive($0) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        run(context)
        context.fireChannelReadComplete()
    }

    /// The back-pressure: a socket that is not read fills, and its client waits.
    func read(context: ChannelHandlerContext) {
        if isClosing || session.wantsInput {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isOpen = context.channel.isWritable
        session.output(isOpen: isOpen)
        if isOpen {
            if !isClosing { deadline?.cancel() }
            run(context)
        } else {
            closeLater(context, seconds: StreamLimits.stallSeconds)
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: actions

    private func run(_ context: ChannelHandlerContext) {
        guard !isRunning else { return }
        isRunning = true
        while let action = session.next() { perform(action, context) }
        isRunning = false
        if isReadHeld, !isGone, isClosing || session.wantsInput {
            isReadHeld = false
            context.read()
        }
    }

    private func perform(_ action: StreamSession.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .greet(let hello):
            guard let project = intake.projects.project(key: hello.key, at: intake.now) else {
                return session.fail(.unknownKey)
            }
            deadline?.cancel()
            session.greeted(hello, project: project.id, slug: project.slug)
        case .take(let burst):
            take(burst, context)
        case .write(let bytes):
            if isGone { return }
            let buffer = context.channel.allocator.buffer(bytes: bytes)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        case .close(let lingers):
            close(context, lingers: lingers)
        }
    }

    private func take(_ burst: StreamBurst, _ context: ChannelHandlerContext) {
        let (records, fate) = intake.take(burst, session.lines, isQuiet: session.isQuiet)
        if fate.isKeyLost { return session.fail(.unknownKey) }
        let number = session.took(burst, fate)
        connections.count {
            $0.lines += burst.lineCount
            $0.refused += burst.refused.count + fate.refused.count
            $0.limited += fate.limited
        }
        if !records.isEmpty { append(Held(number: number, records: records), context) }
    }

    private func append(_ batch: Held, _ context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound(
            (handler: self, context: context), eventLoop: context.eventLoop)
        intake.append(batch.records, eventCount: batch.records.count, session.durability) {
            [mailbox] result in
            mailbox.post {
                let (handler, context) = loopBound.value
                handler.answered(batch, result, context)
            }
        }
    }

    /// The log has answered for a batch.
    private func answered(
        _ batch: Held, _ result: Result<StoredEvents, LogError>, _ context: ChannelHandlerContext
    ) {
        if case .success(let stored) = result {
            connections.count {
                $0.accepted += stored.accepted
                $0.duplicate += stored.duplicate
            }
        }
        switch result {
        case .success(let stored):
            let offset = stored.receipt.outcomes.map(\.offset).max()
            session.settled(
                batch.number,
                .stored(accepted: stored.accepted, duplicate: stored.duplicate, offset: offset))
        case .failure(let error):
            if let wait = patience(with: error), .now() < patienceEnd {
                return hold(batch, wait, context)
            }
            if error.code == .invalidRecord {
                intake.counters.refuse("too_large", batch.records.count)
                session.settled(batch.number, .refused(reason: "\(error)"))
            } else {
                session.settled(batch.number, .failed(.unavailable(error)))
            }
        }
        // Behind all that the same commit answers, so that one ack serves it.
        if isRunPosted { return }
        isRunPosted = true
        let loopBound = NIOLoopBound(
            (handler: self, context: context), eventLoop: context.eventLoop)
        mailbox.post {
            let (handler, context) = loopBound.value
            handler.isRunPosted = false
            handler.run(context)
        }
    }

    // MARK: a log without room

    /// How long to wait before the same records are tried again; nil: that is not for us to do.
    ///
    /// A client that reads acks is told of a full disk; one that does not is made to wait.
    private func patience(with error: LogError) -> TimeAmount? {
        switch error.code {
        case .overloaded: .milliseconds(StreamLimits.queueRetryMilliseconds)
        case .diskFull, .inputOutput, .syncFailed:
            session.isQuiet ? .seconds(Int64(IngestLimits.retryAfterSeconds)) : nil
        default: nil
        }
    }

    private func hold(_ batch: Held, _ wait: TimeAmount, _ context: ChannelHandlerContext) {
        held.append(batch)
        session.hold(true)
        guard held.count == 1 else { return }
        retry = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { [self] in
            let batches = held
            held = []
            session.hold(false)
            for batch in batches { append(batch, context) }
            run(context)
        }
    }

    // MARK: the end

    private func close(_ context: ChannelHandlerContext, lingers: Bool) {
        if let fault = session.endedBy { intake.counters.refuse(fault.countedAs ?? fault.code) }
        isClosing = true
        if isGone { return }
        closeLater(context, seconds: StreamLimits.stallSeconds)
        let loopBound = NIOLoopBound(
            (handler: self, context: context), eventLoop: context.eventLoop)
        let empty = context.channel.allocator.buffer(capacity: 0)
        context.writeAndFlush(wrapOutboundOut(empty)).whenComplete { _ in
            let (handler, context) = loopBound.value
            guard lingers, !handler.hasInputEnded else { return context.close(promise: nil) }
            handler.isLingering = true
            context.close(mode: .output, promise: nil)
            handler.closeLater(context, seconds: StreamLimits.lingerSeconds)
        }
    }

    private func closeLater(_ context: ChannelHandlerContext, seconds: Int64) {
        setDeadline(context, seconds: seconds) { context.close(promise: nil) }
    }

    /// Takes the place of the deadline before.
    private func setDeadline(
        _ context: ChannelHandlerContext, seconds: Int64, _ action: @escaping () -> Void
    ) {
        deadline?.cancel()
        guard !isGone else { return }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(
            in: .seconds(seconds), action)
    }
}
