import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

@Suite struct RetentionRouteTests {
    @Test func `the oldest segments go, the counts and the projects stay`() async throws {
        try await RunningServer.with(log: .unsealed()) { server in
            var issue = ""
            for number in 0..<40 {
                issue = try await server.makeIssue(
                    #"{"type":"E","message":"\#(number)","tags":{"t":"\#(UUID().uuidString)"}}"#)
            }
            let before = try await server.events(of: issue)
            try await server.settle()
            let bytes = server.app.log.status.byteCount
            func retain(_ body: String) async throws -> WireAnswer {
                try await server.send("POST", "/api/log/retention", body: body)
            }
            let plan = try await retain(#"{"keepBytes":\#(bytes / 2),"dryRun":true}"#)
            #expect(plan.status == 200 && plan.json["segments"]?.int64 ?? 0 > 0)
            #expect(server.app.log.status.firstOffset == 0)
            let done = try await retain(#"{"keepBytes":\#(bytes / 2)}"#)
            #expect(done.json["segments"] == plan.json["segments"])
            let first = server.app.log.status.firstOffset
            #expect(Int64(first) == plan.json["firstOffset"]?.int64 && first > 0)
            #expect(try await server.events(of: issue) == before)
            let rebuilt = try await server.send("POST", "/api/projections/all/rebuild")
            #expect(rebuilt.status == 200)
            #expect(try await server.events(of: issue) == before)
            #expect(server.app.views.allSatisfy { $0.status.gaps == 0 })
            // What is left is served, the events that are gone are left out.
            let events = try await server.send("GET", "/api/error-issues/\(issue)/events")
            #expect(events.status == 200)
            let lines = try await server.send("GET", "/api/log")
            #expect(lines.text.contains("\"offset\":\(first),"))
        }
    }

    @Test(arguments: [
        "{}", #"{"keepDays":-1}"#, #"{"keepDays":"ten"}"#, #"{"keepDays":99999999}"#,
        #"{"keepBytes":1.5}"#, "[]", "", #"{"keepDays":0}"#, #"{"keepBytes":0}"#,
        #"{"keepDays":90,"dryrun":true}"#, #"{"keepDays":90,"dryRun":"yes"}"#,
    ]) func `a policy that says nothing, or nonsense, is refused`(body: String) async throws {
        try await RunningServer.with { server in
            let answer = try await server.send("POST", "/api/log/retention", body: body)
            #expect(answer.status == 400)
        }
    }
}
