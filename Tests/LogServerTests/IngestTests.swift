import ErrorModel
import EventLog
import LogServer
import Testing

struct IngestTests {
    static let event =
        #"{"event_id":"6261c2e8dd154238c95e4893a3f10311","platform":"javascript","#
        + #""exception":{"values":[{"type":"TypeError","value":"x"}]}}"#
    static let id = "6261c2e8dd154238c95e4893a3f10311"

    static func envelope(_ items: [String]) -> String {
        #"{"event_id":"\#(id)"}"# + "\n" + items.joined(separator: "\n") + "\n"
    }

    static func auth(_ server: RunningServer) -> [String: String] {
        ["x-sentry-auth": "Sentry sentry_version=7, sentry_key=\(server.key)"]
    }

    // MARK: keys

    @Test func `no key is 401, an unknown one and another project's 403`() async throws {
        try await RunningServer.with { server in
            let other = try await server.send("POST", "/api/projects", body: #"{"slug":"other"}"#)
            let otherKey = other.json["key"]?.string ?? ""
            for door in Door.allCases {
                for path in ["/api/1/store/", "/api/1/envelope/", "/api/shop/envelope/"] {
                    let body = path.contains("store") ? Self.event : Self.envelope([])
                    let none = try await server.send("POST", path, body: body, door: door)
                    #expect(none.status == 401)
                    for key in ["pk_nobody", "", otherKey] {
                        let wrong = try await server.send(
                            "POST", path, ["x-sentry-auth": "Sentry sentry_key=\(key)"],
                            body: body, door: door)
                        #expect(wrong.status == (key.isEmpty ? 401 : 403), "\(path) \(key)")
                        #expect(wrong.headers["access-control-allow-origin"] == "*")
                    }
                }
            }
            let native = try await server.send("POST", "/api/events", body: Self.event)
            #expect(native.status == 401)
            let wrong = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer pk_nobody"], body: Self.event)
            #expect(wrong.status == 403)
            // The administrator's token is no key.
            let token = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.token)"],
                body: Self.event)
            #expect(token.status == 403)
            #expect(server.app.counters.snapshot.accepted == 0)
        }
    }

    // MARK: good ones

    @Test func `every way to send, encoded and not`() async throws {
        try await RunningServer.with { server in
            var accepted: Int64 = 0
            func expect(_ answer: WireAnswer) {
                accepted += 1
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["id"]?.string?.utf8.count == 32)
            }
            func body(_ number: Int) -> String {
                #"{"message":"hello","event_id":"\#(HexText.text(1))\#(HexText.text(UInt64(number)))"}"#
            }
            let header = Self.auth(server)
            expect(try await server.send("POST", "/api/1/store/", header, body: body(1)))
            expect(try await server.send("POST", "/api/shop/store", header, body: body(2)))
            expect(
                try await server.send(
                    "POST", "/api/1/store/?sentry_key=\(server.key)&sentry_version=7",
                    body: body(3)))
            expect(
                try await server.send(
                    "POST", "/api/1/store/", ["authorization": "Bearer \(server.key)"],
                    body: body(4)))
            let packers: [(String, ([UInt8]) -> [UInt8])] = [
                ("gzip", Packing.gzip), ("deflate", Packing.deflate), ("identity", { $0 }),
                ("GZIP", Packing.gzip),
            ]
            for (index, (name, pack)) in packers.enumerated() {
                var headers = header
                headers["content-encoding"] = name
                expect(
                    try await server.send(
                        "POST", "/api/1/store/", headers, body: pack(Array(body(10 + index).utf8)))
                )
                let item = #"{"type":"event"}"# + "\n" + body(20 + index)
                let envelope = "{}\n" + item + "\n"
                expect(
                    try await server.send(
                        "POST", "/api/1/envelope/", headers, body: pack(Array(envelope.utf8))))
            }
            let dsn = "http://\(server.key)@127.0.0.1/1"
            let tunnelled =
                #"{"dsn":"\#(dsn)"}"# + "\n" + #"{"type":"event"}"# + "\n" + body(40) + "\n"
            expect(try await server.send("POST", "/api/1/envelope/", body: tunnelled, door: .tcp))
            #expect(server.app.counters.snapshot.accepted == Int(accepted))
            #expect(Int64(server.app.log.durableOffset) == accepted + 1)
        }
    }

    @Test func `our own JSON: an object, an array, lines, and refused lines`() async throws {
        try await RunningServer.with { server in
            for body in [
                #"{"message":"a"}"#, #"[{"message":"a"},{"type":"B"}]"#,
                "{\"message\":\"a\"}\n{\"type\":\"C\"}\n\n{\"message\":\"d\"}\n",
            ] {
                let answer = try await server.post(body)
                #expect(answer.status == 200)
                #expect(answer.json["refused"]?.int64 == 0)
            }
            let mixed = try await server.post(
                "{\"message\":\"a\"}\n{bad\n{\"x\":1}\n{\"type\":\"T\"}")
            #expect(mixed.status == 200)
            #expect(mixed.json["accepted"]?.int64 == 2)
            #expect(mixed.json["refused"]?.int64 == 2)
            let reasons = mixed.json["reasons"]?.array ?? []
            #expect(reasons.map { $0["line"]?.int64 } == [2, 3])
            let bad = try await server.post("{bad\n{\"x\":1}")
            #expect(bad.status == 400)
            #expect(bad.json["refused"]?.int64 == 2)
            let many = String(repeating: "{\"message\":\"m\"}\n", count: 10_001)
            #expect(try await server.post(many).status == 400)
        }
    }

    @Test func `a duplicate is 200 with the same id and counted once`() async throws {
        try await RunningServer.with { server in
            for _ in 0..<3 {
                let answer = try await server.send(
                    "POST", "/api/1/store/", Self.auth(server), body: Self.event)
                #expect(answer.status == 200)
                #expect(answer.json["id"]?.string == Self.id)
            }
            let totals = server.app.counters.snapshot
            #expect(totals.accepted == 1)
            #expect(totals.duplicate == 2)
            let list = try await server.send(
                "GET", "/api/error-issues?at_least=\(server.app.log.durableOffset)")
            #expect(list.json["issues"]?.array?.first?["events"]?.int64 == 1)
        }
    }

    @Test func `unknown items are taken and counted, bad ones beside good ones as well`()
        async throws
    {
        try await RunningServer.with { server in
            let body = Self.envelope([
                #"{"type":"session"}"#, #"{"sid":"1"}"#, #"{"type":"made_up"}"#, "xyz",
                #"{"type":"event"}"#, "{broken", #"{"type":"event"}"#, Self.event,
            ])
            let answer = try await server.send(
                "POST", "/api/1/envelope/", Self.auth(server), body: body)
            #expect(answer.status == 200)
            #expect(answer.json["id"]?.string == Self.id)
            let totals = server.app.counters.snapshot
            #expect(totals.accepted == 1)
            #expect(totals.dropped["unknown_item"] == 1)
            #expect(totals.dropped["session_without_release"] == 1)
            #expect(totals.refused["invalid_event"] == 1)
        }
    }

    // MARK: bad ones

    @Test(arguments: [
        ("/api/1/store/", #"{"message":"#), ("/api/1/store/", #"{"message":"a"} x"#),
        ("/api/1/store/", ""), ("/api/1/store/", "[1]"),
        ("/api/1/store/", #"{"message":"a","event_id":"xyz"}"#),
        ("/api/1/envelope/", ""), ("/api/1/envelope/", "{bad\n"),
        ("/api/1/envelope/", "{}\n{\"type\":\"event\",\"length\":99}\n{}"),
        ("/api/1/envelope/", "{}\n{\"type\":\"event\"}\n{broken\n"),
        ("/api/1/store/", String(repeating: "[", count: 5_000)),
    ])
    func `broken JSON and framing is 400 and says where`(path: String, body: String) async throws {
        try await RunningServer.with { server in
            let answer = try await server.send("POST", path, Self.auth(server), body: body)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.headers["access-control-allow-origin"] == "*")
            #expect(answer.headers["x-sentry-error"]?.isEmpty == false)
            #expect(!answer.detail.isEmpty)
            if path == "/api/1/store/", body.hasPrefix("{\"message\":\"a\"} x") {
                #expect(answer.detail.contains("16"), "\(answer.detail)")
            }
        }
    }

    @Test func `what is packed badly or in an unknown way is refused`() async throws {
        try await RunningServer.with { server in
            var headers = Self.auth(server)
            headers["content-encoding"] = "gzip"
            let torn = Array(Packing.gzip(Array(Self.event.utf8)).dropLast(9))
            let broken = try await server.send("POST", "/api/1/store/", headers, body: torn)
            #expect(broken.status == 400)
            headers["content-encoding"] = "lzma"
            let unknown = try await server.send("POST", "/api/1/store/", headers, body: torn)
            #expect(unknown.status == 415)
        }
    }

    @Test(arguments: ["length", "chunks", "bomb"])
    func `what is too large is 413, and the connection lives on`(how: String) async throws {
        try await RunningServer.with { server in
            let auth = "x-sentry-auth: Sentry sentry_key=\(server.key)"
            let answers = try await onThread { () -> [WireAnswer] in
                let wire = try server.wire()
                let block = [UInt8](repeating: 0x20, count: 1 << 20)
                let head = "POST /api/1/store/ HTTP/1.1\r\nhost: x\r\n\(auth)\r\n"
                switch how {
                case "length":
                    try wire.send(head + "content-length: \(21 << 20)\r\n\r\n")
                    for _ in 0..<21 { try wire.send(block) }
                case "chunks":
                    try wire.send(head + "transfer-encoding: chunked\r\n\r\n")
                    for _ in 0..<21 {
                        try wire.send("100000\r\n")
                        try wire.send(block + Array("\r\n".utf8))
                    }
                    try wire.send("0\r\n\r\n")
                default:
                    let bomb = Packing.gzip([UInt8](repeating: 0x20, count: 41 << 20))
                    try wire.send(
                        head + "content-encoding: gzip\r\ncontent-length: \(bomb.count)\r\n\r\n")
                    try wire.send(bomb)
                }
                let refused = try wire.answer()
                try wire.send(
                    head + "content-length: \(Self.event.utf8.count)\r\n\r\n" + Self.event)
                return [refused, try wire.answer()]
            }
            #expect(answers.map(\.status) == [413, 200])
            #expect(answers[0].headers["access-control-allow-origin"] == "*")
            #expect(server.app.counters.snapshot.refused["too_large"] == 1)
        }
    }

    @Test func `an event of more than 1 MiB is 413`() async throws {
        try await RunningServer.with { server in
            let large = #"{"message":"\#(String(repeating: "m", count: 1 << 20))"}"#
            let answer = try await server.send(
                "POST", "/api/1/store/", Self.auth(server), body: large)
            #expect(answer.status == 413)
        }
    }
}
