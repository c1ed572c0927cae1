import Glibc
import Testing

@testable import LogServer

/// What of HTTP the short way takes, and that both ways give one answer.
struct IngestHeadTests {
    private static func head(_ text: String) -> IngestHead? {
        guard case .plain(let head) = read(text) else { return nil }
        return head
    }

    private static func read(_ text: String) -> IngestHead.Reading {
        Array(text.utf8).withUnsafeBytes { IngestHead.read($0) }
    }

    @Test func `a plain head is read whole`() throws {
        let text =
            "POST /api/shop/envelope/?sentry_key=a%20b HTTP/1.1\r\nHost: h\r\n"
            + "X-SENTRY-auth:  Sentry sentry_key=k \r\nx-sentry-auth: second\r\n"
            + "Authorization: Bearer b\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\n"
            + "Connection: Keep-Alive\r\nContent-Length: 0012\r\n\r\n"
        let head = try #require(Self.head(text + "the body"))
        #expect(head.route == .envelope(project: "shop"))
        #expect(head.query == "sentry_key=a%20b")
        #expect(head.fields.sentryAuth == "Sentry sentry_key=k")
        #expect(head.fields.authorization == "Bearer b")
        #expect(head.fields.contentEncoding == "gzip")
        #expect(head.fields.contentType == "text/plain")
        #expect(head.byteCount == text.utf8.count)
        #expect(head.bodyByteCount == 12)
        for end in 0..<text.utf8.count {
            guard
                case .unfinished = Self.read(String(decoding: text.utf8.prefix(end), as: UTF8.self))
            else {
                Issue.record("\(end) bytes")
                continue
            }
        }
    }

    private static let line = "POST /api/events HTTP/1.1\r\n"

    @Test(arguments: [
        "GET /api/events HTTP/1.1\r\ncontent-length: 1\r\n\r\n",
        "post /api/events HTTP/1.1\r\ncontent-length: 1\r\n\r\n",
        "POST /api/events HTTP/1.0\r\ncontent-length: 1\r\n\r\n",
        "POST  /api/events HTTP/1.1\r\ncontent-length: 1\r\n\r\n",
        "POST /api/events#x HTTP/1.1\r\ncontent-length: 1\r\n\r\n",
        "POST /api/projects HTTP/1.1\r\ncontent-length: 1\r\n\r\n",
        "POST http://h/api/events HTTP/1.1\r\ncontent-length: 1\r\n\r\n",
        "POST /api/events HTTP/1.1\ncontent-length: 1\n\n",
        line + "\r\n", line + "content-length: 1\r\n\n",
        line + "content-length: 1\r\ncontent-length: 1\r\n\r\n",
        line + "content-length: -1\r\n\r\n", line + "content-length: +1\r\n\r\n",
        line + "content-length: 1 1\r\n\r\n", line + "content-length:\r\n\r\n",
        line + "content-length: 99999999999999999999\r\n\r\n",
        line + "content-length: \(IngestLimits.bodyBytes + 1)\r\n\r\n",
        line + "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        line + "content-length: 1\r\nExpect: 100-continue\r\n\r\n",
        line + "content-length: 1\r\nConnection: close\r\n\r\n",
        line + "content-length: 1\r\nUpgrade: h2c\r\n\r\n",
        line + "content-length: 1\r\n folded: 1\r\n\r\n",
        line + "content-length: 1\r\nname : 1\r\n\r\n", line + "content-length: 1\r\n: 1\r\n\r\n",
        line + "content-length: 1\r\nnocolon\r\n\r\n", line + "content-length: 1\r\na: \t1\r\n\r\n",
        line + "content-length: 1\r\na: \u{7f}\r\n\r\n", line + "content-length: 1\r\na: ä\r\n\r\n",
        line + "content-length: 1\r\na: \0\r\n\r\n",
        line + "content-length: 1\r\na: \(String(repeating: "a", count: 9_000))\r\n\r\n",
        line + String(repeating: "a: 1\r\n", count: 65) + "content-length: 1\r\n\r\n",
    ])
    func `everything else is the pipeline's`(text: String) {
        guard case .foreign = Self.read(text) else {
            Issue.record("taken, or waited for")
            return
        }
    }

    @Test(arguments: ["G", "PUT /", "POSt", "\u{16}\u{3}\u{1}", "POST /a\u{1}", "\r\n"])
    func `what can become no plain request is not waited for`(text: String) {
        guard case .foreign = Self.read(text) else {
            Issue.record("taken, or waited for")
            return
        }
    }

