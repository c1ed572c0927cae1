import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

struct APITests {
    private static let routes = [
        ("GET", "/api/error-issues"), ("GET", "/api/error-issues/1-30b4d8a9847d6360"),
        ("GET", "/api/error-issues/1-30b4d8a9847d6360/events"),
        ("GET", "/api/error-issues/1-30b4d8a9847d6360/activity"),
        ("GET", "/api/error-issues/1-30b4d8a9847d6360/explain"),
        ("POST", "/api/error-issues/1-30b4d8a9847d6360/merge"),
        ("POST", "/api/error-issues/1-30b4d8a9847d6360/unmerge"),
        ("POST", "/api/error-issues/1-30b4d8a9847d6360/undo"),
        ("POST", "/api/error-issues/1-30b4d8a9847d6360/comments"),
        ("PUT", "/api/error-issues/1-30b4d8a9847d6360/assignee"),
        ("PATCH", "/api/error-issues/1-30b4d8a9847d6360/status"),
        ("GET", "/api/origins/shop/releases"), ("POST", "/api/origins/shop/releases"),
        ("PATCH", "/api/origins/shop/releases/1"), ("GET", "/api/projects"),
        ("POST", "/api/projects"), ("PATCH", "/api/projects/shop"), ("GET", "/api/log"),
        ("POST", "/api/log/retention"),
        ("GET", "/api/projections"), ("POST", "/api/projections/issues/rebuild"),
        ("GET", "/api/status"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
        ("GET", "/nowhere"), ("HEAD", "/api/projects"),
    ]

    @Test func `on TCP every route needs the token, and a key is none`() async throws {
        try await RunningServer.with { server in
            for (method, path) in Self.routes {
                for authorization in [
                    nil, "Bearer x", "Bearer \(server.key)", server.token, "Bearer ",
                ] {
                    let headers = authorization.map { ["authorization": $0] } ?? [:]
                    let answer = try await server.send(
                        method, path, headers, body: "{}", door: .tcp)
                    #expect(answer.status == 401, "\(method) \(path)")
                }
                let allowed = try await server.send(
                    method, path, ["authorization": "Bearer \(server.token)"], body: "{}",
                    door: .tcp)
                let free = try await server.send(method, path, body: "{}")
                #expect(allowed.status != 401 && allowed.status < 500, "\(method) \(path)")
                #expect(free.status == allowed.status, "\(method) \(path)")
            }
        }
    }

    @Test func `the socket and the secrets are the owner's alone`() async throws {
        try await RunningServer.with { server in
            for path in [
                server.socket, server.directory + "/token", server.directory + "/token.sha256",
            ] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
                #expect(mode as? Int == 0o600, "\(path)")
            }
        }
    }

    @Test func `errors are problem documents`() async throws {
        try await RunningServer.with { server in
            for (method, path, status) in [
                ("GET", "/nowhere", 404), ("GET", "/api/error-issues/1-zz", 404),
                ("GET", "/api/error-issues/1-0000000000000001", 404),
                ("GET", "/api/error-issues/1-0000000000000001/events", 404),
                ("PATCH", "/api/projects/nobody", 404),
                ("GET", "/api/origins/nobody/releases", 404),
                ("POST", "/api/projections/nobody/rebuild", 404),
            ] {
                let answer = try await server.send(method, path, body: "{}")
                #expect(answer.status == status, "\(method) \(path)")
                #expect(answer.headers["content-type"] == "application/problem+json")
                #expect(answer.json["status"]?.int64 == Int64(status))
                #expect(answer.json["type"]?.string == "about:blank")
                #expect(answer.json["title"]?.string == "Not Found")
                #expect(!answer.detail.isEmpty)
            }
        }
    }

    @Test(arguments: [
        "error-issues?status=opened", "error-issues?status=open,x", "error-issues?level=bad",
        "error-issues?sort=x", "error-issues?order=up", "error-issues?limit=0",
        "error-issues?limit=101", "error-issues?limit=x", "error-issues?cursor=x",
        "error-issues?at_least=x", "error-issues?at_least=99999", "error-issues?user=u",
        "log?from=x", "log?from=99999", "log?type=x", "origins/shop/releases?at_least=-1",
    ])
    func `an unknown value is 400`(path: String) async throws {
        try await RunningServer.with { server in
            let answer = try await server.send("GET", "/api/" + path)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(!answer.detail.isEmpty)
        }
    }

    @Test func `an unknown project in a filter is 404`() async throws {
        try await RunningServer.with { server in
            for path in ["error-issues?project=x", "log?project=x"] {
                let answer = try await server.send("GET", "/api/" + path)
                #expect(answer.status == 404)
            }
        }
    }

