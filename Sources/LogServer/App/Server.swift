package import EventLog
import Foundation
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The doors of a running Faultlog: one TCP port and one Unix socket, with ingest and API on both,
/// and beside them a socket, and a port where one is given, for streams of events.
package struct Server: Sendable {
    /// Where the doors are.
    package struct Options: Sendable {
        package var host = "127.0.0.1"
        /// 0 picks a free one.
        package var port = 7400
        /// Nil: `logserver.sock` in the data directory.
        package var socket: String?
        /// The TCP port for streams, on the same host; 0 picks a free one, nil: none.
        package var streamPort: Int?
        /// Nil: `stream.sock` in the data directory.
        package var streamSocket: String?
        /// How SDKs reach the server, where that is not the address that it listens on.
        package var publicURL: String?
        /// What is kept of the log; nil: everything.
        package var retention: RetentionPolicy?

        package init() {}
    }

    /// Where the doors are, once they are open.
    package struct Addresses: Sendable {
        package var url: String
        package var socket: String
        /// `HOST:PORT` for streams.
        package var stream: String?
        package var streamSocket: String?
    }

    private let app: Faultlog
    private let options: Options
    private let logger: Logger

    package init(app: Faultlog, options: Options, logger: Logger) {
        self.app = app
        self.options = options
        self.logger = logger
    }

    /// A Unix socket's path has at most 107 bytes (`sun_path` of `unix(7)`).
    private static let socketPathLimit = 107
    /// Requests under way get so long to end before their connections are cut.
    private static let drainLimit = Duration.seconds(10)

    /// A socket's file that a killed server has left is replaced; one that somebody answers on is
    /// not taken away from them.
    private static func refuseSocketInUse(_ path: String, flag: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw StartError.system("make", "a Unix socket") }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isAnswered = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, size) == 0
            }
        }
        if isAnswered {
            throw StartError(
                "another server answers on the Unix socket \(path); stop it, or give another path "
                    + "with \(flag)")
        }
    }

    /// Serves until SIGTERM or SIGINT, then drains.
    ///
    /// `ready` is called once, when all doors are open.
    package func run(ready: @escaping @Sendable (Addresses) -> Void) async throws {
        let socket = options.socket ?? app.directory.socket
        guard socket.utf8.count <= Self.socketPathLimit else {
            throw StartError(
                "the path of the Unix socket, \(socket), is longer than \(Self.socketPathLimit) "
                    + "bytes; give a shorter one with --socket")
        }
        try Self.refuseSocketInUse(socket, flag: "--socket")
        let streamSocket = try streamSocket()
        let token = try AdminToken.load(app.directory)
        let doors = Doors(
            socket: socket,
            count: 2 + (options.streamPort == nil ? 0 : 1)
                + (streamSocket == nil ? 0 : 1),
            publicURL: options.publicURL, ready: ready)
        let api = API(app: app, publicURL: { doors.url })
        let group = MultiThreadedEventLoopGroup.singleton
        let mailboxes = AckMailboxes(group: group)
        let processor = IngestProcessor(app: app)

        let limits = ConnectionLimits.ofProcess()

        func door(
            _ address: BindAddress, token: AdminToken?, connections: Int
        ) -> some Service {
            Application(
                router: api.router(token: token),
                server: HTTPServerBuilder { responder in
                    FaultlogChannel(
                        responder: responder, intake: processor, mailboxes: mailboxes)
                },
                configuration: .init(
                    address: address, serverName: "faultlog",
                    availableConnectionsDelegate: MaximumAvailableConnections(
                        connections, logger: logger)),
                onServerRunning: { doors.opened($0) },
                eventLoopGroupProvider: .shared(group),
                logger: logger)
        }
        try await app.start { logger.notice("\($0)") }
        var services: [any Service] = [
            door(
                .hostname(options.host, port: options.port), token: token,
                connections: limits.tcp),
            door(.unixDomainSocket(path: socket), token: nil, connections: limits.unix),
        ]
        services.append(
            StreamDoor(
                address: options.streamPort.map { (options.host, $0) }, socket: streamSocket,
                intake: processor, mailboxes: mailboxes, connections: app.streams, group: group,
                opened: { doors.openedStream($0) }))
        services.append(RetentionService(app: app, policy: options.retention, logger: logger))
        services.append(SnapshotService(app: app, logger: logger))
        services.append(DropRecorder(app: app, logger: logger))
        if app.isErasing { services.append(ErasureService(app: app, logger: logger)) }
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.drainLimit
        defer {
            unlink(socket)
            if let streamSocket { unlink(streamSocket) }
        }
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            throw StartError(
                "cannot listen on \(options.host):\(options.port) and \(socket): "
                    + "\(String(cString: strerror(error.errnoCode))); "
                    + "is another server running there?")
        }
    }

    /// The Unix socket for streams; nil where the usual path is too long for one, which must not
    /// keep a server from starting that never had it.
    private func streamSocket() throws -> String? {
        let path = options.streamSocket ?? app.directory.streamSocket
        if path.utf8.count <= Self.socketPathLimit {
            try Self.refuseSocketInUse(path, flag: "--stream-socket")
            return path
        }
        let problem =
            "the path of the Unix socket for streams, \(path), is longer than "
            + "\(Self.socketPathLimit) bytes; give a shorter one with --stream-socket"
        if options.streamSocket != nil { throw StartError(problem) }
        logger.warning("there is no socket for streams", metadata: ["reason": "\(problem)"])
        return nil
    }
}

/// Notes the addresses of the doors as they open.
private final class Doors: Sendable {
    private struct State {
        var url: String?
        var stream: String?
        var streamSocket: String?
        var open = 0
    }

    private let socket: String
    private let count: Int
    private let publicURL: String?
    private let ready: @Sendable (Server.Addresses) -> Void
    private let state = Mutex(State())

    init(
        socket: String, count: Int, publicURL: String?,
        ready: @escaping @Sendable (Server.Addresses) -> Void
    ) {
        self.socket = socket
        self.count = count
        self.publicURL = publicURL
        self.ready = ready
    }

    /// For DSNs.
    var url: String { publicURL ?? state.withLock { $0.url ?? "" } }

    func opened(_ channel: any Channel) {
        // The permissions of the socket's file are the authority of whoever uses it.
        if channel.localAddress?.port == nil { chmod(socket, 0o600) }
        let address = channel.localAddress.flatMap(Self.hostAndPort)
        opened { if let address { $0.url = "http://" + address } }
    }

    func openedStream(_ channel: any Channel) {
        let address = channel.localAddress.flatMap(Self.hostAndPort)
        let path = channel.localAddress?.pathname
        if let path { chmod(path, 0o600) }
        opened { state in
            if let address { state.stream = address } else { state.streamSocket = path }
        }
    }

    private func opened(_ note: (inout State) -> Void) {
        let addresses = state.withLock { state -> Server.Addresses? in
            state.open += 1
            note(&state)
            guard state.open == count, let url = state.url else { return nil }
            return Server.Addresses(
                url: url, socket: socket, stream: state.stream, streamSocket: state.streamSocket)
        }
        if let addresses { ready(addresses) }
    }

    private static func hostAndPort(_ address: SocketAddress) -> String? {
        guard let port = address.port, let host = address.ipAddress else { return nil }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
