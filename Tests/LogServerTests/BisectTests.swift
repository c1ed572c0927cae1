import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

/// Where an issue began, and what began with it.
@Suite struct BisectTests {
    private static func see(
        _ server: RunningServer, _ type: String, _ release: String?
    ) async throws -> String {
        let member = release.map { #","release":"\#($0)""# } ?? ""
        return try await server.makeIssue(
            #"{"type":"\#(type)","message":"m","platform":"javascript"\#(member)}"#)
    }

    private static func bisect(
        _ server: RunningServer, _ issue: String, _ query: String = ""
    ) async throws -> JSONValue {
        let end = server.app.log.durableOffset
        let answer = try await server.send(
            "GET", "/api/error-issues/\(issue)/bisect?at_least=\(end)\(query)")
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    private static func id(_ server: RunningServer, _ type: String) async throws -> String {
        let list = try await server.send("GET", "/api/error-issues?limit=100")
        return list.json["issues"]?.array?.first { $0["type"]?.string == type }?["id"]?.string ?? ""
    }

    @Test func `the first release in the project's order, its neighbours, and what is new in it`()
        async throws
    {
        try await RunningServer.with { server in
            // Not in the order of versions: 1.10.0 comes before 1.9.0.
            _ = try await Self.see(server, "Old", "1.0.0")
            _ = try await Self.see(server, "Bad", "1.10.0")
            _ = try await Self.see(server, "Old", "1.10.0")
            _ = try await Self.see(server, "Bad", "1.9.0")
            for _ in 0..<2 { _ = try await Self.see(server, "Also", "1.9.0") }
            _ = try await Self.see(server, "Third", "1.9.0")
            _ = try await Self.see(server, "Bad", nil)
            let issue = try await Self.id(server, "Bad")
            let found = try await Self.bisect(server, issue)
            #expect(found["order"]?.string == "semver")
            #expect(found["firstRelease"]?["version"]?.string == "1.9.0")
            #expect(found["firstRelease"]?["issueEvents"]?.int64 == 1)
            #expect(found["firstRelease"]?["events"]?.int64 == 4)
            #expect(found["before"]?["version"]?.string == "1.0.0")
            #expect(found["after"]?["version"]?.string == "1.10.0")
            #expect(found["firstEvent"]?["release"]?.string == "1.10.0")
            #expect(found["newIssues"]?.int64 == 2)
            #expect(
                found["issues"]?.array?.compactMap { $0["type"]?.string } == ["Also", "Third"])
            let one = try await Self.bisect(server, issue, "&limit=1")
            #expect(one["issues"]?.array?.count == 1 && one["newIssues"]?.int64 == 2)

            // By the order of creation it is another one.
            let changed = try await server.send(
                "PATCH", "/api/projects/shop", body: #"{"releases":"time"}"#)
            #expect(changed.status == 200)
            let byTime = try await Self.bisect(server, issue)
            #expect(byTime["order"]?.string == "time")
            #expect(byTime["firstRelease"]?["version"]?.string == "1.10.0")
            #expect(byTime["before"]?["version"]?.string == "1.0.0")
            #expect(byTime["after"]?["version"]?.string == "1.9.0")

            // As it was when the first three had come.
            let past = try await server.send(
                "GET", "/api/error-issues/\(issue)/bisect?as_of=4")
            #expect(past.json["firstRelease"]?["version"]?.string == "1.10.0", "\(past.text)")
            #expect(past.json["after"]?.isNull == true)
            #expect(past.headers["x-faultlog-offset"] == "4")
        }
    }

    @Test func `an issue without a release has a first event and no more`() async throws {
        try await RunningServer.with { server in
            let issue = try await Self.see(server, "Bare", nil)
            let found = try await Self.bisect(server, issue)
            for name in ["firstRelease", "before", "after"] {
                #expect(found[name]?.isNull == true, "\(name)")
            }
            #expect(found["newIssues"]?.int64 == 0 && found["issues"]?.array?.isEmpty == true)
            #expect(found["firstEvent"]?["type"]?.string == "Bare")
            for path in ["1-zz", "1-0000000000000001"] {
                let answer = try await server.send("GET", "/api/error-issues/\(path)/bisect")
                #expect(answer.status == 404)
            }
            let limit = try await server.send("GET", "/api/error-issues/\(issue)/bisect?limit=0")
            #expect(limit.status == 400)
        }
    }
}
