import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

/// Changes of an issue's status over HTTP.
struct StatusTests {
    @Test func `an illegal move is 409 with the legal ones`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue()
            let resolved = try await server.changeStatus(
                of: issue, #"{"status":"resolved","comment":"c","actor":"ann"}"#)
            #expect(resolved.status == 200)
            #expect(resolved.json["status"]?.string == "resolved")
            #expect(resolved.json["version"]?.int64 == 1)
            #expect(resolved.headers["x-faultlog-offset"] != nil)
            for status in ["resolved", "ignored", "muted", "regressed"] {
                let answer = try await server.changeStatus(of: issue, #"{"status":"\#(status)"}"#)
                #expect(answer.status == 409)
                #expect(answer.json["legal"]?.array?.map(\.string) == ["open"])
                #expect(answer.json["version"]?.int64 == 1)
            }
            #expect(
                try await server.changeStatus(of: issue, #"{"status":"open","version":0}"#).status
                    == 409)
            #expect(
                try await server.changeStatus(of: issue, #"{"status":"open","version":1}"#).status
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
            #expect(try await server.changeStatus(of: issue, body).status == 400)
            #expect(server.app.log.durableOffset == 2)
        }
    }

    @Test func `a change that is too long is 413, and the connection lives on`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue()
            let path = "/api/error-issues/\(issue)/status"
            // 9,000 control characters are 54,000 bytes of JSON.
            let comment = JSONValue.string(String(repeating: "\u{1}", count: 9_000)).compactText
            let long = try await server.changeStatus(
                of: issue, #"{"status":"resolved","comment":\#(comment)}"#)
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
                        try await server.changeStatus(
                            of: issue, #"{"status":"\#(status)","version":0}"#
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
            _ = try await server.changeStatus(
                of: issue, #"{"status":"resolved","release":"1.0.0"}"#)
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
}
