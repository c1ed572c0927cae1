import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// The pipeline of a connection: plain ingest, then HTTP/1.1, the rest of ingest, and the API.
///
/// Ingest answers with callbacks and never leaves the event loop; only requests for the API are
/// turned into HTTP types and tasks.
struct FaultlogChannel: ServerChildChannel, HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: HTTPChannelHandler.Responder
    let intake: IngestProcessor
    let mailboxes: AckMailboxes

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderListSize = IngestLimits.headerBytes
            limits.maxHeaderFieldSize = IngestLimits.headerBytes
            let mailbox = mailboxes.mailbox(for: channel.eventLoop)
            try pipeline.addHandler(
                IngestFront(intake: intake, mailbox: mailbox, loop: channel.eventLoop))
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: true, withErrorHandling: true,
                withOutboundHeaderValidation: false, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: limits)
            try pipeline.addHandler(IngestHandler(intake: intake, mailbox: mailbox))
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            let value = try Value(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true))
            try pipeline.addHandler(ConnectionKeeper(value))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
