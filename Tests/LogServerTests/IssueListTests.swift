import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

/// Lists of issues and of their events over HTTP.
struct IssueListTests {
    @Test func `the issue list pages through everything`() async throws {
        try await RunningServer.with { server in
            var body = ""
            for number in 0..<23 { body += #"{"type":"E\#(number)","message":"m"}"# + "\n" }
            let offset = try await server.post(body).json["offset"]?.int64 ?? 0
            var seen: [String] = []
            var cursor = ""
            repeat {
                let page = try await server.send(
                    "GET", "/api/error-issues?limit=5&at_least=\(offset)\(cursor)")
                seen += (page.json["issues"]?.array ?? []).compactMap { $0["id"]?.string }
                cursor = page.json["next"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(seen.count == 23)
            #expect(Set(seen).count == 23)
        }
    }

    @Test func `a cursor belongs to the order that gave it`() async throws {
        try await RunningServer.with { server in
            let offset =
                try await server.post("{\"type\":\"A\"}\n{\"type\":\"B\"}").json["offset"]?.int64
                ?? 0
            let orders = ["lastSeen", "firstSeen", "events", "users", "trend"].flatMap { sort in
                ["asc", "desc"].map { "sort=\(sort)&order=\($0)" }
            }
            for given in orders {
                let page = try await server.send(
                    "GET", "/api/error-issues?limit=1&at_least=\(offset)&\(given)")
                let cursor = try #require(page.json["next"]?.string)
                for order in orders {
                    let next = try await server.send(
                        "GET", "/api/error-issues?limit=1&\(order)&cursor=\(cursor)")
                    #expect(next.status == (order == given ? 200 : 400), "\(cursor) for \(order)")
                }
            }
        }
    }

    @Test func `the events of an issue page through everything, past changes of its status`()
        async throws
    {
        try await RunningServer.with { server in
            var issue = ""
            var sent: Set<String> = []
            for number in 0..<30 {
                let id = HexText.text(0) + HexText.text(UInt64(number + 1))
                sent.insert(id)
                let environment = number % 3 == 0 ? "staging" : "production"
                let event =
                    #"{"id":"\#(id)","type":"T","message":"m","environment":"\#(environment)"}"#
                if number == 0 {
                    issue = try await server.makeIssue(event)
                } else {
                    try await server.post(event)
                }
                if number % 4 == 3 {
                    for status in ["muted", "open"] {
                        let answer = try await server.changeStatus(
                            of: issue, #"{"status":"\#(status)"}"#)
                        #expect(answer.status == 200)
                    }
                }
            }
            func page(_ query: String, _ limit: Int) async throws -> [String] {
                var seen: [String] = []
                var cursor = ""
                repeat {
                    let page = try await server.send(
                        "GET",
                        "/api/error-issues/\(issue)/events?limit=\(limit)\(query)\(cursor)"
                            + "&at_least=\(server.app.log.durableOffset)")
                    seen += (page.json["events"]?.array ?? []).compactMap { $0["id"]?.string }
                    cursor = page.json["next"]?.string.map { "&cursor=\($0)" } ?? ""
                } while !cursor.isEmpty
                return seen
            }
            for limit in [1, 3, 7, 30, 100] {
                for query in ["", "&summary=true"] {
                    let seen = try await page(query, limit)
                    #expect(seen == sent.sorted(by: >))
                }
            }
            // A summary has fewer members, and they say the same.
            let path = "/api/error-issues/\(issue)/events?limit=100"
            let whole = try await server.send("GET", path).json["events"]?.array ?? []
            let short = try await server.send("GET", path + "&summary=true").json["events"]?.array
            #expect(short?.count == whole.count && whole.count == 30)
            for (short, whole) in zip(short ?? [], whole) {
                var members: [JSONValue.Member] = []
                if case .object(let found) = short { members = found }
                #expect(members.count > 5)
                // The time of arrival and "other" stand in for what an event does not say.
                for member in members where !["timestamp", "platform"].contains(member.key) {
                    #expect(whole[member.key] == member.value)
                }
            }
            #expect(try await page("&environment=staging", 4).count == 10)
            #expect(try await page("&level=error", 4).count == 30)
            #expect(try await page("&level=fatal", 4).isEmpty)
            let bad = try await server.send("GET", "/api/error-issues/\(issue)/events?level=x")
            #expect(bad.status == 400)
        }
    }

    @Test func `issues by user and account`() async throws {
        try await RunningServer.with { server in
            _ = try await server.makeIssue(
                #"{"type":"A","message":"m","user":{"id":"ann"},"account":{"id":"acme"}}"#)
            _ = try await server.makeIssue(#"{"type":"B","message":"m","user":{"id":"bob"}}"#)
            func types(_ query: String) async throws -> [String?] {
                let list = try await server.send("GET", "/api/error-issues?project=shop&\(query)")
                #expect(list.status == 200, "\(list.text)")
                return (list.json["issues"]?.array ?? []).map { $0["type"]?.string }
            }
            #expect(try await types("user=ann") == ["A"])
            #expect(try await types("user=bob") == ["B"])
            #expect(try await types("account=acme") == ["A"])
            #expect(try await types("user=bob&account=acme").isEmpty)
            #expect(try await types("user=nobody").isEmpty)
        }
    }
}
