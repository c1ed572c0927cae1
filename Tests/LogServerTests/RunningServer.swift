import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Logging
import Synchronization

/// A server in this process, on a free port and a Unix socket, in a directory of its own.
final class RunningServer: Sendable {
    let directory: String
    let app: Faultlog
    let port: Int
    let socket: String
    let streamPort: Int
    let streamSocket: String
    let token: String
    /// The key of the project 1, `shop`.
    let key: String
    private let task: Task<Void, any Error>

    private init(
        directory: String, app: Faultlog, port: Int, doors: Server.Addresses, key: String,
        task: Task<Void, any Error>
    ) throws {
        self.directory = directory
        self.app = app
        self.port = port
        socket = doors.socket
        streamPort = doors.stream.flatMap { $0.split(separator: ":").last }.flatMap { Int($0) } ?? 0
        streamSocket = doors.streamSocket ?? ""
        self.key = key
        self.task = task
        token = try String(contentsOfFile: app.directory.token, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts a server with the project `shop`, runs `body`, and stops it.
    ///
    /// A directory that is given stays, so that another server can be started on it.
    static func with(
        in kept: String? = nil, port: Int = 0, log options: LogOptions = LogOptions(),
        durability: Durability = .durable,
        clock: @escaping @Sendable () -> Int64 = Faultlog.systemClock,
        _ body: (RunningServer) async throws -> Void
    ) async throws {
        let directory = kept ?? newDirectory()
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: directory) } }
        let app = try Faultlog(
            directory: DataDirectory(directory), options: options, durability: durability,
            clock: clock)
        var doorOptions = Server.Options()
        doorOptions.port = port
        doorOptions.streamPort = 0
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = Server(app: app, options: doorOptions, logger: logger)
        let (ready, continuation) = AsyncStream.makeStream(of: Server.Addresses.self)
        let task = Task {
            defer { continuation.finish() }
            try await server.run { continuation.yield($0) }
        }
        do {
            var doors = ready.makeAsyncIterator()
            guard let addresses = await doors.next(),
                let port = addresses.url.split(separator: ":").last.flatMap({ Int($0) })
            else {
                try await task.value
                throw WireError("the server did not start")
            }
            let project = try await onThread {
                let wire = try Wire(path: addresses.socket)
                try wire.send(Self.request("POST", "/api/projects", body: #"{"slug":"shop"}"#))
                let made = try wire.answer()
                if made.status != 409 { return made.json }
                try wire.send(Self.request("GET", "/api/projects"))
                return try wire.answer().json["projects"]?.array?.first ?? .null
            }
            let running = try RunningServer(
                directory: directory, app: app, port: port, doors: addresses,
                key: project["key"]?.string ?? "", task: task)
            try await body(running)
        } catch {
            task.cancel()
            _ = await task.result
            try await onThread { app.stop() }
            throw error
        }
        task.cancel()
        _ = await task.result
        try await onThread { app.stop() }
    }

    /// A path of its own for each test.
    static func newDirectory() -> String {
        "/tmp/faultlog-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    }

    // MARK: requests

    static func request(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8]
    ) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nhost: test\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if method == "GET" || method == "HEAD" { return Array((head + "\r\n").utf8) }
        if headers["transfer-encoding"] == nil { head += "content-length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    static func request(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: String = ""
    ) -> [UInt8] {
        request(method, path, headers, body: Array(body.utf8))
    }

    func wire(_ door: Door = .socket) throws -> Wire {
        switch door {
        case .tcp: try Wire(port: port)
        case .socket: try Wire(path: socket)
        }
    }

    /// A connection to one of the doors for streams.
    func stream(_ door: Door) throws -> Wire {
        switch door {
        case .tcp: try Wire(port: streamPort)
        case .socket: try Wire(path: streamSocket)
        }
    }

    func send(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8],
        door: Door = .socket
    ) async throws -> WireAnswer {
        try await onThread { [self] in
            let wire = try wire(door)
            try wire.send(Self.request(method, path, headers, body: body))
            return try wire.answer(toHead: method == "HEAD")
        }
    }

    func send(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: String = "",
        door: Door = .socket
    ) async throws -> WireAnswer {
        try await send(method, path, headers, body: Array(body.utf8), door: door)
    }

    /// Sends events in our own JSON; the answer says what became of them.
    @discardableResult
    func post(_ body: String) async throws -> WireAnswer {
        try await send("POST", "/api/events", ["authorization": "Bearer \(key)"], body: body)
    }

    /// Asks for a change of status, with the body as it is.
    func changeStatus(of issue: String, _ body: String) async throws -> WireAnswer {
        try await send("PATCH", "/api/error-issues/\(issue)/status", body: body)
    }

    /// Until all views have everything, and no decision is on its way: what they lack a retention
    /// cannot drop.
    func settle() async throws {
        while true {
            let end = app.log.status.nextOffset
            for view in app.views { try await view.waitUntil(offset: end) }
            if app.log.status.nextOffset == end { return }
        }
    }

    /// Makes an issue and returns its id, when the view has it.
    func makeIssue(_ event: String = #"{"type":"TypeError","message":"m"}"#) async throws -> String
    {
        let offset = try await post(event).json["offset"]?.int64 ?? 0
        let list = try await send("GET", "/api/error-issues?at_least=\(offset)")
        return list.json["issues"]?.array?.first?["id"]?.string ?? ""
    }

    func events(of issue: String) async throws -> Int64? {
        try await send("GET", "/api/error-issues/\(issue)?at_least=\(app.log.durableOffset)")
            .json["events"]?.int64
    }
}

extension LogOptions {
    /// Segments of a few events, none of them sealed: half of a log is half of it until somebody drops it.
    static func unsealed(segmentByteLimit: UInt64 = 32 * 1024) -> LogOptions {
        var options = LogOptions()
        options.segmentByteLimit = segmentByteLimit
        options.sealsSegments = false
        return options
    }
}
