import EventLog
import NIOCore
import NIOHTTP1

/// Said by the pipeline to the front: all of a request has come.
struct RequestIsWhole {}

/// Answers plain ingest requests straight from the bytes of a connection, in front of the pipeline.
///
/// A request whose head `IngestHead` takes never meets the HTTP parser and the handlers behind it:
/// most of the work on a small event was theirs. With the first request of any other kind all bytes
/// of the connection go to the pipeline, for good. The answers are the same on both ways. All calls
/// come on the channel's loop.
final class IngestFront: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private enum State {
        /// Between requests.
        case idle
        case receiving(Incoming)
        /// The request is in the log's hands.
        case waiting
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
    private var state = State.idle
    /// What came while a request was waiting.
    private var rest: ByteBuffer?
    /// What happened to the connection in that time: told when the answer is written.
    private var heldEvents: [Any] = []
    private var isReadHeld = false

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
            if case .waiting = state { return }
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
        switch state {
        case .passing:
            idle.beginRequest()
            context.fireChannelRead(data)
        case .waiting:
            var more = unwrapInboundIn(data)
            if rest == nil { rest = more } else { rest?.writeBuffer(&more) }
        case .idle:
            take(unwrapInboundIn(data), context)
            takeRest(context)
        case .receiving(var incoming):
            state = .idle  // gives up the buffer, so that it grows in place
            var more = unwrapInboundIn(data)
            incoming.bytes.writeBuffer(&more)
            if incoming.bytes.readableBytes < incoming.head.requestByteCount {
                if incoming.share.grow(to: incoming.bytes.readableBytes) {
                    state = .receiving(incoming)
                } else {
                    // The pipeline refuses it there where the rest can be thrown away.
                    pass(incoming.bytes, context)
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

    /// Takes the request with which the bytes begin.
    private func take(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let head = bytes.withUnsafeReadableBytes({ IngestHead($0) }) else {
            return pass(bytes, context)
        }
        if bytes.readableBytes >= head.requestByteCount { return process(head, bytes, context) }
        idle.beginRequest()
        // At once what is announced: growing step by step copies a batch several times.
        let room = min(head.requestByteCount, IngestLimits.bodyRoom)
        var begun = context.channel.allocator.buffer(capacity: max(room, bytes.readableBytes))
        begun.writeImmutableBuffer(bytes)
        state = .receiving(
            Incoming(head: head, bytes: begun, share: BodyRoom.Share(intake.bodies)))
    }

    /// Goes on with what came behind a request that is answered by now.
    private func takeRest(_ context: ChannelHandlerContext) {
        while case .idle = state, let bytes = rest {
            rest = nil
            take(bytes, context)
        }
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
        switch intake.process(request) {
        case .answer(let answer):
            state = .idle
            write(answer, context)
        case .append(let records, let pending):
            state = .waiting
            let loopBound = NIOLoopBound(
                (handler: self, context: context), eventLoop: context.eventLoop)
            intake.append(records, request, pending) { [mailbox] answer in
                mailbox.post {
                    let (handler, context) = loopBound.value
                    handler.finish(answer, context)
                }
            }
        }
    }

    private func finish(_ answer: IngestAnswer, _ context: ChannelHandlerContext) {
        // The connection may be gone.
        guard case .waiting = state else { return }
        state = .idle
        write(answer, context)
        takeRest(context)
        if case .waiting = state { return }
        let events = heldEvents
        heldEvents = []
        for event in events { userInboundEventTriggered(context: context, event: event) }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    private func write(_ answer: IngestAnswer, _ context: ChannelHandlerContext) {
        idle.touch()
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(answer.encoded())), promise: nil)
    }

    // MARK: the connection

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch state {
        case .waiting:
            heldEvents.append(event)
        case .receiving(let incoming):
            // The pipeline knows what becomes of a request that may never be whole.
            pass(incoming.bytes, context)
            context.fireUserInboundEventTriggered(event)
        case .idle, .passing:
            context.fireUserInboundEventTriggered(event)
        }
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

    /// Reads no further while a second request waits behind the first.
    func read(context: ChannelHandlerContext) {
        if case .waiting = state, rest != nil {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        idle.touch()
        context.write(data, promise: promise)
    }
}
