import EventLog
import NIOCore
import NIOHTTP1

/// Said by the pipeline to the front: all of a request has come.
struct RequestIsWhole {}

/// Answers plain ingest requests straight from the bytes of a connection, in front of the pipeline.
///
/// A request whose head `IngestHead` takes never meets the HTTP parser and the handlers behind it:
/// most of the work on a small event was theirs. Requests that come behind one in the log's hands are
/// worked on at once, and answered in their order (RFC 9112, 9.3.2). With the first request of any other
/// kind all bytes of the connection go to the pipeline, for good. The answers are the same on both ways.
/// All calls come on the channel's loop.
final class IngestFront: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private enum State {
        /// Between requests.
        case open
        /// The head of a request has not come whole: what there is of it.
        case beginning(ByteBuffer)
        case receiving(Incoming)
        /// The rest is for the pipeline, which has to wait for the answers before its own.
        case leaving
        /// The pipeline behind has the connection.
        case passing
    }

    /// A request whose body has not come whole.
    private struct Incoming {
        var head: IngestHead
        /// What has come, from the head's first byte on.
        var bytes: ByteBuffer
        let share: BodyRoom.Share
    }

    private let intake: IngestProcessor
    private let mailbox: AckMailbox
    private let idle: IdleClock
    private var state = State.open
    private var queue = AnswerQueue()
    /// What came and was not looked at yet.
    private var rest: ByteBuffer?
    /// What happened to the connection while answers were due: told when they are written.
    private var heldEvents: [Any] = []
    private var isReadHeld = false
    private var isFlushDue = false
    private var isFlushPosted = false
    private var isTurnAsked = false

    init(intake: IngestProcessor, mailbox: AckMailbox, loop: any EventLoop) {
        self.intake = intake
        self.mailbox = mailbox
        idle = IdleClock(
            limit: .seconds(IngestLimits.idleSeconds),
            requestLimit: .seconds(IngestLimits.requestSeconds), loop: loop)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        idle.start { [self] in
            // A request in the log's hands is answered soon.
            if !queue.isEmpty { return }
            userInboundEventTriggered(
                context: context, event: IdleStateHandler.IdleStateEvent.all)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { idle.stop() }

    func channelInactive(context: ChannelHandlerContext) {
        idle.stop()
        state = .passing
        rest = nil
        context.fireChannelInactive()
    }

    // MARK: bytes that come

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        idle.touch()
        mailbox.notePoll()
        switch state {
        case .passing:
            idle.beginRequest()
            context.fireChannelRead(data)
        case .open, .leaving:
            var more = unwrapInboundIn(data)
            if rest == nil { rest = more } else { rest?.writeBuffer(&more) }
            takeRest(context)
        case .beginning(var bytes):
            state = .open
            var more = unwrapInboundIn(data)
            bytes.writeBuffer(&more)
            rest = bytes
            takeRest(context)
        case .receiving(var incoming):
            state = .open  // gives up the buffer, so that it grows in place
            var more = unwrapInboundIn(data)
            incoming.bytes.writeBuffer(&more)
            if incoming.bytes.readableBytes < incoming.head.requestByteCount {
                if incoming.share.grow(to: incoming.bytes.readableBytes) {
                    state = .receiving(incoming)
                } else {
                    // The pipeline refuses it there where the rest can be thrown away.
                    leave(incoming.bytes, context)
                }
            } else {
                process(incoming.head, incoming.bytes, context)
                takeRest(context)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .passing = state { context.fireChannelReadComplete() }
    }

    /// Works on what has come, as long as the connection may have more in the log's hands; when some
    /// requests are done it is the turn of other connections.
    private func takeRest(_ context: ChannelHandlerContext) {
        var count = 0
        while case .open = state, let bytes = rest, queue.hasRoom, context.channel.isWritable {
            if count == IngestLimits.requestsOfTurn {
                askForTurn(context)
                break
            }
            count += 1
            rest = nil
            take(bytes, context)
        }
        if isFlushDue { flushSoon(context) }
        if rest == nil {
            if isReadHeld {
                isReadHeld = false
                context.read()
            }
            tellHeldEvents(context)
        }
    }

    private func askForTurn(_ context: ChannelHandlerContext) {
        guard !isTurnAsked else { return }
        isTurnAsked = true
        mailbox.later { [self] in
            isTurnAsked = false
            // The connection may be gone.
            if case .passing = state { return }
            takeRest(context)
        }
    }

    /// Takes the request with which the bytes begin.
    private func take(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        switch bytes.withUnsafeReadableBytes({ IngestHead.read($0) }) {
        case .plain(let head) where bytes.readableBytes >= head.requestByteCount:
            process(head, bytes, context)
        case .plain(let head):
            idle.beginRequest()
            // At once what is announced: growing step by step copies a batch several times.
            let room = min(head.requestByteCount, IngestLimits.bodyRoom)
            state = .receiving(
                Incoming(
                    head: head, bytes: copy(bytes, room: room, context),
                    share: BodyRoom.Share(intake.bodies)))
        case .unfinished:
            idle.beginRequest()
            state = .beginning(copy(bytes, room: 0, context))
        case .foreign:
            leave(bytes, context)
        }
    }

    /// The same bytes, which no longer hold on to all that was read with them.
    private func copy(
        _ bytes: ByteBuffer, room: Int, _ context: ChannelHandlerContext
    ) -> ByteBuffer {
        var copy = context.channel.allocator.buffer(capacity: max(room, bytes.readableBytes))
        copy.writeImmutableBuffer(bytes)
        return copy
    }

    /// The pipeline gets the connection, beginning with these bytes, once all before is answered.
    private func leave(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if queue.isEmpty { return pass(bytes, context) }
        state = .leaving
        rest = bytes
    }

    /// From now on the pipeline has the connection, beginning with these bytes.
    private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        state = .passing
        idle.beginRequest()
        context.fireChannelRead(wrapInboundOut(bytes))
        context.fireChannelReadComplete()
    }

    // MARK: requests

    /// Works on the whole request with which the bytes begin, and keeps what follows it.
    private func process(
        _ head: IngestHead, _ bytes: ByteBuffer, _ context: ChannelHandlerContext
    ) {
        idle.endRequest()
        var bytes = bytes
        bytes.moveReaderIndex(forwardBy: head.byteCount)
        let body = bytes.readSlice(length: head.bodyByteCount) ?? ByteBuffer()
        if bytes.readableBytes > 0 { rest = bytes }
        let request = IngestRequest(
            route: head.route, query: head.query, fields: head.fields, body: body)
        let place = queue.begin(byteCount: head.requestByteCount)
        switch intake.process(request) {
        case .answer(let answer):
            finish(place, answer, context)
        case .append(let records, let pending):
            // Its records follow its files, and what comes behind it follows them.
            if pending.hasFiles { queue.wait(for: place) }
            let loopBound = NIOLoopBound(
                (handler: self, context: context), eventLoop: context.eventLoop)
            intake.append(records, request, pending) { [mailbox] answer in
                mailbox.post {
                    let (handler, context) = loopBound.value
                    // The connection may be gone.
                    if case .passing = handler.state { return }
                    handler.finish(place, answer, context)
                    handler.goOn(context)
                }
            }
        }
    }

    private func finish(
        _ place: AnswerQueue.Place, _ answer: IngestAnswer, _ context: ChannelHandlerContext
    ) {
        queue.finish(place, answer)
        while let answer = queue.next() {
            idle.touch()
            context.write(wrapOutboundOut(.byteBuffer(answer.encoded())), promise: nil)
            isFlushDue = true
        }
    }

    /// At once where no other answer is due; else with those that the same commit brings.
    private func flushSoon(_ context: ChannelHandlerContext) {
        if queue.isEmpty {
            isFlushDue = false
            return context.flush()
        }
        if isFlushPosted { return }
        isFlushPosted = true
        context.eventLoop.assumeIsolated().execute { [self] in
            isFlushPosted = false
            guard isFlushDue else { return }
            isFlushDue = false
            context.flush()
        }
    }

    /// After an answer: what waited for it.
    private func goOn(_ context: ChannelHandlerContext) {
        if queue.isEmpty, case .leaving = state, let bytes = rest {
            rest = nil
            pass(bytes, context)
        }
        takeRest(context)
    }

    /// What was held until all is answered; behind the last byte of that, since the pipeline may close.
    private func tellHeldEvents(_ context: ChannelHandlerContext) {
        guard queue.isEmpty, !heldEvents.isEmpty else { return }
        let events = heldEvents
        heldEvents = []
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: written)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            guard context.channel.isActive else { return }
            // Requests that have come meanwhile are answered first, too.
            guard queue.isEmpty else { return heldEvents.insert(contentsOf: events, at: 0) }
            for event in events { tell(event, context) }
        }
    }

    // MARK: the connection

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .passing = state { return context.fireUserInboundEventTriggered(event) }
        // What came before the end is worked on before it is told.
        guard event as? ChannelEvent == .inputClosed || !queue.isEmpty else {
            return tell(event, context)
        }
        heldEvents.append(event)
        if rest == nil { tellHeldEvents(context) }
    }

    private func tell(_ event: Any, _ context: ChannelHandlerContext) {
        // The pipeline knows what becomes of a request that may never be whole.
        switch state {
        case .beginning(let bytes): pass(bytes, context)
        case .receiving(let incoming): pass(incoming.bytes, context)
        case .open, .leaving, .passing: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        if event is RequestIsWhole {
            idle.endRequest()
            promise?.succeed()
        } else {
            context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    /// Reads no further while there is something that may not be looked at yet.
    func read(context: ChannelHandlerContext) {
        if rest != nil {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    /// Who does not read the answers sends no more requests.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        takeRest(context)
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        idle.touch()
        context.write(data, promise: promise)
    }
}
