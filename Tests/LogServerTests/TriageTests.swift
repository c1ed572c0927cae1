import ErrorModel
import EventLog
import Foundation
import LogServer
import Testing

/// What people do to issues, over HTTP.
struct TriageTests {
    private static func see(
        _ server: RunningServer, _ type: String, release: String = "1.0"
    ) async throws {
        let answer = try await server.send(
            "POST", "/api/events", ["authorization": "Bearer \(server.key)"],
            body:
                #"{"type":"\#(type)","message":"m","release":"\#(release)","user":{"id":"\#(type)"}}"#
        )
        #expect(answer.status == 200)
    }

    /// The ids of three issues, oldest first.
    private static func three(_ server: RunningServer) async throws -> [String] {
        for type in ["A", "B", "C"] { try await see(server, type) }
        return try await list(server).compactMap { $0["id"]?.string }
    }

    private static func list(_ server: RunningServer) async throws -> [JSONValue] {
        let end = server.app.log.durableOffset
        return try await server.send(
            "GET", "/api/error-issues?sort=firstSeen&order=asc&at_least=\(end)"
        ).json["issues"]?.array ?? []
    }

    private static func act(
        _ server: RunningServer, _ issue: String, _ act: String, _ body: String = "{}",
        _ method: String = "POST"
    ) async throws -> WireAnswer {
        try await server.send(method, "/api/error-issues/\(issue)/\(act)", body: body)
    }

    /// Everything that is shown of the issues.
    private static func shown(
        _ server: RunningServer, _ ids: [String]
    ) async throws -> [String] {
        var texts = try await list(server).map(\.compactText)
        for id in ids {
            for path in ["", "/events", "/feedback"] {
                let answer = try await server.send("GET", "/api/error-issues/\(id)\(path)")
                texts.append(answer.json.compactText)
            }
        }
        return texts
    }

