import ErrorModel
import EventLog
import LogServer
import Testing

/// How ingest requests may come over the wire: targets, encodings, bodies in parts, connections.
extension IngestTests {
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
