import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

/// A copy that is made under load is a data directory of its own.
@Suite struct BackupTests {
    private static func small() -> LogOptions {
        var options = LogOptions()
        options.segmentByteLimit = 48 * 1024
        return options
    }

    /// What a server that is started on the copy counts.
    private static func events(in directory: String) async throws -> (total: Int, users: Int) {
        let app = try Faultlog(directory: DataDirectory(directory))
        defer { app.stop() }
        try await app.start()
        for view in app.views { try await view.waitUntil(offset: app.log.durableOffset) }
        #expect(app.log.status.recovery.isClean)
        return try await app.issues.read { db in
            let issues = try IssueQuery().fetch(db).issues
            return (issues.reduce(0) { $0 + $1.events }, issues.map(\.users).max() ?? 0)
        }.value
    }

    @Test(arguments: [false, true])
    func `everything acknowledged before is in the copy, and it is sound`(copies: Bool) async throws
    {
        try await RunningServer.with(log: Self.small()) { server in
            let copy = server.directory + "-copy"
            defer { try? FileManager.default.removeItem(atPath: copy) }
            @Sendable func send(_ number: Int) async throws {
                let noise = UUID().uuidString + UUID().uuidString
                let answer = try await server.post(
                    #"{"type":"E","message":"m","tags":{"n":"\#(noise)"},"user":{"id":"u\#(number % 9)"}}"#
                )
                #expect(answer.status == 200)
            }
            for number in 0..<60 { try await send(number) }
            // Load that goes on while the copy is made.
            let (total, next) = try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for number in 0..<60 { try await send(worker * 100 + number) }
                    }
                }
                let answer = try await server.send(
                    "POST", "/api/log/backup", body: #"{"to":"\#(copy)","copy":\#(copies)}"#)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["segments"]?.int64 ?? 0 > 1)
                #expect(answer.json["gaps"]?.int64 == 0)
                #expect((answer.json["linked"]?.int64 == 0) == copies)
                try await group.waitForAll()
                return (answer.json["segments"]?.int64, answer.json["nextOffset"]?.int64 ?? 0)
            }
            #expect(total != nil && next > 60)
            let verified = try LogVerifier(directory: copy).verify()
            #expect(verified.findings.isEmpty, "\(verified.findings)")
            #expect(verified.recordCount == UInt64(next))
            let counted = try await Self.events(in: copy)
            #expect(counted.total == Int(next) - 1 && counted.users == 9)
            #expect(!FileManager.default.fileExists(atPath: copy + ".part"))
            // The server goes on as before, and the copy does not change with it.
            try await send(1)
            let issue = try await server.makeIssue()
            #expect(try await server.events(of: issue) != nil)
            let live = try LogVerifier(directory: server.directory).verify()
            #expect(live.isSound, "\(live.findings)")
        }
    }

    @Test func `a backup goes to a place of its own`() async throws {
        try await RunningServer.with { server in
            for (body, status) in [
                (#"{}"#, 400), (#"{"to":"relative"}"#, 400), (#"{"to":7}"#, 400),
                (#"{"to":"\#(server.directory)"}"#, 409),
                (#"{"to":"/proc/nowhere/copy"}"#, 409),
            ] {
                let answer = try await server.send("POST", "/api/log/backup", body: body)
                #expect(answer.status == status, "\(body): \(answer.text)")
            }
        }
    }

    @Test func `snapshots and salts go along, so that a restored server counts the same`()
        async throws
    {
        try await RunningServer.with(log: .unsealed(segmentByteLimit: 48 * 1024)) { server in
            let copy = server.directory + "-copy"
            defer { try? FileManager.default.removeItem(atPath: copy) }
            var issue = ""
            for number in 0..<60 {
                issue = try await server.makeIssue(
                    #"{"type":"E","message":"m","tags":{"n":"\#(UUID().uuidString)"},"user":{"id":"u\#(number % 9)"}}"#
                )
            }
            try await server.settle()
            let bytes = server.app.log.status.byteCount
            _ = try await server.send(
                "POST", "/api/log/retention", body: #"{"keepBytes":\#(bytes / 2)}"#)
            let events = try await server.events(of: issue)
            let answer = try await server.send(
                "POST", "/api/log/backup", body: #"{"to":"\#(copy)"}"#)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(server.app.log.status.firstOffset > 0)
            let counted = try await Self.events(in: copy)
            #expect(counted.total == Int(events ?? 0) && counted.users == 9)
        }
    }
}
