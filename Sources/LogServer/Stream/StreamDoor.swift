import Glibc
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Listens for streams of events: on a TCP port, where one is given, and on a Unix socket.
struct StreamDoor: Service {
    /// Nil: no TCP port.
    let address: (host: String, port: Int)?
    /// Nil: no Unix socket.
    let socket: String?
    let intake: IngestProcessor
    let mailboxes: AckMailboxes
    let connections: StreamConnections
    let group: any EventLoopGroup
    /// Told of each door as it opens.
    let opened: @Sendable (any Channel) -> Void

    /// Connections that the kernel keeps until they are taken.
    private static let backlog: Int32 = 256

    /// Listens until the server stops; then each stream settles what was read.
    ///
    /// Throws `StartError` where it cannot listen. When it is cancelled, streams are cut.
    func run() async throws {
        var doors: [any Channel] = []
        do {
            if let address {
                doors.append(try await bind(address))
            }
            if let socket {
                doors.append(try await bind(socket))
            }
        } catch {
            for door in doors { try? await door.close().get() }
            throw error
        }
        for door in doors { opened(door) }
        var isGraceful = true
        do { try await gracefulShutdown() } catch { isGraceful = false }
        for door in doors { try? await door.close().get() }
        await connections.end(isGraceful: isGraceful)
    }

    private func bind(_ address: (host: String, port: Int)) async throws -> any Channel {
        let bootstrap =
            bootstrap
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(
                .tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: StreamLimits.keepAliveIdleSeconds
            )
            .childChannelOption(
                .tcpOption(.init(rawValue: TCP_KEEPINTVL)),
                value: StreamLimits.keepAlivePauseSeconds
            )
            .childChannelOption(
                .tcpOption(.init(rawValue: TCP_KEEPCNT)), value: StreamLimits.keepAliveProbes)
        do {
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            throw StartError(
                "cannot listen for streams on \(address.host):\(address.port): \(error); is "
                    + "another server running there? Give another port with --stream-port")
        }
    }

    private func bind(_ path: String) async throws -> any Channel {
        do {
            return try await bootstrap.bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true
            ).get()
        } catch {
            throw StartError(
                "cannot listen for streams on \(path): \(error); give another path with "
                    + "--stream-socket")
        }
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Where no descriptor is left accepting fails at once, over and over: it waits a second.
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .socketOption(.so_sndbuf), value: .init(StreamLimits.outputBytes)
            )
            .childChannelOption(.maxMessagesPerRead, value: StreamLimits.readsAtOnce)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: StreamLimits.outputBytes / 2, high: StreamLimits.outputBytes)
            )
            .childChannelInitializer { [intake, mailboxes, connections] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        StreamHandler(
                            intake: intake, mailbox: mailboxes.mailbox(for: channel.eventLoop),
                            connections: connections))
                }
            }
    }
}