    @Test func `merge, unmerge and undo, each the other's inverse`() async throws {
        try await RunningServer.with { server in
            let ids = try await Self.three(server)
            let before = try await Self.shown(server, ids)
            let merged = try await Self.act(
                server, ids[0], "merge", #"{"issues":["\#(ids[1])"],"comment":"same"}"#)
            #expect(merged.status == 200)
            #expect(merged.json["events"]?.int64 == 2)
            #expect(merged.json["users"]?.int64 == 2)
            // By the name of the part, too.
            let part = try await server.send("GET", "/api/error-issues/\(ids[1])").json
            #expect(part["id"]?.string == ids[0])
            #expect(part["merged"]?.array?.compactMap(\.string) == [ids[1]])
            let whole = try await Self.act(
                server, ids[2], "merge", #"{"issues":["\#(ids[1])"]}"#)
            #expect(whole.json["events"]?.int64 == 3)
            let events = try await server.send("GET", "/api/error-issues/\(ids[2])/events").json
            #expect(events["events"]?.array?.count == 3)
            #expect(try await Self.list(server).count == 1)
            #expect(try await Self.act(server, ids[2], "undo").status == 200)
            let back = try await Self.act(server, ids[0], "unmerge")
            #expect(back.json["events"]?.int64 == 1)
            #expect(try await Self.shown(server, ids) == before)
            // And once more by undoing the unmerge and then the merge.
            #expect(try await Self.act(server, ids[0], "undo").json["events"]?.int64 == 2)
            #expect(try await Self.act(server, ids[0], "undo").json["events"]?.int64 == 1)
            #expect(try await Self.shown(server, ids) == before)
            #expect(try await Self.act(server, ids[0], "undo").status == 409)
            let types = try await server.send("GET", "/api/error-issues/\(ids[0])/activity")
                .json["activity"]?.array?.compactMap { $0["type"]?.string }
            #expect(
                types == [
                    "issue.merged", "issue.unmerged", "issue.act_undone", "issue.act_undone",
                ])
        }
    }

    @Test func `what was done to a part before it was merged is not undone in the whole`()
        async throws
    {
        try await RunningServer.with { server in
            let ids = try await Self.three(server)
            _ = try await Self.act(server, ids[1], "assignee", #"{"assignee":"bob"}"#, "PUT")
            _ = try await Self.act(server, ids[0], "assignee", #"{"assignee":"ann"}"#, "PUT")
            let merge = #"{"issues":["\#(ids[1])"]}"#
            #expect(try await Self.act(server, ids[0], "merge", merge).status == 200)
            _ = try await Self.act(server, ids[0], "undo")
            #expect(try await Self.act(server, ids[0], "merge", merge).status == 200)
            let acts =
                try await server.send("GET", "/api/error-issues/\(ids[0])/activity")
                .json["activity"]?.array ?? []
            let bobs = try #require(acts.first?["offset"]?.int64)
            let refused = try await Self.act(server, ids[0], "undo", #"{"offset":\#(bobs)}"#)
            #expect(refused.status == 409 && refused.detail.contains(ids[1]), "\(refused.detail)")
            #expect(try await Self.act(server, ids[0], "undo").status == 200)
            let mine = try await Self.act(server, ids[0], "undo").json
            #expect(mine["assignee"]?.isNull == true)
            let other = try await server.send("GET", "/api/error-issues/\(ids[1])").json
            #expect(other["assignee"]?.string == "bob")
        }
    }

    @Test func `an undoing of an undoing is taken back like an act, by its offset`() async throws {
        try await RunningServer.with { server in
            let id = try await Self.three(server)[0]
            func move(
                _ action: String, _ body: String, _ method: String = "POST"
            ) async throws
                -> Int64
            {
                let answer = try await Self.act(server, id, action, body, method)
                #expect(answer.status == 200, "\(action) \(body): \(answer.detail)")
                return try #require(try await acts().last?["offset"]?.int64)
            }
            func acts() async throws -> [JSONValue] {
                try await server.send("GET", "/api/error-issues/\(id)/activity").json["activity"]?
                    .array ?? []
            }
            func held() async throws -> [Int64] {
                try await acts().filter { $0["undoneBy"] == nil }
                    .compactMap { $0["offset"]?.int64 }
            }
            for (method, name, bodies) in [
                ("PATCH", "status", [#"{"status":"resolved"}"#, #"{"status":"open"}"#]),
                ("PUT", "assignee", [#"{"assignee":"ann"}"#, #"{"assignee":"bob"}"#]),
            ] {
                func shown() async throws -> String? {
                    let answer = try await server.send("GET", "/api/error-issues/\(id)")
                    return answer.json[name]?.string
                }
                func undo(_ offset: Int64) async throws -> Int64 {
                    try await move("undo", #"{"offset":\#(offset)}"#)
                }
                let before = try await held()
                let start = try await shown()
                let first = try await move(name, bodies[0], method)
                let one = try await shown()
                let second = try await move(name, bodies[1], method)
                let two = try await shown()
                let third = try await move("undo", "{}")
                let fourth = try await move("undo", "{}")
                #expect(try await shown() == start)
                let refused = try await Self.act(server, id, "undo", #"{"offset":\#(third)}"#)
                #expect(refused.status == 409)
                #expect(refused.detail.contains("offset \(fourth) first"), "\(refused.detail)")
                let fifth = try await undo(fourth)
                #expect(try await shown() == one)
                let sixth = try await undo(third)
                #expect(try await shown() == two)
                #expect(try await held() == before + [first, second, fifth, sixth])
                // The undoing of an undoing, taken back: what that had taken back is so again.
                _ = try await undo(sixth)
                #expect(try await shown() == one)
                let acts = try await held()
                #expect(acts.contains(third) && !acts.contains(second) && acts.contains(first))
                _ = try await move("undo", "{}")
                #expect(try await shown() == start)
            }
        }
    }

    @Test func `who may not undo a merge is told what moved on since`() async throws {
        try await RunningServer.with { server in
            let ids = try await Self.three(server)
            let merge = #"{"issues":["\#(ids[1])"]}"#
            #expect(try await Self.act(server, ids[0], "merge", merge).status == 200)
            #expect(try await Self.act(server, ids[0], "unmerge").status == 200)
            #expect(try await Self.act(server, ids[2], "merge", merge).status == 200)
            let refused = try await Self.act(server, ids[0], "undo")
            #expect(refused.status == 409)
            #expect(refused.detail.contains("of \(ids[2]) first"), "\(refused.detail)")
            #expect(try await Self.act(server, ids[2], "undo").status == 200)
            #expect(try await Self.act(server, ids[0], "undo").status == 200)
        }
    }

    @Test func `the largest issue can be taken apart as a whole`() async throws {
        try await RunningServer.with { server in
            let lines = (0...100).map { #"{"type":"T\#($0)","message":"m"}"# }
            _ = try await server.send(
                "POST", "/api/events",
                ["authorization": "Bearer \(server.key)", "content-type": "application/x-ndjson"],
                body: lines.joined(separator: "\n"))
            var ids: [String] = []
            for sort in ["asc", "desc"] {
                let end = server.app.log.durableOffset
                let path =
                    "/api/error-issues?sort=firstSeen&order=\(sort)&limit=100&at_least=\(end)"
                let page = try await server.send("GET", path).json["issues"]?.array ?? []
                ids += page.compactMap { $0["id"]?.string }.filter { !ids.contains($0) }
            }
            #expect(ids.count == 101)
            func names(_ ids: some Sequence<String>) -> String {
                JSONValue.pairs([("issues", .array(ids.map(JSONValue.string)))]).compactText
            }
            let parts = Array(ids[1..<100])
            let merged = try await Self.act(server, ids[0], "merge", names(parts))
            #expect(merged.json["events"]?.int64 == 100)
            #expect(
                try await Self.act(server, ids[0], "merge", names([ids[100]])).status == 400)
            #expect(try await Self.act(server, ids[0], "unmerge").json["events"]?.int64 == 1)
            #expect(try await Self.act(server, ids[0], "undo").json["events"]?.int64 == 100)
        }
    }

    @Test func `what makes no sense is refused, and says why`() async throws {
        try await RunningServer.with { server in
            let ids = try await Self.three(server)
            #expect(
                try await server.send("POST", "/api/projects", body: #"{"slug":"other"}"#).status
                    == 201)
            for (issue, act, body, status) in [
                (ids[0], "merge", "{}", 400), (ids[0], "merge", #"{"issues":[]}"#, 400),
                (ids[0], "merge", #"{"issues":["x"]}"#, 400),
                (ids[0], "merge", #"{"issues":"\#(ids[1])"}"#, 400),
                (ids[0], "merge", #"{"issues":["\#(ids[0])"]}"#, 409),
                (ids[0], "merge", #"{"issues":["1-0000000000000001"]}"#, 404),
                ("1-0000000000000001", "merge", #"{"issues":["\#(ids[0])"]}"#, 404),
                (ids[0], "unmerge", "{}", 409), ("1-zz", "unmerge", "{}", 404),
                (ids[0], "unmerge", #"{"issues":["\#(ids[1])"]}"#, 409),
                (ids[0], "undo", "{}", 409), (ids[0], "undo", #"{"offset":1}"#, 404),
                (ids[0], "undo", #"{"offset":-1}"#, 400), (ids[0], "undo", "[]", 400),
                (ids[0], "comments", "{}", 400), (ids[0], "comments", #"{"comment":7}"#, 400),
            ] {
                let answer = try await Self.act(server, issue, act, body)
                #expect(answer.status == status, "\(act) \(body)")
                #expect(answer.json["detail"]?.string?.isEmpty == false)
            }
            let named = try await Self.act(server, ids[0], "assignee", "{}", "PUT")
            #expect(named.status == 400)
            #expect(try await Self.list(server).count == 3)
        }
    }

    @Test func `a comment and an assignee come and go`() async throws {
        try await RunningServer.with { server in
            let id = try await Self.three(server)[0]
            func detail() async throws -> JSONValue {
                try await server.send("GET", "/api/error-issues/\(id)").json
            }
            let before = try await detail()
            _ = try await Self.act(server, id, "comments", #"{"comment":"hm","actor":"ann"}"#)
            _ = try await Self.act(server, id, "assignee", #"{"assignee":"bob"}"#, "PUT")
            _ = try await Self.act(server, id, "assignee", #"{"assignee":"eve"}"#, "PUT")
            #expect(try await detail()["assignee"]?.string == "eve")
            let said = try await detail()["comments"]?.array?.first
            #expect(said?["details"]?["comment"]?.string == "hm")
            for assignee in ["bob", nil] {
                let answer = try await Self.act(server, id, "undo")
                #expect(answer.json["assignee"]?.string == assignee)
            }
            #expect(try await Self.act(server, id, "undo").status == 200)
            #expect(try await detail() == before)
        }
    }

    @Test func `a status is taken back to what it was, and explained`() async throws {
        try await RunningServer.with { server in
            let id = try await Self.three(server)[0]
            func status(_ body: String) async throws -> Int {
                try await Self.act(server, id, "status", body, "PATCH").status
            }
            func explained() async throws -> JSONValue {
                let end = server.app.log.durableOffset
                return try await server.send(
                    "GET", "/api/error-issues/\(id)/explain?at_least=\(end)"
                ).json
            }
            #expect(try await status(#"{"status":"resolved","release":"1.0"}"#) == 200)
            try await Self.see(server, "A", release: "1.0")
            var why = try await explained()
            #expect(
                why["regressionBecause"]?["eventsSince"]?.array?.first?["reason"]?.string
                    == "same_release")
            #expect(why["groupedBecause"]?["hashedText"]?.string == "A|m")
            #expect(try await status(#"{"status":"open"}"#) == 200)
            #expect(try await status(#"{"status":"ignored","until":{"events":5}}"#) == 200)
            #expect(try await explained()["statusBecause"]?["until"]?["events"]?.int64 == 5)
            // An act under another is not free.
            let acts =
                try await server.send("GET", "/api/error-issues/\(id)/activity")
                .json["activity"]?.array ?? []
            let first = try #require(acts.first?["offset"]?.int64)
            #expect(
                try await Self.act(server, id, "undo", #"{"offset":\#(first)}"#).status == 409)
            #expect(try await Self.act(server, id, "undo").json["status"]?.string == "open")
            let resolved = try await Self.act(server, id, "undo").json
            #expect(resolved["status"]?.string == "resolved")
            #expect(resolved["resolvedIn"]?.string == "1.0")
            // What comes is judged by the resolve that holds again.
            try await Self.see(server, "A", release: "2.0")
            why = try await explained()
            while why["status"]?.string == "resolved" { why = try await explained() }
            #expect(why["status"]?.string == "regressed")
            #expect(why["statusBecause"]?["text"]?.array?.count == 2)
        }
    }
}
