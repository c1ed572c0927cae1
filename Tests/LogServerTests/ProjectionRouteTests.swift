import ErrorModel
import EventLog
import Foundation
import GRDB
import LogServer
import Projections
import Testing

/// What is asked about the views themselves.
@Suite struct ProjectionRouteTests {
    @Test func `views that are what the log gives are equal, from digests and from payloads`()
        async throws
    {
        try await RunningServer.with { server in
            for number in 0..<20 {
                _ = try await server.makeIssue(
                    #"{"type":"E\#(number % 4)","message":"m","user":{"id":"u\#(number)"},"release":"1.0"}"#
                )
            }
            for query in ["", "?from=digests", "?from=payloads"] {
                let answer = try await server.send("POST", "/api/projections/all/verify\(query)")
                #expect(
                    answer.status == 200 && answer.json["equal"]?.bool == true, "\(answer.text)")
                #expect(answer.json["views"]?.array?.count == server.app.views.count)
            }
            let one = try await server.send("POST", "/api/projections/issues/verify")
            #expect(one.json["views"]?.array?.first?["name"]?.string == "issues")
            let list = try await server.send("GET", "/api/projections")
            #expect(!list.text.contains("\"verify\""))
            #expect(list.headers["x-faultlog-offset"].flatMap(Int.init) != nil)
        }
    }

    @Test func `a row that was changed by hand is named, and a rebuild mends it`() async throws {
        try await RunningServer.with { server in
            _ = try await server.makeIssue()
            let path = server.directory + "/views/" + IssuesProjection.fileName
            let database = try DatabaseQueue(path: path)
            try await database.write { try $0.execute(sql: "UPDATE issue SET events = 77") }
            try database.close()
            let answer = try await server.send("POST", "/api/projections/all/verify")
            #expect(answer.json["equal"]?.bool == false)
            let view = answer.json["views"]?.array?.first { $0["equal"]?.bool == false }
            let difference = try #require(view?["difference"])
            #expect(difference["table"]?.string == "issue")
            #expect(difference["column"]?.string == "events")
            #expect(difference["served"]?.string == "77" && difference["folded"]?.string == "1")
            #expect(try await server.send("POST", "/api/projections/issues/rebuild").status == 200)
            let again = try await server.send("POST", "/api/projections/all/verify")
            #expect(again.json["equal"]?.bool == true, "\(again.text)")
        }
    }

    /// An event record whose digest nobody can read.
    private static func poison(_ number: UInt64) -> NewRecord {
        let id = EventID(high: 99, low: number)
        return NewRecord(
            time: 1_800_000_000_000_000, type: RecordType(rawValue: 1), project: 1,
            id: RecordID(high: id.high, low: id.low), keys: IndexKeys(), isUnique: true,
            digest: [0xff],
            line: RecordLine.bytes(
                time: Timestamp(microseconds: 1_800_000_000_000_000), kind: .eventCaptured,
                project: 1, id: id, data: Array("{}".utf8)))
    }

    @Test func `parked records are listed and tried again`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue()
            for number in 0..<3 as Range<UInt64> {
                _ = try await server.app.log.append([Self.poison(number)])
            }
            _ = try await server.makeIssue()
            let list = try await server.send("GET", "/api/projections/issues/parked?limit=2")
            let parked = list.json["parked"]?.array ?? []
            #expect(list.status == 200 && parked.count == 2, "\(list.text)")
            #expect(parked.first?["type"]?.string == "event.captured")
            #expect(parked.first?["project"]?.string == "shop")
            #expect(parked.first?["id"]?.string == EventID(high: 99, low: 0).text)
            #expect(parked.first?["error"]?.string?.isEmpty == false)
            let cursor = try #require(list.json["next"]?.string)
            let rest = try await server.send(
                "GET", "/api/projections/issues/parked?cursor=\(cursor)")
            #expect(rest.json["parked"]?.array?.count == 1 && rest.json["next"]?.isNull == true)
            let none = try await server.send("GET", "/api/projections/projects/parked")
            #expect(none.json["parked"]?.array?.isEmpty == true)
            // They still cannot be folded: they are parked again, and the rows are all there.
            let retry = try await server.send("POST", "/api/projections/issues/parked/retry")
            #expect(retry.status == 200, "\(retry.text)")
            #expect(retry.json["before"]?.int64 == 3 && retry.json["parked"]?.int64 == 3)
            #expect(try await server.events(of: issue) == 2)
            // What is parked is no difference: the log gives the same.
            let verified = try await server.send("POST", "/api/projections/issues/verify")
            #expect(verified.json["equal"]?.bool == true, "\(verified.text)")
            // A strict rebuild fails, and says so.
            #expect(try await server.send("POST", "/api/projections/issues/rebuild").status >= 500)
            let views = try await server.send("GET", "/api/projections")
            let view = views.json["projections"]?.array?.first { $0["name"]?.string == "issues" }
            #expect(view?["rebuildFailure"]?.string?.isEmpty == false)
        }
    }

    @Test func `copies of the views are made when a segment was closed, and the past begins there`()
        async throws
    {
        var options = LogOptions()
        options.segmentByteLimit = 32 * 1024
        try await RunningServer.with(log: options) { server in
            let snapshots = server.app.directory.snapshots
            #expect(try await server.app.snapshotIfDue(records: 1) == nil)
            var issue = ""
            for round in 0..<3 {
                for number in 0..<20 {
                    issue = try await server.makeIssue(
                        #"{"type":"E","message":"\#(round) \#(number)","tags":{"t":"\#(UUID().uuidString)"}}"#
                    )
                }
                // A copy is due by the view that is least far; some are written seldom.
                for view in server.app.views {
                    try await view.waitUntil(offset: server.app.log.durableOffset)
                }
                #expect(try await server.app.snapshotIfDue(records: 10) != nil)
                #expect(try await server.app.snapshotIfDue(records: 10) == nil)
            }
            let copies = try FileManager.default.contentsOfDirectory(
                atPath: server.directory + "/snapshots")
            #expect(copies.count == 3 * server.app.views.count, "\(copies)")
            // So that one can see where a past comes from.
            let newest = try #require(snapshots.newest(of: IssuesProjection.fileName))
            let database = try DatabaseQueue(path: newest.path)
            try await database.write { try $0.execute(sql: "UPDATE issue SET title = 'copied'") }
            try database.close()
            _ = try await server.makeIssue(#"{"type":"E2","message":"later"}"#)
            let before = try await server.send(
                "GET", "/api/error-issues/\(issue)?as_of=\(newest.offset - 1)")
            #expect(before.status == 200 && before.json["value"]?.string != "copied")
            let after = try await server.send(
                "GET", "/api/error-issues/\(issue)?as_of=\(newest.offset)")
            #expect(after.json["value"]?.string == "copied", "\(after.text)")
        }
    }

    @Test func `copies that lie far apart are joined by others of what was between them`()
        async throws
    {
        var options = LogOptions()
        options.segmentByteLimit = 32 * 1024
        try await RunningServer.with(log: options) { server in
            let app = server.app
            #expect(try await !app.fillPastIfDue(records: 10))
            for number in 0..<60 {
                _ = try await server.makeIssue(
                    #"{"type":"E","message":"\#(number % 7)","tags":{"t":"\#(UUID().uuidString)"}}"#
                )
            }
            for view in app.views { try await view.waitUntil(offset: app.log.durableOffset) }
            #expect(try await app.snapshotIfDue(records: 10) != nil)
            while try await app.fillPastIfDue(records: 10) {}
            let snapshots = app.directory.snapshots
            let offsets = snapshots.offsets(of: IssuesProjection.fileName)
            let last = try #require(offsets.last)
            #expect(zip([0] + offsets, offsets).allSatisfy { $1 - $0 <= 10 }, "\(offsets)")
            for view in app.views {
                let others = snapshots.offsets(of: view.status.fileName)
                #expect(others.dropLast() == offsets.dropLast())
            }
            for offset in offsets {
                let digits = String(repeating: "0", count: 20 - "\(offset)".count) + "\(offset)"
                let name = IssuesProjection.fileName.replacing(".sqlite", with: "-\(digits).sqlite")
                let copy = try DatabaseQueue(path: server.directory + "/snapshots/" + name)
                let events = try await copy.read { db in
                    try Int.fetchOne(db, sql: "SELECT sum(events) FROM issue") ?? 0
                }
                // All but the first records, which are of the project, are events.
                #expect(UInt64(events) + last - 60 == offset)
            }
        }
    }

    @Test func `what there is not is refused`() async throws {
        try await RunningServer.with { server in
            let get = try await server.send("GET", "/api/projections/nobody/parked")
            #expect(get.status == 404)
            for (path, status) in [
                ("nobody/verify", 404), ("issues/verify?from=x", 400),
                ("nobody/parked/retry", 404), ("all/parked/retry", 404),
            ] {
                let answer = try await server.send("POST", "/api/projections/\(path)")
                #expect(answer.status == status && !answer.detail.isEmpty, "\(path)")
            }
        }
    }
}
