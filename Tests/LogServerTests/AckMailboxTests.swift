import NIOCore
import NIOPosix
import Testing

@testable import LogServer

/// The work of a loop, and its sockets.
@Suite struct AckMailboxTests {
    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let whenRead: @Sendable () -> Void

        init(_ whenRead: @escaping @Sendable () -> Void) { self.whenRead = whenRead }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { whenRead() }
    }

    /// Work that makes work until something is read from a socket of the same loop.
    private final class Chain {
        let mailbox: AckMailbox
        var isOver = false
        var count = 0

        init(_ mailbox: AckMailbox) { self.mailbox = mailbox }

        func goOn(_ ended: EventLoopPromise<Int>) {
            count += 1
            if isOver { return ended.succeed(count) }
            mailbox.later { [self] in goOn(ended) }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `work that goes on for ever leaves the loop time for its sockets`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let mailbox = AckMailbox(loop: loop)
        let chain = NIOLoopBoundBox.makeBoxSendingValue(Chain(mailbox), eventLoop: loop)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Reader { chain.value.isOver = true })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let ended = loop.makePromise(of: Int.self)
        loop.execute { chain.value.goOn(ended) }
        try await onThread {
            let wire = try Wire(port: port)
            try wire.send("x")
        }
        #expect(try await ended.futureResult.get() > 1)
        try await listener.close()
        try await group.shutdownGracefully()
    }

    @Test func `work is done in the order in which it was posted`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let mailbox = AckMailbox(loop: loop)
        let seen = NIOLoopBoundBox.makeBoxSendingValue([Int](), eventLoop: loop)
        let ended = loop.makePromise(of: Void.self)
        for number in 0..<20_000 {
            mailbox.post {
                seen.value.append(number)
                if number == 19_999 { ended.succeed() }
            }
        }
        try await ended.futureResult.get()
        let numbers = try await loop.submit { seen.value }.get()
        #expect(numbers == Array(0..<20_000))
        try await group.shutdownGracefully()
    }
}
