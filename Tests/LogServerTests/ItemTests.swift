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
            #expect(status["items"]?["log"]?.int64 == 4)
            #expect(status["dropped"]?["invalid_log"]?.int64 == 1)
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
