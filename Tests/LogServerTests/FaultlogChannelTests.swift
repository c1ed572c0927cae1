import Logging
import NIOCore
import NIOPosix
import Testing

@testable import LogServer

@Suite struct FaultlogChannelTests {
    /// As where the listener closes in the moment of accepting: NIO would end the process.
    @Test func `a connection that is handed to nobody ends nothing but itself`() async throws {
        try await RunningServer.with { server in
            let group = MultiThreadedEventLoopGroup.singleton
            let connection = FaultlogChannel(
                responder: { _, _, _ in }, intake: IngestProcessor(app: server.app),
                mailboxes: AckMailboxes(group: group))
            let listener = try await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    connection.setup(channel: channel, logger: Logger(label: "test")).map { _ in }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(listener.localAddress?.port)
            let answer = try await onThread {
                for _ in 0..<20 { _ = try Wire(port: port) }
                let wire = try Wire(port: port)
                try wire.send(
                    RunningServer.request(
                        "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
                        body: #"{"type":"T"}"#))
                return try wire.answer()
            }
            #expect(answer.status == 200)
            try await listener.close()
        }
    }
}
