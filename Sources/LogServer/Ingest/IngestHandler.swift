import ErrorModel
import EventLog
import NIOCore
import NIOHTTP1

/// Answers the ingest routes with callbacks, in front of the API in the same pipeline.
///
/// `IngestFront` has most requests already; here come those that take more than a look at bytes.
/// Requests for other routes pass through untouched. The pipeline hands over one request at a time
/// (`HTTPServerPipelineHandler` stands before this one). All calls come on the channel's loop.
final class IngestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Between requests.
        case idle
        /// A request for the API is passing through.
        case passing
        case receiving(Incoming)
        /// The rest of a refused request is read and thrown away, so that the connection lives on.
        case discarding(IngestAnswer, keepAlive: Bool)
        /// The request is in the log's hands.
        case waiting
    }

    private struct Incoming {
        var head: HTTPRequestHead
        var route: IngestRoute
        var body: ByteBuffer?
        var hasRoom = false
        let share: BodyRoom.Share

        /// What stands behind the question mark of the target; nil without one.
        var query: String? {
            head.uri.firstIndex(of: "?").map { String(head.uri[head.uri.index(after: $0)...]) }
        }

        /// What is announced, as far as it is believed before it has come.
        var room: Int {
            let length = head.headers.first(name: "content-length").flatMap(Int.init) ?? 0
            return max(0, min(length, IngestLimits.bodyRoom))
        }
    }

    private let intake: IngestProcessor
    private let mailbox: AckMailbox
    private var state = State.idle
    /// The API is still answering a request that passed through.
    private var isPassingAnswer = false
    /// Something came that is no HTTP.
    private var isBroken = false
    /// The client ended its sending while its request was in the log's hands.
    private var isInputClosed = false

    init(intake: IngestProcessor, mailbox: AckMailbox) {
        self.intake = intake
        self.mailbox = mailbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        mailbox.notePoll()
        if case .end = part { context.triggerUserOutboundEvent(RequestIsWhole(), promise: nil) }
        switch (part, state) {
        case (.head(let head), _):
            begin(head.inOriginForm, context)
        case (_, .passing):
            context.fireChannelRead(data)
            if case .end = part { state = .idle }
        case (.body(let part), .receiving(let incoming)):
            state = .idle  // gives up the buffer, so that it grows in place
            receive(part, incoming)
        case (.end, .receiving(let incoming)):
            finish(incoming, context)
        case (.end, .discarding(let answer, let keepAlive)):
            state = .idle
            write(answer, keepAlive: keepAlive, context)
        case (.body, _), (.end, _):
            break
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard let match = IngestRoute.match(method: head.method, target: head.uri) else {
            state = .passing
            isPassingAnswer = true
            context.fireChannelRead(wrapInboundOut(.head(head)))
            return
        }
        switch match {
        case .preflight:
            state = .discarding(.preflight, keepAlive: head.isKeepAlive)
        case .wrongMethod:
            var answer = IngestAnswer.wrongMethod
            // What follows the head of an answer to HEAD would be read as the next answer.
            if head.method == .HEAD { answer.body.clear() }
            state = .discarding(answer, keepAlive: head.isKeepAlive)
        case .ingest(let route):
            if let length = head.headers.first(name: "content-length").flatMap(Int.init),
                length > IngestLimits.bodyBytes
            {
                intake.counters.refuse("too_large")
                state = .discarding(.tooLarge(IngestLimits.bodyBytes), keepAlive: head.isKeepAlive)
                return refuseUnsent(head, context)
            }
            state = .receiving(
                Incoming(
                    head: head, route: route, body: nil, share: BodyRoom.Share(intake.bodies)))
            if Self.waits(head) {
                let go = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
            }
            return
        }
        refuseUnsent(head, context)
    }

    /// The client sends its body only when it is told to.
    private static func waits(_ head: HTTPRequestHead) -> Bool {
        head.headers.first(name: "expect")?.lowercased() == "100-continue"
    }

    /// Answers a request at once whose body will not come, since nobody asks for it.
    ///
    /// The connection ends with it: whether what comes next is the body nobody could tell.
    private func refuseUnsent(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard Self.waits(head), case .discarding(let answer, _) = state else { return }
        state = .waiting
        write(answer, keepAlive: false, context)
    }

    private func receive(_ part: ByteBuffer, _ incoming: Incoming) {
        var incoming = incoming
        var part = part
        if incoming.body == nil {
            incoming.body = part
        } else {
            if !incoming.hasRoom {
                // At once what is announced: growing step by step copies a batch several times.
                let room = incoming.room
                incoming.body?.reserveCapacity(room)
                incoming.hasRoom = true
            }
            incoming.body?.writeBuffer(&part)
        }
        if (incoming.body?.readableBytes ?? 0) > IngestLimits.bodyBytes {
            intake.counters.refuse("too_large")
            state = .discarding(
                .tooLarge(IngestLimits.bodyBytes), keepAlive: incoming.head.isKeepAlive)
        } else if !incoming.share.grow(to: incoming.body?.readableBytes ?? 0) {
            intake.counters.refuse("body_room")
            state = .discarding(.noBodyRoom, keepAlive: incoming.head.isKeepAlive)
        } else {
            state = .receiving(incoming)
        }
    }

    private func finish(_ incoming: Incoming, _ context: ChannelHandlerContext) {
        let keepAlive = incoming.head.isKeepAlive
        let request = IngestRequest(
            route: incoming.route, query: incoming.query,
            fields: IngestFields(incoming.head.headers), body: incoming.body ?? ByteBuffer())
        switch intake.process(request) {
        case .answer(let answer):
            state = .idle
            write(answer, keepAlive: keepAlive, context)
        case .append(let records, let pending):
            state = .waiting
            let loopBound = NIOLoopBound(
                (handler: self, context: context), eventLoop: context.eventLoop)
            intake.append(records, request, pending) { [mailbox] answer in
                mailbox.post {
                    let (handler, context) = loopBound.value
                    handler.state = .idle
                    handler.write(answer, keepAlive: keepAlive, context)
                }
            }
        }
    }

    private func write(
        _ answer: IngestAnswer, keepAlive: Bool, _ context: ChannelHandlerContext
    ) {
        guard context.channel.isActive else { return }
        var head = answer.head
        if !keepAlive { head.headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if answer.body.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        if !keepAlive {
            context.writeAndFlush(wrapOutboundOut(.end(nil)))
                .whenComplete { _ in loopBound.value.close(promise: nil) }
        } else if isInputClosed {
            isInputClosed = false
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
                loopBound.value.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
        } else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // The API may still be answering a request whose end was no HTTP.
        if isBroken {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        if case .end = unwrapOutboundIn(data) { isPassingAnswer = false }
        context.write(data, promise: promise)
    }

    /// Behind what is no HTTP nothing can be read any more: the handler in front has answered 400,
    /// and the connection ends, so that nobody answers a second time.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        guard error is HTTPParserError else { return }
        isBroken = true
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is IdleStateHandler.IdleStateEvent:
            // A request in the log's hands is answered soon; everything else is given up.
            switch state {
            case .waiting: return
            // Of a request for the API that never comes whole there will be no answer either.
            case .passing: context.close(promise: nil)
            default: if !isPassingAnswer { context.close(promise: nil) }
            }
        case ChannelEvent.inputClosed:
            // The handlers behind close the connection at once, and it has an answer to come.
            if case .waiting = state {
                isInputClosed = true
            } else {
                context.fireUserInboundEventTriggered(event)
            }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }
}
