import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

/// Events and changes as they come, with the language of searches.
struct TailTests {
    /// The lines up to the present.
    private static func lines(
        _ server: RunningServer, _ parameters: String = ""
    ) async throws -> [JSONValue] {
        let answer = try await server.send("GET", "/api/tail?from=0&once=1\(parameters)")
        #expect(answer.status == 200, "\(answer.text)")
        return answer.text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
    }

    /// Two events of A, one of B from staging, A resolved and back by a third event.
    private static func fill(_ server: RunningServer) async throws -> String {
        let issue = try await server.makeIssue(
            #"{"type":"A","message":"m","release":"1","environment":"production"}"#)
        _ = try await server.makeIssue(
            #"{"type":"A","message":"m","release":"1","environment":"production"}"#)
        _ = try await server.makeIssue(
            #"{"type":"B","message":"m","level":"fatal","environment":"staging"}"#)
        let resolved = try await server.send(
            "PATCH", "/api/error-issues/\(issue)/status",
            body: #"{"status":"resolved","release":"1"}"#)
        #expect(resolved.status == 200, "\(resolved.text)")
        _ = try await server.makeIssue(
            #"{"type":"A","message":"m","release":"2","environment":"production"}"#)
        return issue
    }

    private static func words(_ lines: [JSONValue]) -> [String] {
        lines.map { line in
            let type = line["type"]?.string ?? ""
            let isNew = line["isNew"]?.bool == true ? " new" : ""
            return "\(type)\(isNew) \(line["title"]?.string ?? "")"
        }
    }

    @Test func `the first event of an issue is new, whenever it and later ones happened`()
        async throws
    {
        try await RunningServer.with { server in
            for times in [["10:00", "09:00"], ["09:00", "10:00"]] {
                let lines = times.map {
                    #"{"type":"\#(times[0])","message":"m","timestamp":"2026-11-20T\#($0):00Z"}"#
                }
                let answer = try await server.send(
                    "POST", "/api/events",
                    [
                        "authorization": "Bearer \(server.key)",
                        "content-type": "application/x-ndjson",
                    ],
                    body: lines.joined(separator: "\n"))
                #expect(answer.json["accepted"]?.int64 == 2)
            }
            try await server.settle()
            let isNew = try await Self.lines(server).map { $0["isNew"]?.bool }
            #expect(isNew == [true, false, true, false])
            #expect(try await server.send("GET", "/api/tail?from=0&once=x").status == 400)
        }
    }

    @Test func `a regression that came too late is neither told nor counted`() async throws {
        try await RunningServer.with { server in
            let issue = try await Self.fill(server)
            try await server.settle()
            func regressions() async throws -> [Int64?] {
                let releases = try await server.send("GET", "/api/origins/shop/releases").json
                return (releases["releases"]?.array ?? []).map { $0["regressions"]?.int64 }
            }
            #expect(try await regressions() == [1, 0])
            // As the policy writes it that has not yet seen that somebody reopened the issue.
            let id = try #require(IssueID(issue))
            let late = IssueRegressed(
                issue: id, event: EventID(high: 1, low: 2), eventOffset: 0, eventRelease: "2",
                resolvedOffset: 3, resolution: "release", resolvedRelease: "1", policy: .different,
                reason: .resolvedWithoutRelease, ordering: nil)
            let record = NewRecord(
                kind: .issueRegressed, data: late.bytes, project: id.project, issue: id,
                id: RecordID(high: 3, low: 4), time: Timestamp(microseconds: 1_800_000_000_000_000))
            _ = try await server.app.log.append([record])
            try await server.settle()
            let types = try await Self.lines(server).map { $0["type"]?.string }
            #expect(types.filter { $0 == "issue.regressed" }.count == 1)
            #expect(try await regressions() == [1, 0])
            // And one that was undone is counted no more.
            let undone = try await server.send(
                "POST", "/api/error-issues/\(issue)/undo", body: "{}")
            #expect(undone.status == 200, "\(undone.text)")
            try await server.settle()
            #expect(try await regressions() == [0, 0])
        }
    }

    @Test func `events and changes in their order, first ones marked`() async throws {
        try await RunningServer.with { server in
            let issue = try await Self.fill(server)
            let lines = try await Self.lines(server)
            #expect(
                Self.words(lines).prefix(5) == [
                    "event.captured new A: m", "event.captured A: m", "event.captured new B: m",
                    "issue.status_changed A: m", "event.captured A: m",
                ])
            #expect(lines[0]["issue"]?.string == issue)
            #expect(lines[0]["event"]?["environment"]?.string == "production")
            #expect(lines[3]["details"]?["to"]?.string == "resolved")
        }
    }

    @Test(arguments: [
        ("&query=B", ["event.captured new B: m"]),
        ("&query=is:open", ["event.captured new B: m"]),
        ("&query=level:fatal%20OR%20nothing", ["event.captured new B: m"]),
        ("&environment=staging&type=event.captured", ["event.captured new B: m"]),
        ("&level=fatal&type=event.captured", ["event.captured new B: m"]),
        ("&release=2&type=event.captured", ["event.captured A: m"]),
        ("&type=issue.status_changed", ["issue.status_changed A: m"]),
        ("&query=nothing", []),
    ])
    func `a search, an event's own members and a type choose`(
        _ parameters: String, _ expected: [String]
    ) async throws {
        try await RunningServer.with { server in
            _ = try await Self.fill(server)
            #expect(Self.words(try await Self.lines(server, parameters)) == expected)
        }
    }

    @Test func `who follows gets each line when the view has it`() async throws {
        try await RunningServer.with { server in
            let lines = try await onThread { () -> FollowedLines in
                let lines = try FollowedLines(server, "/api/tail?query=!C")
                try lines.waitForHead()
                return lines
            }
            for (number, type) in ["A", "C", "B"].enumerated() {
                try await server.post(#"{"type":"\#(type)","message":"m"}"#)
                if number == 1 { continue }
                let text = try await onThread { try lines.next() }
                let line = try JSONValue(parsing: text)
                #expect(line["title"]?.string == "\(type): m")
                #expect(line["events"]?.int64 == 1)
            }
        }
    }

    @Test(arguments: [
        "from=99", "query=is:nothing", "type=event", "level=high", "project=nobody",
    ])
    func `what is wrong is refused at once`(_ parameters: String) async throws {
        try await RunningServer.with { server in
            let answer = try await server.send("GET", "/api/tail?\(parameters)")
            #expect(answer.status == 400 || answer.status == 404)
        }
    }
}
