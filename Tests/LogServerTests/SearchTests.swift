import ErrorModel
import EventLog
import LogServer
import Projections
import Testing

struct SearchTests {
    private static let events = [
        #"{"type":"TypeError","message":"x is undefined","release":"1.0.0","user":{"id":"u1"}}"#,
        #"{"type":"Timeout","message":"no answer","release":"1.10.0","level":"warning","tags":{"my shop":"eu 1"}}"#,
        #"{"type":"Timeout","message":"no answer","release":"1.2.0","level":"warning"}"#,
        #"{"type":"Refused","message":"no account","account":{"id":"acme"},"user":{"id":"u2"}}"#,
    ]

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
            let hex = String(byte, radix: 16, uppercase: true)
            return isPlain
                ? String(UnicodeScalar(byte)) : "%" + (hex.count == 1 ? "0" + hex : hex)
        }.joined()
    }

    /// The types of the issues that are found, sorted.
    private static func find(
        _ query: String, _ more: String = "", _ server: RunningServer
    ) async throws -> [String] {
        let end = server.app.log.durableOffset
        let answer = try await server.send(
            "GET", "/api/error-issues?at_least=\(end)\(more)&query=\(encoded(query))")
        #expect(answer.status == 200, "\(query): \(answer.text)")
        return (answer.json["issues"]?.array ?? []).compactMap { $0["type"]?.string }.sorted()
    }

    @Test func `a search finds what it says`() async throws {
        try await RunningServer.with { server in
            let sent = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
                body: Self.events.joined(separator: "\n"))
            #expect(sent.status == 200, "\(sent.text)")
            let cases: [(query: String, more: String, types: [String])] = [
                (" ", "", ["Refused", "Timeout", "TypeError"]),
                ("undefined", "", ["TypeError"]),
                ("\"TypeError: x\" is:open", "", ["TypeError"]),
                ("no OR undefined", "", ["Refused", "Timeout", "TypeError"]),
                ("no !type:Timeout", "", ["Refused"]),
                (#"tag."my shop":"eu 1""#, "", ["Timeout"]),
                (#"!tag."my shop":eu*"#, "", ["Refused", "TypeError"]),
                ("level:<error", "", ["Timeout"]),
                ("level:<error", "&level=error", []),
                ("lastSeen:-1h events:>=2", "", ["Timeout"]),
                ("lastSeen:<-1h", "", []),
                ("release:>=1.2", "", ["Timeout"]),
                ("release:>1.2", "", ["Timeout"]),
                ("release:<1.2", "", ["TypeError"]),
                ("firstRelease:1.2.0", "", []),
                ("!has:release", "", ["Refused"]),
                ("project:shop user:u1", "", ["TypeError"]),
                ("user:u1", "&project=1", ["TypeError"]),
                ("user:u1 OR account:acme", "&project=shop", ["Refused", "TypeError"]),
                ("!(user:u1 OR account:acme)", "&project=shop", ["Timeout"]),
                ("user:nobody", "&project=shop", []),
                ("project:shop", "&sort=trend", ["Refused", "Timeout", "TypeError"]),
            ]
            for (query, more, types) in cases {
                let found = try await Self.find(query, more, server)
                #expect(found == types, "\(query) \(more)")
            }
        }
    }

    @Test func `ignored issues are out of sight until they are asked for`() async throws {
        try await RunningServer.with { server in
            _ = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
                body: Self.events.joined(separator: "\n"))
            for (type, status) in [("Refused", "ignored"), ("TypeError", "muted")] {
                let end = server.app.log.durableOffset
                let found = try await server.send(
                    "GET", "/api/error-issues?at_least=\(end)&query=type:\(type)")
                let id = found.json["issues"]?.array?.first?["id"]?.string ?? ""
                let moved = try await server.send(
                    "PATCH", "/api/error-issues/\(id)/status", body: #"{"status":"\#(status)"}"#)
                #expect(moved.status == 200, "\(moved.text)")
            }
            let cases: [(query: String, more: String, types: [String])] = [
                ("", "", ["Timeout", "TypeError"]), ("no", "", ["Timeout"]),
                ("is:ignored", "", ["Refused"]), ("!is:open", "", ["Refused", "TypeError"]),
                ("", "&status=ignored,muted", ["Refused", "TypeError"]),
                ("has:condition", "", []),
            ]
            for (query, more, types) in cases {
                #expect(try await Self.find(query, more, server) == types, "\(query) \(more)")
            }
        }
    }

    @Test func `the events of an issue are searched as issues are`() async throws {
        try await RunningServer.with { server in
            let events = [
                #"{"id":"0000000000000000000000000000000a","release":"1.0.0","user":{"id":"u1"},"tags":{"region":"eu","a":"b"}"#,
                #"{"id":"0000000000000000000000000000000b","release":"1.10.0","level":"warning","account":{"id":"acme"}"#,
                #"{"id":"0000000000000000000000000000000c","environment":"staging","platform":"python","tags":{"region":"us"}"#,
            ].map { $0 + #","type":"Timeout","message":"no answer from 10"}"# }
            let sent = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
                body: events.joined(separator: "\n"))
            #expect(sent.status == 200, "\(sent.text)")
            let end = server.app.log.durableOffset
            let list = try await server.send("GET", "/api/error-issues?at_least=\(end)")
            let id = list.json["issues"]?.array?.first?["id"]?.string ?? ""
            let cases: [(query: String, more: String, events: String)] = [
                ("", "", "cba"), ("answer", "", "cba"), ("\"timeout: no\"", "", "cba"),
                ("type:time*", "", "cba"), ("nothing OR release:1.0.0", "", "a"),
                ("release:>=1.2", "", "b"), ("release:<1.2", "", "a"), ("!has:release", "", "c"),
                ("release:1.*", "", "ba"), ("level:<error", "", "b"), ("level:error", "", "ca"),
                ("environment:staging", "", "c"), ("environment:Staging", "", ""),
                ("user:u1", "", "a"), ("!user:u1", "", "cb"), ("account:acme", "", "b"),
                ("has:user OR has:account", "", "ba"), ("tag.region:e*", "", "a"),
                ("tag.region:eu tag.a:b", "", "a"), ("!tag.region:eu", "", "cb"),
                ("platform:PYTHON", "", "c"), ("project:shop action:caught", "", "cba"),
                ("", "&user=u1", "a"), ("", "&account=acme", "b"), ("has:release", "&user=u2", ""),
                ("", "&status=open&project=shop", "cba"), ("", "&status=resolved", ""),
            ]
            for (query, more, wanted) in cases {
                let answer = try await server.send(
                    "GET",
                    "/api/error-issues/\(id)/events?at_least=\(end)\(more)"
                        + (query.isEmpty ? "" : "&query=\(Self.encoded(query))"))
                #expect(answer.status == 200, "\(query): \(answer.text)")
                let found = (answer.json["events"]?.array ?? []).compactMap {
                    $0["id"]?.string?.suffix(1)
                }
                #expect(found.joined() == wanted, "\(query) \(more)")
            }
            for query in [
                "is:open", "a OR events:>1", "lastSeen:-1h", "!firstRelease:1.0.0", "a OR",
            ] {
                let answer = try await server.send(
                    "GET", "/api/error-issues/\(id)/events?query=\(Self.encoded(query))")
                #expect(answer.status == 400 && answer.json["column"] != nil, "\(query)")
            }
        }
    }

    @Test func `a search of several views says what all of them reflect`() async throws {
        try await RunningServer.with { server in
            for number in 0..<20 {
                let event = #"{"type":"T\#(number)","message":"m","tags":{"n":"v\#(number)"}}"#
                let answer = try await server.send(
                    "POST", "/api/events", ["authorization": "Bearer \(server.key)"], body: event)
                let offset = UInt64(answer.json["offset"]?.int64 ?? 0)
                let list = try await server.send(
                    "GET", "/api/error-issues?query=tag.n:v\(number)")
                let reflected = list.headers["x-faultlog-offset"].flatMap { UInt64($0) } ?? 0
                let isFound = list.json["issues"]?.array?.isEmpty == false
                #expect(isFound || reflected <= offset, "\(number)")
            }
        }
    }

    @Test func `a plus is a space, but in the zone of a time`() async throws {
        try await RunningServer.with { server in
            _ = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
                body: Self.events[0])
            let end = server.app.log.durableOffset
            for (query, count) in [
                ("query=is+undefined", 1), ("query=is%2Bundefined", 0),
                ("query=type:TypeError+level%3Aerror", 1), ("as_of=2020-01-01T00:00:00+02:00", 0),
                ("as_of=2020-01-01T00:00:00%2B02:00", 0),
            ] {
                let most = query.hasPrefix("as_of") ? "" : "at_least=\(end)&"
                let found = try await server.send("GET", "/api/error-issues?\(most)\(query)")
                #expect(found.json["issues"]?.array?.count == count, "\(query): \(found.text)")
            }
        }
    }

    @Test func `what a route does not know is refused`() async throws {
        try await RunningServer.with { server in
            _ = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
                body: Self.events[0])
            let end = server.app.log.durableOffset
            let list = try await server.send("GET", "/api/error-issues?at_least=\(end)")
            let id = list.json["issues"]?.array?.first?["id"]?.string ?? ""
            let events = try await server.send("GET", "/api/error-issues/\(id)/events")
            let event = events.json["events"]?.array?.first?["id"]?.string ?? ""
            for path in [
                "/api/error-issues/\(id)/events?query=is:open",
                "/api/error-issues/\(id)/events?status=x",
                "/api/error-issues/\(id)/explain?as_of=0", "/api/projects?as_of=0",
                "/api/events/\(event)?as_of=0", "/api/logs?project=shop&trace=a&as_of=0",
                "/api/projects/shop/client-reports?as_of=0",
                "/api/origins/shop/releases/1.0.0/health?as_of=garbage",
            ] {
                let answer = try await server.send("GET", path)
                #expect(answer.status == 400, "\(path): \(answer.text)")
            }
            for until in [
                #"{"events":1,"users":1}"#, #"{"seconds":5}"#, "{}", #"{"x":1}"#,
                #"{"time":"2020-01-01T00:00:00Z"}"#,
            ] {
                let answer = try await server.send(
                    "PATCH", "/api/error-issues/\(id)/status",
                    body: #"{"status":"muted","until":\#(until)}"#)
                #expect(answer.status == 400, "\(until): \(answer.text)")
            }
            let unmerge = try await server.send(
                "POST", "/api/error-issues/\(id)/unmerge", body: #"{"issues":[]}"#)
            #expect(unmerge.status == 400, "\(unmerge.text)")
            let batch = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"], body: "{}\nx")
            #expect(batch.status == 400 && batch.json["title"]?.string == "Bad Request")
            #expect(batch.json["refused"]?.int64 == 2, "\(batch.text)")
            #expect(batch.headers["content-type"] == "application/problem+json")
        }
    }

    @Test func `a wrong search is 400 with the place`() async throws {
        try await RunningServer.with { server in
            for (query, column, found) in [
                ("is:open (level:bad)", 16, "'bad'"), ("user:u1", 1, "'user:u1'"),
                ("a project:nobody", 3, "'project:nobody'"),
                ("a OR", 5, "the end"), (String(repeating: "a ", count: 2_000), 2_049, "4000"),
            ] {
                let answer = try await server.send(
                    "GET", "/api/error-issues?query=\(Self.encoded(query))")
                #expect(answer.status == 400, "\(query): \(answer.text)")
                #expect(answer.json["column"]?.int64 == Int64(column), "\(query)")
                #expect(answer.json["found"]?.string == found, "\(query)")
                #expect(answer.detail.hasPrefix("'query': column \(column): expected "))
                #expect(answer.detail.hasSuffix("^"))
            }
        }
    }

    @Test func `pages by trend go on where they ended`() async throws {
        try await RunningServer.with { server in
            for number in 0..<5 {
                _ = try await server.send(
                    "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
                    body: #"{"type":"E\#(number)","message":"m"}"#)
            }
            var path: String? = ""
            var types: [String] = []
            while let more = path {
                let answer = try await server.send(
                    "GET",
                    "/api/error-issues?sort=trend&limit=2"
                        + "&at_least=\(server.app.log.durableOffset)\(more)")
                #expect(answer.status == 200, "\(answer.text)")
                types += (answer.json["issues"]?.array ?? []).compactMap { $0["type"]?.string }
                path = answer.json["next"]?.string.map { "&cursor=\($0)" }
            }
            #expect(types.sorted() == ["E0", "E1", "E2", "E3", "E4"])
        }
    }
}
