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
