import ErrorModel
import EventLog
import Foundation
import LogServer
import Testing

/// What comes beside events, from the envelope to the answer.
struct ItemTests {
    private static let event = "9ec79c33ec9942ab8353589fcb2e04dc"

    private static func envelope(_ header: String, _ items: (String, String)...) -> String {
        ([header] + items.flatMap { [#"{"type":"\#($0.0)"}"#, $0.1] }).joined(separator: "\n")
    }

    @discardableResult
    private static func send(
        _ server: RunningServer, _ body: String, expect status: Int = 200
    ) async throws -> WireAnswer {
        let answer = try await server.send(
            "POST", "/api/shop/envelope/", ["x-sentry-auth": "Sentry sentry_key=\(server.key)"],
            body: body)
        #expect(answer.status == status)
        return answer
    }

    private static func get(_ server: RunningServer, _ path: String) async throws -> JSONValue {
        let mark = path.contains("?") ? "&" : "?"
        let path = "\(path)\(mark)at_least=\(server.app.log.durableOffset)"
        return try await server.send("GET", path).json
    }

    private static func error(_ id: String = event) -> (String, String) {
        (
            "event",
            #"{"event_id":"\#(id)","exception":{"values":[{"type":"E","value":"v"}]}}"#
        )
    }

    @Test func `names of sessions are mended and cut as those of events are`() async throws {
        try await RunningServer.with { server in
            let (release, environment) = (#"1.0\u0000b"#, String(repeating: "e", count: 100))
            try await Self.send(
                server,
                Self.envelope(
                    "{}",
                    (
                        "event",
                        #"{"exception":{"values":[{"type":"E","value":"v"}]},"release":"\#(release)","environment":"\#(environment)"}"#
                    ),
                    (
                        "session",
                        #"{"sid":"1","init":true,"status":"exited","attrs":{"release":"\#(release)","environment":"\#(environment)"}}"#
                    ),
                    (
                        "sessions",
                        #"{"aggregates":[{"exited":2}],"attrs":{"release":"\#(release)","environment":"\#(environment)"}}"#
                    )))
            let releases = try await Self.get(server, "/api/origins/shop/releases")
            let versions = (releases["releases"]?.array ?? []).map { $0["version"]?.string }
            #expect(versions == ["1.0\u{FFFD}b"])
            let list = try await Self.get(server, "/api/origins/shop/environments")
            let found = list["environments"]?.array ?? []
            #expect(found.map { $0["name"]?.string?.count } == [64])
            #expect(found.first?["sessions"]?.int64 == 3)
            for (method, path, body) in [
                ("POST", "/api/origins/shop/releases", #"{"version":"9\u0000z"}"#),
                ("PATCH", "/api/origins/shop/releases/7%00q", #"{"finalized":true}"#),
            ] {
                #expect(try await server.send(method, path, body: body).status == 400)
            }
            #expect(
                try await Self.get(server, "/api/origins/shop/releases")["releases"]?.array?.count
                    == 1)
        }
    }

    @Test func `what SDKs have lost is added up and shown`() async throws {
        try await RunningServer.with { server in
            let report =
                #"{"discarded_events":[{"reason":"send_error","category":"error","quantity":2}]}"#
            for _ in 0..<2 {
                try await Self.send(server, Self.envelope("{}", ("client_report", report)))
            }
            // No error for the SDK, whatever it holds.
            try await Self.send(server, Self.envelope("{}", ("client_report", "nonsense")))
            let answer = try await Self.get(server, "/api/projects/shop/client-reports")
            let losses = answer["clientReports"]?.array ?? []
            #expect(losses.count == 1)
            #expect(losses.first?["quantity"]?.int64 == 4)
            let status = try await server.send("GET", "/api/status").json
            #expect(status["lostBySDKs"]?["send_error"]?.int64 == 4)
            #expect(status["items"]?["client_report"]?.int64 == 2)
            #expect(status["dropped"]?["invalid_client_report"]?.int64 == 1)
            #expect(status["accepted"]?.int64 == 0)
            let metrics = try await server.send("GET", "/metrics").text
            #expect(
                metrics.contains(
                    #"client_lost_total{project="shop",reason="send_error",category="error"} 4"#))
        }
    }

    @Test func `sessions become the health of a release`() async throws {
        try await RunningServer.with { server in
            func session(_ rest: String) -> (String, String) {
                (
                    "session",
                    #"{"sid":"a1","did":"u",\#(rest),"attrs":{"release":"1.0"}}"#
                )
            }
            let begin = session(#""init":true,"status":"ok","seq":0"#)
            try await Self.send(server, Self.envelope("{}", begin))
            // A request that is sent again.
            try await Self.send(server, Self.envelope("{}", begin))
            try await Self.send(
                server, Self.envelope("{}", session(#""status":"ok","errors":1,"seq":1"#)))
            let crash = session(#""status":"crashed","errors":2,"seq":2"#)
            // In one envelope with the event; the release is made by the event.
            try await Self.send(
                server,
                Self.envelope(
                    "{}", crash,
                    (
                        "event",
                        #"{"release":"1.0","exception":{"values":[{"type":"E"}]}}"#
                    )))
            let sums =
                #"{"attrs":{"release":"1.0","environment":"staging"},"aggregates":[{"exited":3}]}"#
            try await Self.send(server, Self.envelope("{}", ("sessions", sums)))
            try await Self.send(server, Self.envelope("{}", ("session", #"{"sid":"b"}"#)))
            let list = try await Self.get(server, "/api/origins/shop/releases")
            let health = list["releases"]?.array?.first?["health"]
            #expect(health?["sessions"]?.int64 == 4)
            #expect(health?["errored"]?.int64 == 1)
            #expect(health?["crashed"]?.int64 == 1)
            #expect(health?["users"]?.int64 == 1)
            #expect(health?["crashFreeSessions"]?.double == 0.75)
            #expect(health?["crashFreeUsers"]?.double == 0)
            // One in which nothing went wrong is listed as well.
            let fine = #"{"sid":"c","init":true,"attrs":{"release":"1.1"}}"#
            try await Self.send(server, Self.envelope("{}", ("session", fine)))
            let both = try await Self.get(server, "/api/origins/shop/releases")["releases"]?.array
            #expect(both?.compactMap { $0["version"]?.string } == ["1.1", "1.0"])
            #expect(both?.first?["source"]?.string == "session")
            #expect(both?.first?["health"]?["crashFreeSessions"]?.double == 1)
            let staging = try await Self.get(
                server, "/api/origins/shop/releases/1.0/health?environment=staging")
            #expect(staging["health"]?["sessions"]?.int64 == 3)
            #expect(staging["health"]?["crashFreeUsers"] == .null)
            #expect(staging["days"]?.array?.count == 1)
            let status = try await server.send("GET", "/api/status").json
            #expect(status["dropped"]?["session_without_release"]?.int64 == 1)
            #expect(status["accepted"]?.int64 == 1)
            #expect(status["duplicate"]?.int64 == 0)
        }
    }

    @Test func `feedback is shown with its issue and makes none`() async throws {
        try await RunningServer.with { server in
            let early = #"{"comments":"before the event","email":"a@example.org"}"#
            let header = #"{"event_id":"\#(Self.event)"}"#
            try await Self.send(server, Self.envelope(header, ("user_report", early)))
            try await Self.send(server, Self.envelope(header, Self.error()))
            // The same report again is one, another is another.
            try await Self.send(server, Self.envelope(header, ("user_report", early)))
            try await Self.send(
                server, Self.envelope(header, ("user_report", #"{"comments":"second"}"#)))
            func feedback(_ about: String) -> String {
                #"{"type":"feedback","contexts":{"feedback":{"message":"third"\#(about)}}}"#
            }
            let about = #","associated_event_id":"\#(Self.event)""#
            try await Self.send(server, Self.envelope("{}", ("feedback", feedback(about))))
            // As Python sends it, and by the old route.
            try await Self.send(server, Self.envelope("{}", ("event", feedback(""))))
            let stored = try await server.send(
                "POST", "/api/shop/store/", ["x-sentry-auth": "Sentry sentry_key=\(server.key)"],
                body: feedback(""))
            #expect(stored.status == 200)
            let issues = try await Self.get(server, "/api/error-issues")
            #expect(issues["issues"]?.array?.count == 1)
            let id = issues["issues"]?.array?.first?["id"]?.string ?? ""
            let list = try await Self.get(server, "/api/error-issues/\(id)/feedback?limit=2")
            #expect(
                list["feedback"]?.array?.compactMap { $0["message"]?.string } == [
                    "third", "second",
                ]
            )
            let next = list["next"]?.string ?? ""
            let rest = try await Self.get(
                server, "/api/error-issues/\(id)/feedback?cursor=\(next)")
            #expect(rest["feedback"]?.array?.first?["email"]?.string == "a@example.org")
            #expect(rest["next"] == .null)
            let issue = try await Self.get(server, "/api/error-issues/\(id)")
            #expect(issue["feedbackCount"]?.int64 == 3)
            #expect(issue["feedback"]?.array?.count == 3)
            let loose = try await Self.get(server, "/api/projects/shop/feedback?unattached=1")
            #expect(loose["feedback"]?.array?.count == 2)
            let all = try await Self.get(server, "/api/projects/shop/feedback")
            #expect(all["feedback"]?.array?.count == 5)
        }
    }

    @Test func `logs are found by their trace and time`() async throws {
        try await RunningServer.with { server in
            func line(_ second: Int, _ trace: String) -> String {
                #"{"timestamp":"2026-11-20T10:00:0\#(second)Z","trace_id":"\#(trace)","level":"info","body":"m\#(second)","attributes":{"n":{"value":\#(second),"type":"integer"}}}"#
            }
            let secret = #"{"timestamp":1,"body":"password: hunter2-hunter2","trace_id":"5"}"#
            try await Self.send(server, Self.envelope("{}", ("log", #"{"items":[\#(secret)]}"#)))
            let clean = try await server.send("GET", "/api/logs?project=shop&trace=5").text
            #expect(clean.contains("password") && !clean.contains("hunter2"))
            let trace = "F4C8BA28-6179-6518-937C-C8C2A6199F43"
            let other = "00000000000000000000000000000001"
            let body =
                #"{"items":[\#(line(3, trace)),\#(line(1, trace)),\#(line(2, other)),{"level":"x"}]}"#
            try await Self.send(server, Self.envelope("{}", ("log", body)))
            try await Self.send(
                server, Self.envelope("{}", ("log", #"{"items":[\#(line(2, trace))]}"#)))
            let path = "/api/logs?project=shop&trace=f4c8ba2861796518937cc8c2a6199f43"
            func messages(_ query: String) async throws -> [String] {
                try await server.send("GET", path + query).json["logs"]?.array?
                    .compactMap { $0["message"]?.string } ?? []
            }
            #expect(try await messages("") == ["m1", "m2", "m3"])
            #expect(try await messages("&limit=2") == ["m2", "m3"])
            #expect(try await messages("&from=2026-11-20T10:00:02Z") == ["m2", "m3"])
            #expect(try await messages("&to=2026-11-20T10:00:01Z") == ["m1"])
            let first = try await server.send("GET", path).json["logs"]?.array?.first
            #expect(first?["attributes"]?["n"]?.int64 == 1)
            #expect(try await server.send("GET", "/api/logs?project=shop").status == 400)
            #expect(try await server.send("GET", path + "&from=now").status == 400)
            let status = try await server.send("GET", "/api/status").json
            #expect(status["items"]?["log"]?.int64 == 5)
            #expect(status["dropped"]?["invalid_log"]?.int64 == 1)
        }
    }

    @Test func `logs are said to be all only where all records were looked at`() async throws {
        try await RunningServer.with { server in
            let trace = "f4c8ba2861796518937cc8c2a6199f43"
            let time = "2026-11-20T10:00:00Z"
            let line = #"{"timestamp":"\#(time)","trace_id":"\#(trace)","body":"m"}"#
            try await Self.send(server, Self.envelope("{}", ("log", #"{"items":[\#(line)]}"#)))
            func beside(after count: Int) async throws -> (lines: Int?, areAll: Bool?) {
                let event = #"{"type":"T","timestamp":"\#(time)","traceId":"\#(trace)"}"#
                let events = Array(repeating: event, count: count).joined(separator: ",")
                let answer = try await server.post("[\(events)]")
                #expect(answer.status == 200, "\(answer.text)")
                let offset = server.app.log.durableOffset
                let list = try await server.send("GET", "/api/error-issues?at_least=\(offset)")
                let id = list.json["issues"]?.array?.first?["id"]?.string ?? ""
                let issue = try await Self.get(server, "/api/error-issues/\(id)")
                return (issue["logs"]?.array?.count, issue["logsComplete"]?.bool)
            }
            #expect(try await beside(after: 10) == (1, true))
            #expect(try await beside(after: 200) == (0, false))
        }
    }

    @Test func `attachments and replays are files that records name`() async throws {
        try await RunningServer.with { server in
            let header = #"{"event_id":"\#(Self.event)"}"#
            func file(_ name: String, _ content: String) -> String {
                "{\"type\":\"attachment\",\"length\":\(content.utf8.count),\"filename\":\"\(name)\"}\n"
                    + content
            }
            let error = Self.error()
            let body =
                "\(header)\n{\"type\":\"event\"}\n\(error.1)\n"
                + file("a.html", "<script>\n</script>") + "\n" + file("../b", "") + "\n"
                + file("a.html", "<script>\n</script>")
            try await Self.send(server, body)
            try await Self.send(server, body)
            let list = try await server.send("GET", "/api/events/\(Self.event)/attachments")
            let files = list.json["attachments"]?.array ?? []
            #expect(files.count == 2)
            let page = try #require(files.first { $0["fileName"]?.string == "a.html" })
            #expect(page["bytes"]?.int64 == 18)
            let url = page["url"]?.string ?? ""
            let answer = try await server.send("GET", url + "?name=..%2Fa%22.html")
            #expect(answer.text == "<script>\n</script>")
            #expect(answer.headers["content-disposition"] == "attachment; filename=\"a.html\"")
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(answer.headers["content-type"] == "application/octet-stream")
            #expect(try await server.send("GET", "/api/files/..%2Ftoken").status == 400)
            let none = String(repeating: "0", count: 64)
            #expect(try await server.send("GET", "/api/files/\(none)").status == 404)
            #expect(try await server.send("GET", url, door: .tcp).status == 401)

            let replay = "ae68039911d346c388add2129fdf9981"
            for segment in [1, 0] {
                let recording = "{\"segment_id\":\(segment)}\n[{\"type\":\(segment)}]"
                try await Self.send(
                    server,
                    "{\"event_id\":\"\(replay)\"}\n{\"type\":\"replay_event\"}\n"
                        + "{\"replay_id\":\"\(replay)\",\"segment_id\":\(segment),\"urls\":[]}\n"
                        + "{\"type\":\"replay_recording\",\"length\":\(recording.utf8.count)}\n"
                        + recording)
            }
            let shown = try await server.send("GET", "/api/replays/\(replay)?project=shop").json
            let segments = shown["segments"]?.array ?? []
            #expect(segments.compactMap { $0["segment"]?.int64 } == [0, 1])
            #expect(segments.last?["event"]?["segment_id"]?.int64 == 1)
            let first = try await server.send("GET", segments.first?["url"]?.string ?? "")
            #expect(first.text == #"[{"type":0}]"#)
            let status = try await server.send("GET", "/api/status").json
            #expect(status["accepted"]?.int64 == 1)
            #expect(status["duplicate"]?.int64 == 1)
            #expect(status["items"]?["replay_recording"]?.int64 == 2)
        }
    }

    @Test func `a file over the limit is counted, and the event beside it kept`() async throws {
        try await RunningServer.with { server in
            let content = String(repeating: "x", count: 21 << 20)
            let packed = Packing.gzip(Array(content.utf8))
            #expect(packed.count < 1 << 20)
            let header = #"{"event_id":"\#(Self.event)"}"#
            let head = "{\"type\":\"attachment\",\"length\":\(content.utf8.count)}\n"
            let body = "\(header)\n{\"type\":\"event\"}\n\(Self.error().1)\n" + head + content
            let answer = try await server.send(
                "POST", "/api/shop/envelope/",
                [
                    "x-sentry-auth": "Sentry sentry_key=\(server.key)",
                    "content-encoding": "gzip",
                ], body: Packing.gzip(Array(body.utf8)))
            #expect(answer.status == 200)
            let totals = server.app.counters.snapshot
            #expect(totals.accepted == 1)
            #expect(totals.dropped["attachment_too_large"] == 1)
        }
    }

    /// All files below the data directory that hold the text.
    private static func files(with text: String, in directory: String) -> [String] {
        let needle = Data(text.utf8)
        let names = FileManager.default.enumerator(atPath: directory)?.allObjects ?? []
        return names.compactMap { $0 as? String }.filter { name in
            FileManager.default.contents(atPath: directory + "/" + name)?.range(of: needle) != nil
        }
    }

    @Test func `erasing a person reaches what came beside events`() async throws {
        // The clock is ahead, so that files are old enough to be swept.
        let clock: @Sendable () -> Int64 = { Faultlog.systemClock() + 3_600_000_000 }
        try await RunningServer.with(clock: clock) { server in
            let secret = "alice-\(UInt64.random(in: 0...UInt64.max))@example.org"
            let header = #"{"event_id":"\#(Self.event)"}"#
            let content = "mail of \(secret)"
            try await Self.send(
                server,
                "\(header)\n{\"type\":\"event\"}\n"
                    + #"{"user":{"email":"\#(secret)"},"exception":{"values":[{"type":"E"}]}}"#
                    + "\n{\"type\":\"attachment\",\"filename\":\"\(secret)\","
                    + "\"length\":\(content.utf8.count)}\n\(content)\n"
                    + "{\"type\":\"user_report\"}\n"
                    + #"{"email":"\#(secret)","comments":"I am \#(secret)"}"#)
            let session =
                #"{"sid":"a","did":"\#(secret)","init":true,"status":"crashed","attrs":{"release":"1.0"}}"#
            let log =
                #"{"items":[{"trace_id":"t","body":"\#(secret)","attributes":{"user.email":{"value":"\#(secret)"}}}]}"#
            try await Self.send(
                server, Self.envelope("{}", ("session", session), ("log", log)))
            #expect(!Self.files(with: secret, in: server.directory).isEmpty)
            func health() async throws -> JSONValue? {
                try await Self.get(server, "/api/origins/shop/releases/1.0/health")["health"]
            }
            let before = try await health()
            #expect(before?["crashedUsers"]?.int64 == 1)
            let body = #"{"project":"shop","user":"\#(secret)","apply":true}"#
            let report = try await server.send("POST", "/api/log/erase", body: body).json
            #expect(report["applied"]?.bool == true)
            #expect(report["events"]?.int64 == 5)
            #expect(Self.files(with: secret, in: server.directory).isEmpty)
            #expect(try await health() == before)
            let issues = try await Self.get(server, "/api/error-issues")
            let id = issues["issues"]?.array?.first?["id"]?.string ?? ""
            let issue = try await Self.get(server, "/api/error-issues/\(id)")
            #expect(issue["feedbackCount"]?.int64 == 1)
            let feedback = issue["feedback"]?.array?.first
            #expect(feedback?["redacted"]?.string == "erased")
            #expect(feedback?["message"] == nil)
            let trace = try await server.send("GET", "/api/logs?project=shop&trace=t").json
            #expect(trace["logs"]?.array?.isEmpty == true)
        }
    }

    @Test func `what is not kept is counted by its type`() async throws {
        try await RunningServer.with { server in
            let types = [
                "transaction", "span", "check_in", "profile", "profile_chunk", "trace_metric",
                "statsd", "replay_video",
            ]
            for type in types { try await Self.send(server, Self.envelope("{}", (type, "{}"))) }
            try await Self.send(server, Self.envelope("{}", ("never_heard_of", "{}")))
            let status = try await server.send("GET", "/api/status").json
            for type in types { #expect(status["dropped"]?[type]?.int64 == 1, "\(type)") }
            #expect(status["dropped"]?["unknown_item"]?.int64 == 1)
        }
    }
}
