import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

/// Regrouping over HTTP: what it would do, doing it, and taking it back.
struct RegroupRouteTests {
    /// An event with one frame of the application below some of libraries.
    private static func event(
        _ app: String, libraries: [String], user: String = "u", release: String = "1.0"
    ) -> String {
        let frames =
            libraries.map {
                #"{"function":"call","file":"node_modules/\#($0)/\#($0).js","line":1}"#
            }
            + [#"{"function":"\#(app)","file":"app/\#(app).js","line":1,"inApp":true}"#]
        return """
            {"type":"Timeout","message":"m","platform":"javascript","release":"\(release)",\
            "user":{"id":"\(user)"},"frames":[\(frames.joined(separator: ","))]}
            """
    }

    /// By version 1 the libraries make `checkout` two issues, and `pay` and `refund` one.
    private static func fill(_ server: RunningServer) async throws {
        for (number, libraries) in [["http"], ["queue"], ["http"]].enumerated() {
            try await server.post(event("checkout", libraries: libraries, user: "u\(number)"))
        }
        for (number, app) in ["pay", "refund", "pay"].enumerated() {
            try await server.post(event(app, libraries: ["a", "b", "c"], user: "v\(number)"))
        }
        try await server.post(event("home", libraries: []))
    }

    private static func regroup(
        _ server: RunningServer, _ body: String
    ) async throws -> WireAnswer {
        try await server.send("POST", "/api/projections/regroup", body: body)
    }

    /// Returns when every view shows the grouping that is in force.
    private static func settle(_ server: RunningServer) async throws {
        for view in server.app.views {
            try await view.waitUntil(offset: server.app.log.durableOffset)
            while view.status.shown != view.status.current || view.status.isRebuilding {
                try #require(view.status.rebuildFailure == nil)
                await Task.yield()
            }
        }
    }

    private static func list(_ server: RunningServer) async throws -> [JSONValue] {
        let end = server.app.log.durableOffset
        return try await server.send(
            "GET", "/api/error-issues?sort=firstSeen&order=asc&at_least=\(end - 1)"
        ).json["issues"]?.array ?? []
    }

    /// Everything that is shown of the issues.
    private static func shown(_ server: RunningServer) async throws -> [String] {
        let issues = try await list(server)
        var texts = issues.map(\.compactText)
        for id in issues.compactMap({ $0["id"]?.string }) {
            for path in ["", "/events", "/activity", "/tags", "/explain"] {
                texts.append(
                    try await server.send("GET", "/api/error-issues/\(id)\(path)").text)
            }
        }
        return texts
    }

    @Test func `a dry run tells what would split, merge and move, and changes nothing`()
        async throws
    {
        try await RunningServer.with { server in
            try await Self.fill(server)
            let before = try await Self.shown(server)
            let end = server.app.log.durableOffset
            let answer = try await Self.regroup(
                server, #"{"project":"shop","to":2,"dryRun":true}"#)
            #expect(answer.status == 200)
            let diff = answer.json
            #expect(server.app.log.durableOffset == end)
            #expect(diff["from"]?.int64 == 1 && diff["to"]?.int64 == 2)
            #expect(diff["before"]?.int64 == 4 && diff["after"]?.int64 == 4)
            #expect(diff["events"]?.int64 == 7 && diff["unknownEvents"]?.int64 == 0)
            #expect(diff["stays"]?.int64 == 1 && diff["moves"]?.int64 == 0)
            #expect(diff["merges"]?.int64 == 2 && diff["splits"]?.int64 == 1)
            let split = try #require(
                diff["issues"]?.array?.first { $0["change"]?.string == "splits" })
            #expect(split["events"]?.int64 == 3 && split["users"]?.int64 == 3)
            #expect(split["into"]?.array?.compactMap { $0["events"]?.int64 } == [2, 1])
            let union = try #require(diff["unions"]?.array?.first)
            #expect(union["events"]?.int64 == 3 && union["users"]?.int64 == 3)
            #expect(union["of"]?.array?.compactMap { $0["events"]?.int64 } == [2, 1])
            #expect(try await Self.shown(server) == before)
        }
    }

    @Test func `regroup, then undo, gives back every answer`() async throws {
        try await RunningServer.with { server in
            try await Self.fill(server)
            let ids = try await Self.list(server).compactMap { $0["id"]?.string }
            // Of the two that become one, the first is resolved; the one that splits has a comment.
            for (id, status) in [(ids[0], "resolved"), (ids[1], "muted")] {
                let set = try await server.send(
                    "PATCH", "/api/error-issues/\(id)/status", body: #"{"status":"\#(status)"}"#)
                #expect(set.status == 200)
            }
            _ = try await server.send(
                "POST", "/api/error-issues/\(ids[2])/comments", body: #"{"comment":"hm"}"#)
            try await Self.settle(server)
            let before = try await Self.shown(server)
            let end = server.app.log.durableOffset

            let applied = try await Self.regroup(server, #"{"project":"shop","to":2}"#)
            #expect(applied.status == 200, "\(applied.text)")
            #expect(server.app.log.durableOffset == end + 1)
            try await Self.settle(server)
            let issues = try await Self.list(server)
            #expect(issues.compactMap { $0["events"]?.int64 } == [3, 2, 1, 1])
            // It goes on with what was decided about the issue of its first event.
            #expect(
                issues.compactMap { $0["status"]?.string } == [
                    "resolved", "open", "open", "open",
                ])
            #expect(issues.compactMap { $0["users"]?.int64 } == [3, 2, 1, 1])
            // An id from before stands for the issue in which that one goes on.
            for (old, new) in [(0, 0), (1, 0), (2, 1), (3, 3)] {
                let got = try await server.send("GET", "/api/error-issues/\(ids[old])")
                #expect(got.json["id"]?.string == issues[new]["id"]?.string)
            }
            for issue in issues {
                let id = try #require(issue["id"]?.string)
                let events = try await server.send("GET", "/api/error-issues/\(id)/events")
                let found = events.json["events"]?.array ?? []
                #expect(found.count == Int(issue["events"]?.int64 ?? -1))
                let event = try #require(found.first?["id"]?.string)
                let one = try await server.send("GET", "/api/events/\(event)")
                #expect(one.json["issue"]?.string == id, "\(one.text)")
            }
            let why = try await server.send(
                "GET", "/api/error-issues/\(issues[0]["id"]?.string ?? "")/explain")
            #expect(why.json["groupedBecause"]?["fingerprintVersion"]?.int64 == 2)
            let proof = try await server.send("POST", "/api/projections/all/verify")
            #expect(proof.json["equal"]?.bool == true, "\(proof.text)")
            // The past before it shows the old grouping.
            let past = try await server.send("GET", "/api/error-issues?as_of=\(end)")
            #expect(
                Set(past.json["issues"]?.array?.compactMap { $0["id"]?.string } ?? []) == Set(ids))

            let undone = try await Self.regroup(server, #"{"project":"shop","undo":true}"#)
            #expect(undone.status == 200 && undone.json["version"]?.int64 == 1)
            try await Self.settle(server)
            #expect(try await Self.shown(server) == before)
        }
    }

    @Test func `life goes on under the new grouping, and is kept when it is undone`() async throws {
        try await RunningServer.with { server in
            try await Self.fill(server)
            let old = try await Self.list(server).compactMap { $0["id"]?.string }
            _ = try await Self.regroup(server, #"{"project":"shop","to":2}"#)
            try await Self.settle(server)
            let ids = try await Self.list(server).compactMap { $0["id"]?.string }
            // Events that come now are grouped so from when they are taken in.
            try await server.post(Self.event("checkout", libraries: ["new", "ones"], user: "x"))
            #expect(try await server.events(of: ids[0]) == 4)
            let set = try await server.send(
                "PATCH", "/api/error-issues/\(ids[0])/status",
                body: #"{"status":"resolved","release":"1.0"}"#)
            #expect(set.status == 200, "\(set.text)")
            try await server.post(
                Self.event("checkout", libraries: ["others"], user: "y", release: "2.0"))
            while try await Self.list(server).first?["status"]?.string != "regressed" {
                await Task.yield()
            }
            let record = server.app.log.durableOffset
            _ = try await Self.regroup(server, #"{"project":"shop","undo":true}"#)
            try await Self.settle(server)
            #expect(server.app.log.durableOffset == record + 1)
            // The issue that holds its first event has taken over what was decided.
            let back = try await server.send("GET", "/api/error-issues/\(old[0])")
            #expect(back.json["status"]?.string == "regressed")
            let other = try await server.send("GET", "/api/error-issues/\(old[1])")
            #expect(other.json["status"]?.string == "open")
            // By the first version the two events that came meanwhile are issues of their own.
            #expect(try await Self.list(server).count == 6)
            let proof = try await server.send(
                "POST", "/api/projections/all/verify?from=payloads")
            #expect(proof.json["equal"]?.bool == true, "\(proof.text)")
        }
    }

    @Test func `nothing is decided about the past of another grouping`() async throws {
        try await RunningServer.with { server in
            try await server.post(Self.event("checkout", libraries: ["http"]))
            let id = try await Self.list(server)[0]["id"]?.string ?? ""
            _ = try await server.send(
                "PATCH", "/api/error-issues/\(id)/status", body: #"{"status":"resolved"}"#)
            // Another issue by version 1, the resolved one by version 2.
            try await server.post(Self.event("checkout", libraries: ["queue"], release: "2.0"))
            _ = try await Self.regroup(server, #"{"project":"shop","to":2}"#)
            let end = server.app.log.durableOffset
            try await Self.settle(server)
            #expect(try await Self.list(server)[0]["status"]?.string == "resolved")
            #expect(server.app.log.durableOffset == end)
            try await server.post(Self.event("checkout", libraries: ["http"], release: "3.0"))
            while try await Self.list(server)[0]["status"]?.string != "regressed" {
                await Task.yield()
            }
        }
    }

    @Test func `a server that was stopped in between goes on with it`() async throws {
        let directory = RunningServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await RunningServer.with(in: directory) { server in
            try await Self.fill(server)
            _ = try await Self.regroup(server, #"{"project":"shop","to":2}"#)
        }
        try await RunningServer.with(in: directory) { server in
            try await Self.settle(server)
            #expect(try await Self.list(server).compactMap { $0["events"]?.int64 } == [3, 2, 1, 1])
            let proof = try await server.send("POST", "/api/projections/all/verify")
            #expect(proof.json["equal"]?.bool == true, "\(proof.text)")
        }
    }

    @Test func `without the beginning of the log nothing is regrouped, and nothing is lost`()
        async throws
    {
        try await RunningServer.with(log: .unsealed()) { server in
            for number in 0..<40 {
                try await server.post(
                    Self.event(
                        "checkout", libraries: ["http\(number % 2)"], user: UUID().uuidString))
            }
            _ = try await Self.regroup(server, #"{"project":"shop","to":2}"#)
            try await Self.settle(server)
            let before = try await Self.list(server)
            #expect(before.count == 1)
            try await server.settle()
            let bytes = server.app.log.status.byteCount
            let retained = try await server.send(
                "POST", "/api/log/retention", body: #"{"keepBytes":\#(bytes / 2)}"#)
            #expect(retained.status == 200)
            #expect(server.app.log.status.firstOffset > 0)
            for body in [
                #"{"project":"shop","undo":true}"#, #"{"project":"shop","to":1}"#,
                #"{"project":"shop","to":1,"dryRun":true}"#,
            ] {
                let answer = try await Self.regroup(server, body)
                #expect(answer.status == 409 && answer.json["firstOffset"] != nil)
            }
            // From the copies that group as the views do.
            let rebuilt = try await server.send("POST", "/api/projections/all/rebuild")
            #expect(rebuilt.status == 200, "\(rebuilt.text)")
            #expect(try await Self.list(server) == before)
            let proof = try await server.send("POST", "/api/projections/all/verify")
            #expect(proof.json["equal"]?.bool == true, "\(proof.text)")
            try await server.post(Self.event("checkout", libraries: ["http0"]))
            #expect(try await Self.list(server).first?["events"]?.int64 == 41)
        }
    }

    @Test(arguments: [
        (#"{"project":"shop"}"#, 400), (#"{"project":"shop","to":3}"#, 400),
        (#"{"project":"shop","to":"2"}"#, 400), (#"{"project":"shop","to":2,"undo":true}"#, 400),
        (#"{"project":"none","to":2}"#, 404), (#"{"to":2}"#, 404),
        (#"{"project":"shop","to":1}"#, 409), (#"{"project":"shop","undo":true}"#, 409),
        (#"{"project":"shop","undo":true,"dryRun":true}"#, 409), ("[]", 400),
    ])
    func `what makes no sense is refused`(body: String, status: Int) async throws {
        try await RunningServer.with { server in
            let end = server.app.log.durableOffset
            let answer = try await Self.regroup(server, body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(server.app.log.durableOffset == end)
        }
    }

    @Test func `an erased person's events are still grouped anew`() async throws {
        try await RunningServer.with { server in
            try await Self.fill(server)
            let erased = try await server.send(
                "POST", "/api/log/erase", body: #"{"project":"shop","user":"u1","apply":true}"#)
            #expect(erased.status < 300, "\(erased.text)")
            _ = try await Self.regroup(server, #"{"project":"shop","to":2}"#)
            try await Self.settle(server)
            #expect(try await Self.list(server).compactMap { $0["events"]?.int64 } == [3, 2, 1, 1])
        }
    }
}
