import ErrorModel
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Talks to the server, one connection a request: a command makes one or two.
struct Client {
    let endpoint: Endpoint
    let token: String?

    enum Method: String {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
        case put = "PUT"
        case delete = "DELETE"
    }

    struct Answer {
        var status: Int
        var body: [UInt8]

        var json: JSONValue? { try? JSONValue(parsing: body) }
    }

    /// Seconds to connect; a server on the same machine answers at once or not at all.
    private static let connectSeconds: Int64 = 5
    /// An answer's body, at most: pages are bounded by the server far below this.
    private static let bodyLimit = 64 << 20

    // MARK: requests

    /// Sends a request and returns the object of a good answer; anything else is a failure.
    func json(
        _ method: Method, _ path: String, body: JSONValue? = nil
    ) async throws -> JSONValue {
        let answer = try await send(
            method, path, body: body?.compactBytes ?? [], contentType: "application/json")
        guard (200..<300).contains(answer.status) else { throw failure(answer) }
        guard let json = answer.json else {
            throw CommandFailure(.software, "the answer of \(endpoint.description) is not JSON")
        }
        return json
    }

    func send(
        _ method: Method, _ path: String, body: [UInt8], contentType: String,
        authorization: String? = nil
    ) async throws -> Answer {
        var answer = Answer(status: 0, body: [])
        try await exchange(
            method, path, body, contentType, authorization,
            onHead: { answer.status = $0 },
            onBody: { part in
                answer.body.append(contentsOf: part.readableBytesView)
                if answer.body.count > Self.bodyLimit {
                    throw CommandFailure(.software, "the answer is larger than 64 MiB")
                }
            })
        return answer
    }

    /// Streams a good answer's body as it comes; anything else is a failure.
    func stream(_ path: String, _ onBody: ([UInt8]) throws -> Void) async throws {
        var status = 0
        var refused: [UInt8] = []
        try await exchange(
            .get, path, [], nil, nil, onHead: { status = $0 },
            onBody: { part in
                if status == 200 {
                    try onBody(Array(part.readableBytesView))
                } else {
                    refused.append(contentsOf: part.readableBytesView)
                }
            })
        if status != 200 { throw failure(Answer(status: status, body: refused)) }
    }

    func failure(_ answer: Answer) -> CommandFailure {
        var detail = answer.json?["detail"]?.string ?? "HTTP status \(answer.status)"
        if answer.status == 429, answer.body.isEmpty {
            // SDKs want it empty.
            detail =
                "the project takes no more for now (status 429): its rate or its quota is used up"
        }
        return switch answer.status {
        case 401, 403: CommandFailure(.permission, detail)
        case 404: CommandFailure(.noInput, detail)
        case 400, 409, 413, 422: CommandFailure(.data, detail)
        case 429, 503: CommandFailure(.temporary, detail)
        default: CommandFailure(.software, detail)
        }
    }

    // MARK: the wire

    private func exchange(
        _ method: Method, _ path: String, _ body: [UInt8], _ contentType: String?,
        _ authorization: String?, onHead: (Int) -> Void, onBody: (ByteBuffer) throws -> Void
    ) async throws {
        // `errors get "$ID"` with nothing in it would ask for the list.
        let place = path.prefix { $0 != "?" }
        guard !place.contains("//"), place.last != "/" else {
            throw CommandFailure(.usage, "an id or a name is empty")
        }
        let channel = try await connect()
        do {
            try await channel.executeThenClose { inbound, outbound in
                // In one write: a server may answer and close once it has the head of a request
                // without a body, and a write after that would fail.
                var parts: [HTTPClientRequestPart] = [
                    .head(head(method, path, body, contentType, authorization))
                ]
                if !body.isEmpty { parts.append(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
                parts.append(.end(nil))
                try await outbound.write(contentsOf: parts)
                for try await part in inbound {
                    switch part {
                    case .head(let head) where head.status == .continue: continue
                    case .head(let head): onHead(Int(head.status.code))
                    case .body(let buffer): try onBody(buffer)
                    case .end: return
                    }
                }
                throw CommandFailure(
                    .unavailable, "\(endpoint.description) hung up before it had answered")
            }
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(
                .unavailable, "the connection to \(endpoint.description) broke: \(error)")
        }
    }

    private func head(
        _ method: Method, _ path: String, _ body: [UInt8], _ contentType: String?,
        _ authorization: String?
    ) -> HTTPRequestHead {
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method.rawValue), uri: path)
        switch endpoint {
        case .socket: head.headers.add(name: "host", value: "localhost")
        case .tcp(let host, let port, _): head.headers.add(name: "host", value: "\(host):\(port)")
        }
        head.headers.add(name: "connection", value: "close")
        if let contentType { head.headers.add(name: "content-type", value: contentType) }
        if method != .get { head.headers.add(name: "content-length", value: String(body.count)) }
        if let authorization = authorization ?? token.map({ "Bearer \($0)" }) {
            head.headers.add(name: "authorization", value: authorization)
        }
        return head
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws -> Connection {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(Self.connectSeconds))
        do {
            switch endpoint {
            case .socket(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path) {
                    Self.prepare($0, tls: nil)
                }
            case .tcp(let host, let port, let tls):
                let context =
                    tls ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
                return try await bootstrap.connect(host: host, port: port) {
                    Self.prepare($0, tls: context.map { ($0, host) })
                }
            }
        } catch {
            if (error as? IOError)?.errnoCode == EACCES {
                throw CommandFailure(
                    .permission,
                    "\(endpoint.description) is not for this user: only who runs the server may")
            }
            throw CommandFailure(
                .unavailable,
                "no server answers at \(endpoint.description) (\(Self.reason(error))); start "
                    + "logserver, or name the server with --socket or --server")
        }
    }

    private static func prepare(
        _ channel: any Channel, tls: (NIOSSLContext, String)?
    ) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let (context, host) = tls {
                // Addresses are not announced (RFC 6066, 3); the certificate is held against the peer's.
                let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
                try pipeline.addHandler(
                    NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host))
            }
            try pipeline.addHTTPClientHandlers()
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        if let error = error as? NIOConnectionError, let first = error.connectionErrors.first {
            return reason(first.error)
        }
        return "\(error)"
    }
}

/// Builds the query of a path; values are percent-encoded.
struct Query {
    private var items: [String] = []

    mutating func add(_ name: String, _ value: String?) {
        if let value { items.append("\(name)=\(Self.encode(value))") }
    }

    mutating func add(_ name: String, _ value: Int?) {
        add(name, value.map(String.init))
    }

    func path(_ path: String) -> String {
        items.isEmpty ? path : path + "?" + items.joined(separator: "&")
    }

    /// Everything but the unreserved characters of RFC 3986 section 2.3 is encoded.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            let scalar = UnicodeScalar(byte)
            if byte < 0x80,
                scalar.properties.isAlphabetic || "0123456789-._~".contains(Character(scalar))
            {
                encoded.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return encoded
    }
}
