import NIOCore

/// Keeps the asynchronous side of a connection until the connection is closed.
///
/// A connection that is accepted in the moment in which the listener closes is handed to nobody.
/// Its writer would then go without having been finished, and NIO ends the whole process for that
/// (`NIOAsyncWriter`: "Deinited NIOAsyncWriter without calling finish()"), in release builds as
/// well: a server that is told to stop under load would crash instead. Behind the closing of a
/// connection its writer is finished by the handler that made it, and may go.
///
/// Belongs to one event loop, as every handler.
final class ConnectionKeeper<Value>: ChannelInboundHandler {
    typealias InboundIn = Any

    private var kept: Value?

    init(_ value: Value) { kept = value }

    func handlerRemoved(context: ChannelHandlerContext) { kept = nil }
}
