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
            let lines = try await onThread {
                try FollowedLines(server, "/api/log?follow=1&from=1")
            }
            for number in 0..<5 {
                try await server.post(#"{"message":"m\#(number)"}"#)
                let text = try await onThread {
                    if number == 0 { try lines.waitForHead() }
                    return try lines.next()
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
            _ = try await server.changeStatus(of: issue, #"{"status":"resolved"}"#)
            let before = try await server.send("GET", "/api/error-issues/\(issue)")
            let rebuilt = try await server.send("POST", "/api/projections/all/rebuild")
            #expect(rebuilt.status == 200)
            let after = try await server.send("GET", "/api/error-issues/\(issue)")
            #expect(before.body == after.body)
        }
    }
}
