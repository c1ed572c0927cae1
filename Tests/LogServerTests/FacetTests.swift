import ErrorModel
import EventLog
import Foundation
import LogServer
import Testing

/// Tags, environments, and what happened beside an event, over HTTP.
struct FacetTests {
    private static func send(_ server: RunningServer, _ lines: [String]) async throws {
        let answer = try await server.send(
            "POST", "/api/events",
            ["authorization": "Bearer \(server.key)", "content-type": "application/x-ndjson"],
            body: lines.joined(separator: "\n"))
        #expect(answer.json["accepted"]?.int64 == Int64(lines.count))
    }

    private static func get(_ server: RunningServer, _ path: String) async throws -> JSONValue {
        let end = server.app.log.durableOffset
        let mark = path.contains("?") ? "&" : "?"
        return try await server.send("GET", "\(path)\(mark)at_least=\(end)").json
    }

    @Test func `tags have exact shares, and find their issues`() async throws {
        try await RunningServer.with { server in
            var lines = (0..<8).map {
                #"{"type":"A","message":"m","tags":{"region":"\#($0 < 6 ? "eu" : "us")","n":"\#($0)"}}"#
            }
            lines += [#"{"type":"B","message":"m","tags":{"region":"us","a b":"c:d"}}"#]
            lines += (0..<101).map { #"{"type":"C","message":"m","tags":{"id":"\#($0)"}}"# }
            try await Self.send(server, lines)
            func ids(_ query: String) async throws -> [String] {
                let text = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                let answer = try await Self.get(
                    server, "/api/error-issues?sort=events&query=\(text)")
                return (answer["issues"]?.array ?? []).compactMap { $0["type"]?.string }
            }
            #expect(try await ids("tag.region:eu") == ["A"])
            #expect(try await ids("tag.region:us") == ["A", "B"])
            #expect(try await ids("tag.region:u*") == ["A", "B"])
            #expect(try await ids("!tag.region:eu") == ["C", "B"])
            #expect(try await ids(#"tag.region:us type:B"#) == ["B"])
            #expect(try await ids("tag.n:7") == ["A"])
            #expect(try await ids("tag.nothing:7") == [])
            let cut = try await Self.get(server, "/api/error-issues?query=tag.id:5")
            #expect(cut["issues"]?.array?.isEmpty == true)
            #expect(cut["incompleteTags"]?.array?.compactMap(\.string) == ["id"])

            let list = try await Self.get(server, "/api/error-issues?sort=events")
            let issues = (list["issues"]?.array ?? []).compactMap { $0["id"]?.string }
            let tags = try await Self.get(server, "/api/error-issues/\(issues[1])/tags")
            let region = try #require(tags["tags"]?.array?.first { $0["key"]?.string == "region" })
            #expect(region["events"]?.int64 == 8)
            #expect(region["values"]?.array?.compactMap { $0["value"]?.string } == ["eu", "us"])
            #expect(region["values"]?.array?.first?["share"]?.double == 0.75)
            #expect(region["complete"]?.bool == true)
            #expect(tags["tagsComplete"]?.bool == true)
            let many = try await Self.get(server, "/api/error-issues/\(issues[0])/tags")
            #expect(many["tags"]?.array?.first?["complete"]?.bool == false)
            #expect(many["tags"]?.array?.first?["events"]?.int64 == 101)
            // The sum of both, once they are one.
            _ = try await server.send(
                "POST", "/api/error-issues/\(issues[1])/merge",
                body: #"{"issues":["\#(issues[2])"]}"#)
            let sum = try await Self.get(server, "/api/error-issues/\(issues[1])/tags")
            let both = sum["tags"]?.array?.first { $0["key"]?.string == "region" }
            #expect(both?["events"]?.int64 == 9)
            let shown = try await Self.get(server, "/api/error-issues/\(issues[1])")
            #expect(shown["tags"]?.array?.isEmpty == false)
        }
    }

    @Test func `environments are compared by hour`() async throws {
        let now: Int64 = 1_800_000_000_000_000
        try await RunningServer.with(clock: { now }) { server in
            let hours = [0, 1, 1, 30]
            try await Self.send(
                server,
                hours.map { hour in
                    let time = Timestamp(microseconds: now - Int64(hour) * 3_600_000_000).text
                    return
                        #"{"type":"A","message":"m","environment":"prod","timestamp":"\#(time)"}"#
                } + [#"{"type":"B","message":"m","environment":"stage"}"#])
            func events(_ query: String) async throws -> [String: Int64] {
                let answer = try await Self.get(
                    server, "/api/origins/shop/environments\(query)")
                return Dictionary(
                    uniqueKeysWithValues: (answer["environments"]?.array ?? []).map {
                        ($0["name"]?.string ?? "", $0["events"]?.int64 ?? -1)
                    })
            }
            #expect(try await events("") == ["prod": 4, "stage": 1])
            let from = Timestamp(microseconds: now - 7_200_000_000).text
            #expect(try await events("?from=\(from)") == ["prod": 3, "stage": 1])
            #expect(try await events("?to=\(from)") == ["prod": 1])
            for query in ["?from=x", "?from=2030-01-01T00:00:00Z"] {
                let path = "/api/origins/shop/environments\(query)"
                let status = try await server.send("GET", path).status
                #expect(status == 400, "\(query)")
            }
            #expect(try await server.send("GET", "/api/origins/no/environments").status == 404)
        }
    }

    @Test func `issues of an environment are those of the span`() async throws {
        let now: Int64 = 1_800_000_000_000_000
        try await RunningServer.with(clock: { now }) { server in
            func event(_ type: String, _ hour: Int, _ environment: String) -> String {
                let time = Timestamp(microseconds: now - Int64(hour) * 3_600_000_000).text
                return
                    #"{"type":"\#(type)","message":"m","environment":"\#(environment)","timestamp":"\#(time)"}"#
            }
            try await Self.send(
                server,
                [
                    event("A", 60, "prod"), event("A", 1, "prod"), event("B", 20, "prod"),
                    event("C", 60, "prod"), event("C", 20, "dev"), event("C", 1, "prod"),
                ])
            func issues(_ from: Int, _ to: Int) async throws -> [String: String] {
                let (from, to) = (
                    Timestamp(microseconds: now - Int64(from) * 3_600_000_000).text,
                    Timestamp(microseconds: now - Int64(to) * 3_600_000_000).text
                )
                let answer = try await Self.get(
                    server, "/api/origins/shop/environments?from=\(from)&to=\(to)")
                return Dictionary(
                    uniqueKeysWithValues: (answer["environments"]?.array ?? []).map {
                        let isExact = $0["issuesExact"]?.bool == true
                        return (
                            $0["name"]?.string ?? "",
                            "\($0["issues"]?.int64 ?? -1)\(isExact ? "" : " at most")"
                        )
                    })
            }
            #expect(try await issues(70, 0) == ["prod": "3", "dev": "1"])
            #expect(try await issues(70, 50) == ["prod": "2"])
            // A has no event there; of C's nobody knows where it was, and no more than one was in prod.
            #expect(try await issues(30, 10) == ["prod": "1 at most", "dev": "1"])
            #expect(try await issues(18, 10) == [:])
        }
    }

    @Test func `an issue shows the errors of its trace, session and window`() async throws {
        try await RunningServer.with { server in
            try await Self.send(
                server,
                [
                    #"{"type":"A","message":"m","traceId":"t1"}"#,
                    #"{"type":"B","message":"m","sessionId":"s1","windowId":"w1"}"#,
                    #"{"type":"C","message":"m","sessionId":"s1","windowId":"w2"}"#,
                    #"{"type":"D","message":"m","traceId":"t2","sessionId":"s2"}"#,
                    #"{"type":"E","message":"m","traceId":"t1","sessionId":"s1","windowId":"w1"}"#,
                ])
            let list = try await Self.get(server, "/api/error-issues?query=type:E")
            let id = try #require(list["issues"]?.array?.first?["id"]?.string)
            let related = try await Self.get(server, "/api/error-issues/\(id)")["related"]?.array
            let shares = (related ?? []).map { event in
                (event["type"]?.string ?? "")
                    + (event["shares"]?.array ?? []).compactMap { $0.string?.prefix(1) }.joined()
            }
            #expect(shares == ["Cs", "Bsw", "At"])
        }
    }
}