    /// A field name that the short way does not take, and that means nothing.
    private static let detour = ["x_detour": "1"]

    @Test func `both ways answer with the same bytes`() async throws {
        try await RunningServer.with { server in
            let id = "0123456789abcdef0123456789abcdef"
            let sentry = ["x-sentry-auth": "Sentry sentry_key=\(server.key)"]
            let bearer = ["authorization": "Bearer \(server.key)"]
            let event = #"{"event_id":"\#(id)","message":"m"}"#
            let envelope = "{}\n{\"type\":\"event\"}\n\(event)\n"
            let native = #"{"id":"\#(id)","message":"m"}"#
            let requests: [(String, [String: String], String)] = [
                ("/api/1/envelope/", sentry, envelope),
                ("/api/shop/envelope?sentry_key=\(server.key)", [:], envelope),
                ("/api/1/store/", sentry, event), ("/api/1/store/", sentry, "{"),
                ("/api/events", bearer, native), ("/api/events/", bearer, "[\(native),1]"),
                ("/api/1/envelope/", [:], envelope), ("/api/2/envelope/", sentry, envelope),
                ("/api/1/envelope/", sentry, "no envelope"), ("/api/events", bearer, ""),
                ("/api/1/envelope/", sentry, "{}\n{\"type\":\"session\"}\n{}\n"),
                ("/api/events", bearer.merging(["content-encoding": "gzip"]) { $1 }, "no gzip"),
                ("/api/events", bearer.merging(["content-encoding": "x"]) { $1 }, native),
            ]
            // Once before, so that each is a duplicate both times.
            for (path, headers, body) in requests {
                _ = try await server.send("POST", path, headers, body: body)
            }
            for (path, headers, body) in requests {
                let detoured = headers.merging(Self.detour) { $1 }
                let short = try await Self.bytes(server, path, headers, body)
                let long = try await Self.bytes(server, path, detoured, body)
                #expect(short == long)
                #expect(short.hasPrefix("HTTP/1.1 "))
            }
        }
    }

    /// All that comes back; the connection is closed by a second request, so that it ends.
    private static func bytes(
        _ server: RunningServer, _ path: String, _ headers: [String: String], _ body: String
    ) async throws -> String {
        try await onThread {
            let wire = try server.wire()
            try wire.send(RunningServer.request("POST", path, headers, body: body))
            try wire.send(RunningServer.request("OPTIONS", path, ["connection": "close"]))
            return try wire.rest()
        }
    }

    @Test func `a request may come in pieces, and another right behind it`() async throws {
        try await RunningServer.with { server in
            let bearer = ["authorization": "Bearer \(server.key)"]
            let one = RunningServer.request(
                "POST", "/api/events", bearer, body: #"{"message":"m"}"#)
            try await onThread {
                let wire = try server.wire()
                for cut in stride(from: 1, to: one.count, by: 7) {
                    try wire.send(Array(one[..<cut]))
                    // Gives the server the time to see the piece alone, mostly.
                    if cut % 5 == 0 { usleep(500) }
                    try wire.send(Array(one[cut...]) + one + one[..<cut])
                    try wire.send(Array(one[cut...]))
                    for _ in 0..<3 { #expect(try wire.answer().status == 200) }
                }
            }
            for cut in [120, one.count - 3] {
                try await onThread {
                    let wire = try server.wire()
                    try wire.send(Array(one[..<cut]))
                    usleep(2_000)
                    wire.endSending()
                    // What the HTTP pipeline says of a request that ends too early.
                    #expect(try wire.rest().hasPrefix("HTTP/1.1 400 "))
                }
            }
        }
    }

    @Test func `many requests sent at once are answered one after the other`() async throws {
        try await RunningServer.with { server in
            let count = 3_000
            let refused = RunningServer.request("POST", "/api/events", body: "{}")
            let taken = RunningServer.request(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
                body: #"{"message":"m"}"#)
            let statuses = try await onThread { () -> [Int] in
                let wire = try server.wire()
                // In pieces: neither side holds all of them while the other is not reading.
                return try (0..<count / 30).flatMap { _ in
                    try wire.send((0..<15).flatMap { _ in refused + taken })
                    return try (0..<30).map { _ in try wire.answer().status }
                }
            }
            #expect(statuses == (0..<count).map { $0 % 2 == 0 ? 401 : 200 })
        }
    }
}
