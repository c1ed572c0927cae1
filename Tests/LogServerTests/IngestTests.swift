import ErrorModel
import EventLog
import LogServer
import Testing

struct IngestTests {
    private static let event =
        #"{"event_id":"6261c2e8dd154238c95e4893a3f10311","platform":"javascript","#
        + #""exception":{"values":[{"type":"TypeError","value":"x"}]}}"#
    private static let id = "6261c2e8dd154238c95e4893a3f10311"

    private static func envelope(_ items: [String]) -> String {
        #"{"event_id":"\#(id)"}"# + "\n" + items.joined(separator: "\n") + "\n"
    }

    private static func auth(_ server: RunningServer) -> [String: String] {
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

    // MARK: the wire

    @Test(arguments: [
        "http://shop.example:8080", "HTTPS://shop.example", "http://shop.example/../x",
    ])
    func `a target may name scheme and host, as behind some proxies`(_ host: String) async throws {
        try await RunningServer.with { server in
            let isPath = host.hasSuffix("x")
            let key = ["authorization": "Bearer \(server.key)"]
            for door in Door.allCases {
                let taken = try await server.send(
                    "POST", "\(host)/api/events", key, body: #"{"message":"m"}"#, door: door)
                let projects = try await server.send(
                    "GET", "\(host)/api/projects", ["authorization": "Bearer \(server.token)"],
                    door: door)
                #expect(isPath ? taken.status >= 400 : taken.status == 200)
                #expect(projects.status == (isPath ? 404 : 200))
            }
        }
    }

    @Test func `a mark in front of UTF-8 is passed over`() async throws {
        try await RunningServer.with { server in
            let key = ["authorization": "Bearer \(server.key)"]
            for body in [
                #"{"message":"m"}"#, #"[{"message":"n"}]"#,
                "{\"message\":\"o\"}\n{\"message\":\"p\"}",
            ] {
                let answer = try await server.send(
                    "POST", "/api/events", key, body: "\u{FEFF}" + body)
                #expect(answer.status == 200 && answer.json["refused"]?.int64 == 0)
            }
            let packed = Packing.gzip(Array(("\u{FEFF}" + Self.event).utf8))
            for (path, body) in [
                (
                    "/api/1/envelope/",
                    Array(
                        ("\u{FEFF}" + Self.envelope([#"{"type":"event"}"#, #"{"message":"q"}"#]))
                            .utf8)
                ),
                ("/api/1/store/", packed),
            ] {
                let encoding = path.contains("store") ? ["content-encoding": "gzip"] : [:]
                let answer = try await server.send(
                    "POST", path, Self.auth(server).merging(encoding) { $1 }, body: body)
                #expect(answer.status == 200, "\(path): \(answer.text)")
            }
            // Envelope and store name the same event.
            #expect(server.app.counters.snapshot.accepted == 5)
            // A mark alone is no body, and one in the middle is no JSON.
            for body in ["\u{FEFF}", #"{"message":\#u{FEFF}"m"}"#] {
                #expect(try await server.send("POST", "/api/events", key, body: body).status == 400)
            }
        }
    }

    @Test func `pipelined requests, of ingest and of the API, are answered in order`()
        async throws
    {
        try await RunningServer.with { server in
            for door in Door.allCases {
                let answers = try await onThread { () -> [WireAnswer] in
                    let wire = try server.wire(door)
                    let key = ["authorization": "Bearer \(server.key)"]
                    let admin = ["authorization": "Bearer \(server.token)"]
                    var bytes: [UInt8] = []
                    for number in 0..<10 {
                        bytes += RunningServer.request(
                            "POST", "/api/events", key, body: #"{"message":"m\#(number)"}"#)
                        bytes += RunningServer.request("GET", "/healthz", admin)
                        bytes += RunningServer.request("POST", "/api/1/store/", body: "{}")
                    }
                    try wire.send(bytes)
                    return try (0..<30).map { _ in try wire.answer() }
                }
                #expect(
                    answers.map(\.status) == (0..<10).flatMap { _ in [200, 200, 401] })
                let offsets = answers.compactMap { $0.json["offset"]?.int64 }
                #expect(offsets == offsets.sorted() && offsets.count == 10)
            }
        }
    }

    @Test func `a client that half closes behind its requests gets the last answer too`()
        async throws
    {
        try await RunningServer.with { server in
            for _ in 0..<20 {
                let answers = try await onThread { () -> [WireAnswer] in
                    let wire = try server.wire()
                    // The field lets the pipeline have them.
                    let fields = ["authorization": "Bearer \(server.key)", "te": "trailers"]
                    let request = RunningServer.request(
                        "POST", "/api/events", fields, body: #"{"message":"m"}"#)
                    try wire.send(request + request + request)
                    wire.endSending()
                    let answers = try (0..<3).map { _ in try wire.answer() }
                    #expect(try wire.isClosed())
                    return answers
                }
                #expect(answers.map(\.status) == [200, 200, 200])
            }
        }
    }

    @Test func `other methods are 405, and HEAD leaves the connection in step`() async throws {
        try await RunningServer.with { server in
            let answers = try await onThread { () -> [WireAnswer] in
                let wire = try server.wire()
                var answers: [WireAnswer] = []
                for method in ["GET", "HEAD", "PUT", "DELETE", "HEAD", "GET"] {
                    try wire.send(RunningServer.request(method, "/api/1/envelope/"))
                    answers.append(try wire.answer(toHead: method == "HEAD"))
                }
                return answers
            }
            for answer in answers {
                #expect(answer.status == 405)
                #expect(answer.headers["allow"] == "POST, OPTIONS")
                #expect(answer.headers["access-control-allow-origin"] == "*")
            }
        }
    }

    @Test func `a preflight names what a browser may send`() async throws {
        try await RunningServer.with { server in
            for path in ["/api/1/envelope/", "/api/1/store/", "/api/events"] {
                let answer = try await server.send("OPTIONS", path, door: .tcp)
                #expect(answer.status == 200)
                #expect(answer.headers["access-control-allow-origin"] == "*")
                #expect(answer.headers["access-control-allow-methods"] == "POST")
                #expect(
                    answer.headers["access-control-allow-headers"]?.contains("x-sentry-auth")
                        == true)
            }
        }
    }

    @Test func `a client that asks first is told to go on`() async throws {
        try await RunningServer.with { server in
            let body = #"{"message":"m"}"#
            let answers = try await onThread { () -> [WireAnswer] in
                let wire = try server.wire()
                try wire.send(
                    "POST /api/events HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
                        + "authorization: Bearer \(server.key)\r\n"
                        + "content-length: \(body.utf8.count)\r\n\r\n")
                let go = try wire.answer()
                try wire.send(body)
                return [go, try wire.answer()]
            }
            #expect(answers.map(\.status) == [100, 200])
        }
    }

    @Test(arguments: ["POST", "PUT", "OPTIONS"])
    func `a client that asks first with too much, or the wrong method, is answered at once`(
        method: String
    ) async throws {
        try await RunningServer.with { server in
            let answer = try await onThread { () -> WireAnswer in
                let wire = try server.wire()
                try wire.send(
                    "\(method) /api/events HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
                        + "authorization: Bearer \(server.key)\r\n"
                        + "content-length: 25000000\r\n\r\n")
                return try wire.answer()
            }
            #expect(answer.status == ["POST": 413, "PUT": 405, "OPTIONS": 200][method])
            #expect(answer.headers["connection"] == "close")
        }
    }

    @Test func `what stands before a break in an envelope is kept, and an empty list is no error`()
        async throws
    {
        try await RunningServer.with { server in
            let path = "/api/1/envelope/?sentry_key=\(server.key)"
            let good = "{}\n{\"type\":\"event\",\"length\":18}\n{\"message\":\"good\"}\n"
            for rest in [
                "oops\n", "{\"a\":1}\nx\n", "{\"type\":\"attachment\",\"length\":99}\nab",
            ] {
                let answer = try await server.send("POST", path, body: good + rest)
                #expect(answer.status == 200 && answer.json["id"] != nil, "\(rest): \(answer.text)")
            }
            let report =
                "{}\n{\"type\":\"client_report\"}\n"
                + #"{"discarded_events":[{"reason":"queue","category":"error","quantity":3}]}"#
            #expect(try await server.send("POST", path, body: report + "\noops\n").status == 200)
            #expect(try await server.send("POST", path, body: "{}\noops\n" + good).status == 400)
            let status = try await server.send("GET", "/api/status").json
            #expect(status["accepted"]?.int64 == 3)
            #expect(status["refused"]?["invalid_envelope"]?.int64 == 5)
            #expect(server.app.log.durableOffset == 5)
            for body in ["[]", " [ ]\n"] {
                let answer = try await server.post(body)
                #expect(
                    answer.status == 200 && answer.json["accepted"]?.int64 == 0, "\(answer.text)")
            }
            #expect(try await server.post("").status == 400)
        }
    }

    @Test func `clients that hang up or half close do not disturb the others`() async throws {
        try await RunningServer.with { server in
            let head =
                "POST /api/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \(server.key)\r\n"
            let halfClosed = try await onThread { () -> WireAnswer in
                for _ in 0..<20 {
                    try server.wire().send(head + "content-length: 100\r\n\r\n{\"message\"")
                    try server.wire().send(head + "content-length: 15\r\n\r\n{\"message\":\"m\"}")
                    try server.wire().send("POST /api/events HT")
                }
                let wire = try server.wire()
                try wire.send(head + "content-length: 15\r\n\r\n{\"message\":\"m\"}")
                wire.endSending()
                let answer = try wire.answer()
                #expect(try wire.isClosed())
                return answer
            }
            #expect(halfClosed.status == 200)
            #expect(try await server.post(#"{"message":"still here"}"#).status == 200)
        }
    }

    @Test(arguments: [
        "{}\r\n\r\n", "GET / HTTP/1.1\r\nhost: x\r\n\r\n{}",
        "GET / HTTP/1.1\r\nhost: x\r\n\r\n{}\r\n\r\n",
        "POST /api/events HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}{}\r\n\r\n",
        "POST /api/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "PATCH /api/projects/shop HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "PATCH /api/projects/shop HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{}",
        "GET / HTTP/1.1\r\nhost: x\r\nx: \(String(repeating: "a", count: 40_000))\r\n\r\n",
    ])
    func `what is no HTTP ends its connection and nothing else`(text: String) async throws {
        try await RunningServer.with { server in
            let last = try await onThread { () -> Int in
                for isHalfClosed in [false, true, false, true, true] {
                    let wire = try server.wire()
                    try wire.send(text)
                    if isHalfClosed { wire.endSending() } else { continue }
                    while let answer = try? wire.answer() { #expect(answer.status >= 200) }
                }
                let wire = try server.wire()
                try wire.send("{}\r\n\r\n")
                let status = try wire.answer().status
                #expect(try wire.isClosed())
                return status
            }
            #expect(last == 400)
            #expect(try await server.post(#"{"message":"still here"}"#).status == 200)
        }
    }

    @Test func `connection close is done after the answer`() async throws {
        try await RunningServer.with { server in
            let isClosed = try await onThread { () -> Bool in
                let wire = try server.wire()
                try wire.send(
                    RunningServer.request(
                        "POST", "/api/events",
                        ["authorization": "Bearer \(server.key)", "connection": "close"],
                        body: #"{"message":"m"}"#))
                let answer = try wire.answer()
                return try answer.status == 200 && wire.isClosed()
            }
            #expect(isClosed)
        }
    }
}
