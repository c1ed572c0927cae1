import ErrorModel
import EventLog
import Foundation
import LogServer
import Synchronization
import Testing

/// Payloads that a project keeps no longer go; everything that is counted and listed stays.
@Suite struct ExpiryTests {
    /// A clock that a test moves on.
    private final class Later: Sendable {
        private let days = Mutex<Int64>(0)
        func pass(days more: Int64) { days.withLock { $0 += more } }
        var now: Int64 {
            Faultlog.systemClock() + days.withLock { $0 } * 24 * 3600 * 1_000_000
        }
    }

    private static func small() -> LogOptions {
        var options = LogOptions()
        options.segmentByteLimit = 32 * 1024
        return options
    }

    private static func fill(
        _ server: RunningServer, _ count: Int, key: String, mark: String
    ) async throws {
        for number in 0..<count {
            let answer = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(key)"],
                body: """
                    {"type":"E\(number % 3)","message":"m \(number % 3)","user":{"id":"u\(number % 4)"},
                    "release":"1.\(number % 2)","extra":{"mark":"\(mark)","n":"\(UUID().uuidString)"}}
                    """)
            try #require(answer.status == 200, "\(answer.text)")
        }
    }

    private static func text(_ server: RunningServer) async throws -> String {
        try await server.send("GET", "/api/log").text
    }

    private static func issues(_ server: RunningServer) async throws -> String {
        try await server.send(
            "GET", "/api/error-issues?limit=100&at_least=\(server.app.log.durableOffset)"
        ).text
    }

    private static func expire(_ server: RunningServer, dryRun: Bool) async throws -> [JSONValue] {
        let answer = try await server.send(
            "POST", "/api/log/retention", body: #"{"projects":true,"dryRun":\#(dryRun)}"#)
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json["projects"]?.array ?? []
    }

    @Test func `old payloads of one project go, those of others and newer ones stay`() async throws
    {
        let later = Later()
        try await RunningServer.with(log: Self.small(), clock: { later.now }) { server in
            let web = try await server.send("POST", "/api/projects", body: #"{"slug":"web"}"#)
            let webKey = web.json["key"]?.string ?? ""
            try await Self.fill(server, 30, key: server.key, mark: "old-shop")
            try await Self.fill(server, 30, key: webKey, mark: "old-web")
            let set = try await server.send(
                "PATCH", "/api/projects/shop", body: #"{"keepDays":30,"actor":"me"}"#)
            #expect(set.status == 200 && set.json["keepDays"]?.int64 == 30, "\(set.text)")
            #expect(try await Self.expire(server, dryRun: false).isEmpty)

            later.pass(days: 40)
            try await Self.fill(server, 30, key: server.key, mark: "new-shop")
            let issues = try await Self.issues(server)
            let before = try await Self.text(server)
            let plan = try await Self.expire(server, dryRun: true)
            let planned = plan.first?["events"]?.int64 ?? 0
            #expect(plan.count == 1 && plan[0]["project"]?.string == "shop" && planned > 20)
            #expect(try await Self.text(server) == before)

            let done = try await Self.expire(server, dryRun: false)
            #expect(done.first?["events"]?.int64 == planned)
            let after = try await Self.text(server)
            // What shares its segment with newer records waits for them.
            let left = after.components(separatedBy: "old-shop").count - 1
            #expect(left == 30 - Int(planned))
            #expect(after.components(separatedBy: "old-web").count == 31)
            #expect(after.components(separatedBy: "new-shop").count == 31)
            #expect(
                after.components(separatedBy: #""redacted":"expired""#).count - 1 == Int(planned))
            #expect(after.contains(#""type":"project.expired""#))
            #expect(after.contains(#""keepDays":30,"actor":"me""#))
            #expect(try await Self.issues(server) == issues)
            let rebuilt = try await server.send("POST", "/api/projections/all/rebuild")
            #expect(rebuilt.status == 200)
            #expect(try await Self.issues(server) == issues)
            #expect(try LogVerifier(directory: server.directory).verify().isSound)
            // An expired event can be shown still, as far as it is there.
            let id = try JSONValue(parsing: issues)["issues"]?.array?.first?["id"]?.string ?? ""
            let events = try await server.send("GET", "/api/error-issues/\(id)/events?limit=100")
            #expect(events.status == 200 && events.text.contains(#""redacted":"expired""#))
            // Twice is once.
            #expect(try await Self.expire(server, dryRun: false).isEmpty)
            // A person in expired events can be erased.
            let erased = try await server.send(
                "POST", "/api/log/erase", body: #"{"project":"shop","user":"u1","apply":true}"#)
            #expect(erased.json["events"]?.int64 ?? 0 > 10, "\(erased.text)")
            #expect(try await Self.text(server).contains(#""redacted":"erased""#))
        }
    }

    @Test func `what came beside old events goes with its files, its counts stay`() async throws {
        let later = Later()
        try await RunningServer.with(log: Self.small(), clock: { later.now }) { server in
            let event = "9ec79c33ec9942ab8353589fcb2e04dc"
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            let pad = String(repeating: "what was said ", count: 200)
            let items = [
                #"{"event_id":"\#(event)"}"#,
                #"{"type":"event"}"#,
                #"{"exception":{"values":[{"type":"E","value":"v"}]},"extra":{"mark":"old-extra"}}"#,
                #"{"type":"attachment","filename":"old-file.txt"}"#, "old-content",
                #"{"type":"user_report"}"#,
                #"{"event_id":"\#(event)","email":"old@example.org","comments":"\#(pad)"}"#,
                #"{"type":"log"}"#,
                #"{"items":[{"timestamp":1.0,"trace_id":"\#(trace)","level":"info","body":"old-line"}]}"#,
                #"{"type":"client_report"}"#,
                #"{"discarded_events":[{"reason":"send_error","category":"error","quantity":2}]}"#,
            ]
            let taken = try await server.send(
                "POST", "/api/shop/envelope/",
                ["x-sentry-auth": "Sentry sentry_key=\(server.key)"],
                body: items.joined(separator: "\n"))
            #expect(taken.status == 200, "\(taken.text)")
            let files = "/api/events/\(event)/attachments"
            let hash = try await server.send("GET", files).json["attachments"]?.array?.first?[
                "sha256"]
            let file = "/api/files/\(try #require(hash?.string))"
            #expect(try await server.send("GET", file).text == "old-content")
            let logs = "/api/logs?project=shop&trace=\(trace)"
            #expect(try await server.send("GET", logs).text.contains("old-line"))
            let issues = try await Self.issues(server)
            _ = try await server.send("PATCH", "/api/projects/shop", body: #"{"keepDays":30}"#)
            later.pass(days: 40)
            try await Self.fill(
                server, 60, key: server.key, mark: String(repeating: "new", count: 300))
            let done = try await Self.expire(server, dryRun: false)
            // The event, its file, its feedback, its log; what an SDK lost is a count.
            #expect(done.first?["events"]?.int64 == 4)
            let text = try await Self.text(server)
            for gone in ["old-file", "what was said", "old@example.org", "old-line", "old-extra"] {
                #expect(!text.contains(gone), "\(gone)")
            }
            #expect(text.contains("send_error"))
            #expect(try await server.send("GET", file).status == 404)
            #expect(try await server.send("GET", files).json["attachments"]?.array?.count == 1)
            #expect(try await server.send("GET", logs).json["logs"]?.array?.isEmpty == true)
            let id = try JSONValue(parsing: issues)["issues"]?.array?.first?["id"]?.string ?? ""
            for _ in 0..<2 {
                let issue = try await server.send("GET", "/api/error-issues/\(id)").json
                #expect(issue["events"]?.int64 == 1 && issue["feedbackCount"]?.int64 == 1)
                #expect(issue["feedback"]?.array?.first?["redacted"]?.string == "expired")
                #expect(issue["feedback"]?.array?.first?["message"] == nil)
                // The same when all is folded again.
                _ = try await server.send("POST", "/api/projections/all/rebuild")
            }
            #expect(try LogVerifier(directory: server.directory).verify().isSound)
            #expect(try await Self.expire(server, dryRun: false).isEmpty)
        }
    }

    @Test func `a setting is taken back, and survives a rebuild`() async throws {
        try await RunningServer.with { server in
            func days() async throws -> JSONValue? {
                try await server.send("GET", "/api/projects").json["projects"]?.array?
                    .first?["keepDays"]
            }
            #expect(try await days() == .null)
            _ = try await server.send("PATCH", "/api/projects/1", body: #"{"keepDays":7}"#)
            #expect(try await days()?.int64 == 7)
            _ = try await server.send("POST", "/api/projections/projects/rebuild")
            #expect(try await days()?.int64 == 7)
            let both = try await server.send(
                "PATCH", "/api/projects/1", body: #"{"keepDays":null,"regression":"newer"}"#)
            #expect(both.json["keepDays"] == .null && both.json["regression"]?.string == "newer")
        }
    }

    @Test(arguments: ["0", "-1", "36501", "1.5", "\"7\"", "true"])
    func `days that are none are refused`(text: String) async throws {
        try await RunningServer.with { server in
            let answer = try await server.send(
                "PATCH", "/api/projects/1", body: #"{"keepDays":\#(text)}"#)
            #expect(answer.status == 400)
        }
    }
}