    @Test func `an event is found by its id, in its project or in any`() async throws {
        try await RunningServer.with { server in
            let id = "fc6d8c0c43fc4630ad850ee518f1b9d0"
            let body = #"{"id":"\#(id)","type":"E","message":"found"}"#
            let sent = try await server.send(
                "POST", "/api/events", ["authorization": "Bearer \(server.key)"], body: body)
            #expect(sent.status == 200, "\(sent.text)")
            let dashed = "FC6D8C0C-43FC-4630-AD85-0EE518F1B9D0"
            for path in [id, dashed, "\(id)?project=shop", "\(id)?project=1"] {
                let answer = try await server.send("GET", "/api/events/\(path)")
                #expect(answer.status == 200 && answer.json["id"]?.string == id, "\(answer.text)")
                #expect(answer.json["message"]?.string == "found")
            }
            let other = try await server.send("GET", "/api/events/\(String(id.reversed()))")
            #expect(other.status == 404)
            for path in ["x", String(repeating: "0", count: 5000), "\(id)x"] {
                #expect(try await server.send("GET", "/api/events/\(path)").status == 400)
            }
            let nowhere = try await server.send("GET", "/api/events/\(id)?project=none")
            #expect(nowhere.status == 404)
        }
    }

    // MARK: projects

    @Test func `projects are created once`() async throws {
        try await RunningServer.with { server in
            let made = try await server.send(
                "POST", "/api/projects", body: #"{"slug":"web-1","name":"Web","description":"d"}"#)
            #expect(made.status == 201)
            #expect(made.json["id"]?.int64 == 2)
            let key = made.json["key"]?.string ?? ""
            #expect(
                made.json["dsn"]?.string == "http://\(key)@127.0.0.1:\(server.port)/2")
            let again = try await server.send("POST", "/api/projects", body: #"{"slug":"web-1"}"#)
            #expect(again.status == 409)
            for slug in ["", "A", "1a", "a b", "a/b", "ä", String(repeating: "a", count: 51)] {
                let bad = try await server.send(
                    "POST", "/api/projects",
                    body: JSONValue.pairs([("slug", .string(slug))]).compactText)
                #expect(bad.status == 400, "\(slug)")
            }
            for body in ["", "{", "[]", "{}", #"{"slug":1}"#, #"{"slug":"b","name":5}"#] {
                #expect(
                    try await server.send("POST", "/api/projects", body: body).status == 400)
            }
            let list = try await server.send("GET", "/api/projects")
            #expect(list.json["projects"]?.array?.map { $0["slug"]?.string } == ["shop", "web-1"])
        }
    }

