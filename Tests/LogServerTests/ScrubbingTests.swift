import ErrorModel
import EventLog
import Testing

@testable import LogServer

/// Secrets do not reach the log, whichever way they come.
@Suite struct ScrubbingTests {
    private static let secret = "hunter2-and-more"

    @Test func `secrets are taken out on every way in, and that is shown`() async throws {
        try await RunningServer.with { server in
            let json = """
                {"type":"T","message":"no password=\(Self.secret)",
                "extra":{"token":"\(Self.secret)"}}
                """
            let issue = try await server.makeIssue(json.split(separator: "\n").joined())
            let sentry = """
                {"exception":{"values":[{"type":"A","value":"b"}]},
                "request":{"headers":[["Authorization","\(Self.secret)"]]}}
                """.split(separator: "\n").joined()
            let envelope = "{}\n{\"type\":\"event\"}\n\(sentry)\n"
            for (path, body) in [("envelope", envelope), ("store", sentry)] {
                let answer = try await server.send(
                    "POST", "/api/1/\(path)/",
                    ["x-sentry-auth": "Sentry sentry_key=\(server.key)"], body: body)
                #expect(answer.status == 200)
            }
            let log = try await server.send("GET", "/api/log?from=0")
            let lines = String(decoding: log.body, as: UTF8.self)
            #expect(!lines.contains(Self.secret) && lines.contains("[Filtered]"))
            let events = try await server.send("GET", "/api/error-issues/\(issue)/events")
            let names = events.json["events"]?.array?.first?["scrubbed"]?.array
            #expect(names?.compactMap(\.string) == ["message", "extra.token"])
        }
    }

    @Test func `names that are kept beside payloads hold no secrets`() async throws {
        try await RunningServer.with { server in
            let url = "https://u:\(Self.secret)@h/"
            let id = "6261c2e8dd154238c95e4893a3f10311"
            let aggregates =
                #"{"attrs":{"release":"\#(url)","environment":"\#(url)"},"#
                + #""aggregates":[{"started":"2026-11-20T10:00:00Z","exited":1}]}"#
            let session =
                #"{"sid":"\#(id)","init":true,"status":"ok","did":"u","#
                + #""attrs":{"release":"\#(url)","environment":"\#(url)"}}"#
            let attachment =
                #"{"type":"attachment","length":1,"filename":"\#(url)","#
                + #""content_type":"\#(url)","attachment_type":"\#(url)"}"#
            let report =
                #"{"discarded_events":[{"reason":"\#(url)","category":"\#(url)","quantity":1}]}"#
            let envelope = [
                #"{"event_id":"\#(id)","trace":{"trace_id":"\#(url)","replay_id":"\#(url)"}}"#,
                #"{"type":"sessions"}"#, aggregates, #"{"type":"session"}"#, session,
                #"{"type":"client_report"}"#, report, attachment, "x",
                #"{"type":"event"}"#, #"{"message":"m"}"#,
            ].joined(separator: "\n")
            let answer = try await server.send(
                "POST", "/api/1/envelope/",
                ["x-sentry-auth": "Sentry sentry_key=\(server.key)"], body: envelope)
            #expect(answer.status == 200, "\(answer.text)")
            let log = try await server.send("GET", "/api/log?from=0")
            #expect(!log.text.contains(Self.secret))
            for type in ["event.captured", "sessions", "attachment"] {
                let lines = log.text.split(separator: "\n").filter { $0.contains(type) }
                #expect(lines.contains { $0.contains("[Filtered]") }, "\(type): \(lines)")
            }
        }
    }

    @Test func `rules of a project hold from the answer on`() async throws {
        try await RunningServer.with { server in
            let path = "/api/projects/1"
            let rules = ##"{"ipAddresses":false,"fields":["extra.a"],"patterns":["ORD-##"]}"##
            let set = try await server.send("PATCH", path, body: #"{"scrubbing":\#(rules)}"#)
            #expect(set.status == 200 && set.json["scrubbing"]?["ipAddresses"]?.bool == false)
            let issue = try await server.makeIssue(
                #"{"type":"T","message":"order ORD-12 from 10.0.0.1","extra":{"a":5}}"#)
            let event = try await server.send("GET", "/api/error-issues/\(issue)/events")
                .json["events"]?.array?.first
            #expect(event?["message"]?.string == "order [Filtered] from [Filtered]")
            #expect(event?["extra"]?["a"]?.string == "[Filtered]")
            let reset = try await server.send("PATCH", path, body: #"{"scrubbing":null}"#)
            #expect(reset.json["scrubbing"]?["fields"]?.array?.isEmpty == true)
            for bad in [#"{"scrubbing":1}"#, #"{"scrubbing":{"fields":["**"]}}"#] {
                #expect(try await server.send("PATCH", path, body: bad).status == 400)
            }
        }
    }
}
