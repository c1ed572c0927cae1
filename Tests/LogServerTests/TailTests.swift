import ErrorModel
import Foundation
import LogServer
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
            let wire = try await onThread { () -> Wire in
                let wire = try server.wire()
                try wire.send(RunningServer.request("GET", "/api/tail?query=!C"))
                _ = try wire.head()
                return wire
            }
            for (number, type) in ["A", "C", "B"].enumerated() {
                try await server.post(#"{"type":"\#(type)","message":"m"}"#)
                if number == 1 { continue }
                let text = try await onThread { String(decoding: try wire.chunk(), as: UTF8.self) }
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