    @Test func `projects made and changed at once all hold`() async throws {
        try await RunningServer.with { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await server.send(
                            "POST", "/api/projects", body: #"{"slug":"p\#(number / 2)"}"#
                        ).status
                    }
                    group.addTask {
                        let body =
                            number % 2 == 0 ? #"{"regression":"newer"}"# : #"{"releases":"time"}"#
                        return try await server.send("PATCH", "/api/projects/shop", body: body)
                            .status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }.sorted()
            }
            #expect(
                statuses == Array(repeating: 200, count: 12) + Array(repeating: 201, count: 6)
                    + Array(repeating: 409, count: 6))
            let list = try await server.send("GET", "/api/projects").json["projects"]?.array ?? []
            #expect(list.compactMap { $0["id"]?.int64 } == Array(1...7))
            #expect(list.first?["regression"]?.string == "newer")
            #expect(list.first?["releases"]?.string == "time")
            for key in list.compactMap({ $0["key"]?.string }) {
                let answer = try await server.send(
                    "POST", "/api/events", ["authorization": "Bearer \(key)"],
                    body: #"{"message":"m"}"#)
                #expect(answer.status == 200)
            }
        }
    }

    // MARK: status

    private static func change(
        _ server: RunningServer, _ issue: String, _ body: String
    ) async throws -> WireAnswer {
        try await server.send("PATCH", "/api/error-issues/\(issue)/status", body: body)
    }

    @Test func `an illegal move is 409 with the legal ones`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue()
            let resolved = try await Self.change(
                server, issue, #"{"status":"resolved","comment":"c","actor":"ann"}"#)
            #expect(resolved.status == 200)
            #expect(resolved.json["status"]?.string == "resolved")
            #expect(resolved.json["version"]?.int64 == 1)
            #expect(resolved.headers["x-faultlog-offset"] != nil)
            for status in ["resolved", "ignored", "muted", "regressed"] {
                let answer = try await Self.change(server, issue, #"{"status":"\#(status)"}"#)
                #expect(answer.status == 409)
                #expect(answer.json["legal"]?.array?.map(\.string) == ["open"])
                #expect(answer.json["version"]?.int64 == 1)
            }
            #expect(
                try await Self.change(server, issue, #"{"status":"open","version":0}"#).status
                    == 409)
            #expect(
                try await Self.change(server, issue, #"{"status":"open","version":1}"#).status
                    == 200)
            let detail = try await server.send("GET", "/api/error-issues/\(issue)")
            let history = detail.json["history"]?.array ?? []
            #expect(history.map { $0["to"]?.string } == ["resolved", "open"])
            #expect(history.first?["actor"]?.string == "ann")
            #expect(history.first?["details"]?["comment"]?.string == "c")
        }
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"status":"closed"}"#, #"{"status":1}"#,
        #"{"status":"ignored","release":"1"}"#, #"{"status":"resolved","until":{"events":1}}"#,
        #"{"status":"resolved","release":"1","inNextRelease":true}"#,
        #"{"status":"ignored","until":{"events":0}}"#, #"{"status":"ignored","until":{}}"#,
        #"{"status":"ignored","until":{"time":"tomorrow"}}"#, #"{"status":"muted","until":5}"#,
        #"{"status":"resolved","version":"1"}"#, #"{"status":"resolved","comment":7}"#,
        #"{"status":"resolved","inNextRelease":1}"#,
    ])
    func `a bad change is 400`(body: String) async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue()
            #expect(try await Self.change(server, issue, body).status == 400)
            #expect(server.app.log.durableOffset == 2)
        }
    }

    @Test func `a change that is too long is 413, and the connection lives on`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue()
            let path = "/api/error-issues/\(issue)/status"
            // 9,000 control characters are 54,000 bytes of JSON.
            let comment = JSONValue.string(String(repeating: "\u{1}", count: 9_000)).compactText
            let long = try await Self.change(
                server, issue, #"{"status":"resolved","comment":\#(comment)}"#)
            #expect(long.status == 413, "\(long.text)")
            let answers = try await onThread { () -> [WireAnswer] in
                let wire = try server.wire()
                let large = String(repeating: " ", count: 65 << 10) + "{}"
                try wire.send(RunningServer.request("PATCH", path, body: large))
                let first = try wire.answer()
                try wire.send(RunningServer.request("PATCH", path, body: #"{"status":"muted"}"#))
                return [first, try wire.answer()]
            }
            #expect(answers.map(\.status) == [413, 200])
        }
    }

    @Test func `of many changes at once one wins`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    let status = ["resolved", "ignored", "muted"][number % 3]
                    group.addTask {
                        try await Self.change(
                            server, issue, #"{"status":"\#(status)","version":0}"#
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }.sorted()
            }
            #expect(statuses == [200] + Array(repeating: 409, count: 7))
            let detail = try await server.send("GET", "/api/error-issues/\(issue)")
            #expect(detail.json["history"]?.array?.count == 1)
        }
    }

    @Test func `an issue regresses in another release, with the explanation`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue(#"{"type":"T","message":"m","release":"1.0.0"}"#)
            _ = try await Self.change(server, issue, #"{"status":"resolved","release":"1.0.0"}"#)
            try await server.post(#"{"type":"T","message":"m","release":"1.0.0"}"#)
            let offset = try await server.post(
                #"{"type":"T","message":"m","release":"1.1.0"}"#
            ).json["offset"]?.int64
            let last = UInt64(try #require(offset))
            try await server.app.issues.waitUntil(offset: last + 2)
            let detail = try await server.send("GET", "/api/error-issues/\(issue)")
            #expect(detail.json["status"]?.string == "regressed")
            #expect(detail.json["events"]?.int64 == 3)
            let change = detail.json["history"]?.array?.last
            #expect(change?["details"]?["reason"]?.string == "newer_release")
            try await server.app.regressions.waitUntil(offset: last + 2)
            let releases = try await server.send(
                "GET", "/api/origins/shop/releases?at_least=\(last)")
            let list = releases.json["releases"]?.array ?? []
            #expect(list.map { $0["version"]?.string } == ["1.1.0", "1.0.0"])
            #expect(list.map { $0["regressions"]?.int64 } == [1, 0])
            #expect(list.map { $0["newIssues"]?.int64 } == [0, 1])
        }
    }

    // MARK: reads

    @Test func `whoever hands back an offset reads their own writes`() async throws {
        try await RunningServer.with { server in
            for number in 1...12 {
                let answer = try await server.post(
                    #"{"type":"T","message":"m","release":"\#(number)"}"#)
                let offset = try #require(answer.json["offset"]?.int64)
                let list = try await server.send("GET", "/api/error-issues?at_least=\(offset)")
                #expect(
                    list.json["issues"]?.array?.first?["events"]?.int64 == Int64(number))
                let reflected = try #require(
                    list.headers["x-faultlog-offset"].flatMap { Int64($0) })
                #expect(reflected > offset)
                #expect(
                    try await server.send("GET", "/api/error-issues?at_least=\(reflected)").status
                        == 200)
                let releases = try await server.send(
                    "GET", "/api/origins/shop/releases?at_least=\(offset)")
                #expect(
                    releases.headers["x-faultlog-offset"].flatMap { Int64($0) } ?? 0 > offset)
                #expect(releases.json["releases"]?.array?.count == number)
            }
        }
    }

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
                        let answer = try await Self.change(
                            server, issue, #"{"status":"\#(status)"}"#)
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

    @Test func `releases are created once, finalized and listed`() async throws {
        try await RunningServer.with { server in
            let path = "/api/origins/shop/releases"
            #expect(
                try await server.send("POST", path, body: #"{"version":"1.0.0"}"#).status == 201)
            #expect(
                try await server.send("POST", path, body: #"{"version":"1.0.0"}"#).status == 200)
            #expect(
                try await server.send("POST", path, body: #"{"release":"a/b c"}"#).status == 201)
            for body in ["{}", #"{"version":""}"#, #"{"version":1}"#] {
                #expect(try await server.send("POST", path, body: body).status == 400)
            }
            let done = try await server.send(
                "PATCH", path + "/a%2Fb%20c", body: #"{"finalized":true}"#)
            #expect(done.status == 200)
            #expect(done.json["version"]?.string == "a/b c")
            #expect(done.json["finalizedAt"]?.string != nil)
            #expect(
                try await server.send("PATCH", path + "/1.0.0", body: "{}").status == 400)
            let list = try await server.send("GET", "/api/origins/1/releases")
            #expect(list.json["releases"]?.array?.count == 2)
        }
    }

    // MARK: the log

    @Test func `the log's lines, by project and type`() async throws {
        try await RunningServer.with { server in
            _ = try await server.makeIssue()
            let all = try await server.send("GET", "/api/log?from=0")
            #expect(all.headers["content-type"] == "application/x-ndjson")
            let lines = all.text.split(separator: "\n").compactMap {
                try? JSONValue(parsing: String($0))
            }
            #expect(lines.map { $0["type"]?.string } == ["project.created", "event.captured"])
            #expect(lines.map { $0["offset"]?.int64 } == [0, 1])
            let some = try await server.send("GET", "/api/log?project=shop&type=event.captured")
            #expect(some.text.split(separator: "\n").count == 1)
            #expect(try await server.send("GET", "/api/log?from=2").text.isEmpty)
        }
    }

    @Test func `whoever follows the log gets each line as it comes, and no empty ones`()
        async throws
    {
        try await RunningServer.with { server in
            let wire = try await onThread { () -> Wire in
                let wire = try server.wire()
                try wire.send(RunningServer.request("GET", "/api/log?follow=1&from=1"))
                return wire
            }
            for number in 0..<5 {
                try await server.post(#"{"message":"m\#(number)"}"#)
                let text = try await onThread { () -> String in
                    if number == 0 { _ = try wire.head() }
                    return String(decoding: try wire.chunk(), as: UTF8.self)
                }
                #expect(text.hasSuffix("\n"))
                let line = try? JSONValue(parsing: text)
                #expect(line?["offset"]?.int64 == Int64(number + 1), "\(text)")
            }
        }
    }

    // MARK: health

    @Test func `health, readiness, metrics and status`() async throws {
        try await RunningServer.with { server in
            _ = try await server.makeIssue()
            #expect(try await server.send("GET", "/healthz").json["status"]?.string == "ok")
            #expect(try await server.send("GET", "/readyz").json["status"]?.string == "ready")
            let metrics = try await server.send("GET", "/metrics")
            #expect(metrics.text.contains("\nfaultlog_events_accepted_total 1\n"))
            #expect(metrics.text.contains("\nfaultlog_log_durable_offset 2\n"))
            let status = try await server.send("GET", "/api/status").json
            #expect(status["nextOffset"]?.int64 == 2)
            #expect(status["durableOffset"]?.int64 == 2)
            #expect(status["accepted"]?.int64 == 1)
            #expect(status["projections"]?.array?.count == 8)
        }
    }

    @Test func `views are rebuilt on demand and answer the same`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue(
                #"{"type":"T","message":"m","user":{"id":"u"},"release":"1"}"#)
            _ = try await Self.change(server, issue, #"{"status":"resolved"}"#)
            let before = try await server.send("GET", "/api/error-issues/\(issue)")
            let rebuilt = try await server.send("POST", "/api/projections/all/rebuild")
            #expect(rebuilt.status == 200)
            let after = try await server.send("GET", "/api/error-issues/\(issue)")
            #expect(before.body == after.body)
        }
    }
}
