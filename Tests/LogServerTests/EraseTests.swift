import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

/// A person is erased over HTTP: nothing of them is left in any file, and every count stays.
@Suite struct EraseTests {
    private static let secret = "alice-\(UInt64.random(in: 0...UInt64.max))@example.org"

    private static func event(_ number: Int, user: String) -> String {
        """
        {"id":"\(EventID(high: 7, low: UInt64(number)).text)","type":"E\(number % 3)",\
        "message":"no \(user) here \(number)","transaction":"/of/\(user)",\
        "user":{"id":"\(user)"},"account":"acme","tags":{"who":"\(user)","n":"\(UUID().uuidString)"}}
        """
    }

    private static func fill(
        _ server: RunningServer, _ count: Int, from first: Int = 0
    ) async throws {
        for number in first..<first + count {
            let user = number % 4 == 1 ? secret : "user-\(number % 5)"
            let answer = try await server.post(event(number, user: user))
            try #require(answer.status == 200 || answer.status == 202, "\(answer.text)")
        }
    }

    private static func erase(_ server: RunningServer, apply: Bool) async throws -> JSONValue {
        let answer = try await server.send(
            "POST", "/api/log/erase",
            body: #"{"project":"shop","user":"\#(secret)","apply":\#(apply)}"#)
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
    }

    /// The issues as they are answered, but for the texts that an erased person wrote.
    private static func counts(_ server: RunningServer) async throws -> [[JSONValue?]] {
        let list = try await server.send(
            "GET",
            "/api/error-issues?limit=100&sort=first_seen&at_least=\(server.app.log.durableOffset)")
        return (list.json["issues"]?.array ?? []).map { issue in
            ["id", "events", "users", "accounts", "firstSeen", "lastSeen", "status", "type"].map {
                issue[$0]
            }
        }
    }

    /// All files below the data directory that hold the text.
    private static func files(with text: String, in directory: String) -> [String] {
        let needle = Data(text.utf8)
        let names = FileManager.default.enumerator(atPath: directory)?.allObjects ?? []
        return names.compactMap { $0 as? String }.filter { name in
            guard let data = FileManager.default.contents(atPath: directory + "/" + name) else {
                return false
            }
            return data.range(of: needle) != nil
        }
    }

    private static func lines(_ server: RunningServer) async throws -> [String] {
        try await server.send("GET", "/api/log").text.split(separator: "\n").map(String.init)
    }

    private static func small() -> LogOptions {
        var options = LogOptions()
        options.segmentByteLimit = 32 * 1024
        return options
    }

    @Test func `a dry run changes nothing, the act takes everything but the counts`() async throws {
        try await RunningServer.with(log: Self.small()) { server in
            try await Self.fill(server, 40)
            let before = try await Self.counts(server)
            let linesBefore = try await Self.lines(server)
            #expect(!Self.files(with: Self.secret, in: server.directory).isEmpty)
            let plan = try await Self.erase(server, apply: false)
            #expect(plan["applied"]?.bool == false && plan["events"]?.int64 == 10)
            #expect(plan["segments"]?.int64 ?? 0 > 1)
            #expect(try await Self.lines(server) == linesBefore)

            try FileManager.default.createDirectory(
                atPath: server.directory + "/quarantine", withIntermediateDirectories: true)
            try Data(Self.secret.utf8).write(
                to: URL(fileURLWithPath: server.directory + "/quarantine/torn"))
            let done = try await Self.erase(server, apply: true)
            #expect(done["applied"]?.bool == true && done["events"]?.int64 == 10)
            #expect(done["quarantineFiles"]?.int64 == 1)
            #expect(done["outside"]?.string?.contains("Backups") == true)

            #expect(Self.files(with: Self.secret, in: server.directory) == [])
            #expect(try await Self.counts(server) == before)
            let lines = try await Self.lines(server)
            #expect(!lines.contains { $0.contains(Self.secret) })
            #expect(lines.count == linesBefore.count + 2)
            let redacted = lines.filter { $0.contains(#""data":{"redacted":"erased","#) }
            #expect(redacted.count == 10)
            for line in lines { _ = try JSONValue(parsing: line) }
            // Header fields stay.
            for (old, new) in zip(linesBefore, lines) {
                #expect(old.prefix(90) == new.prefix(90))
            }
            let offset = try #require(done["recordOffset"]?.int64)
            #expect(lines[Int(offset)].contains(#""type":"person.erased""#))
            #expect(lines[Int(offset)].contains(#""events":10"#))
            #expect(lines[Int(offset)].contains(#""complete":true"#))
            let report = try LogVerifier(directory: server.directory).verify()
            #expect(report.findings.isEmpty, "\(report.findings)")

            // A second time there is nobody; the same event again is known.
            let again = try await Self.erase(server, apply: true)
            #expect(again["events"]?.int64 == 0 && again["applied"]?.bool == false)
            let resent = try await server.post(Self.event(1, user: Self.secret))
            #expect(resent.text.contains("duplicate"))
            #expect(try await Self.counts(server) == before)
            // Rebuilt from the log, the same answers; and the person is new when they come again.
            let rebuilt = try await server.send("POST", "/api/projections/all/rebuild")
            #expect(rebuilt.status == 200)
            #expect(try await Self.counts(server) == before)
            #expect(!FileManager.default.fileExists(atPath: server.directory + "/erase.json"))
        }
    }

    @Test func `snapshots from before a retention are cleaned too`() async throws {
        try await RunningServer.with(log: .unsealed()) { server in
            try await Self.fill(server, 40)
            let before = try await Self.counts(server)
            try await server.settle()
            let bytes = server.app.log.status.byteCount
            let retained = try await server.send(
                "POST", "/api/log/retention", body: #"{"keepBytes":\#(bytes / 2)}"#)
            #expect(retained.status == 200)
            #expect(!Self.files(with: Self.secret, in: server.directory + "/snapshots").isEmpty)
            // What a crash may have left, and another version of the program.
            for name in ["issues@3.sqlite.new", "issues@1-00000000000000000007.sqlite"] {
                try Data(Self.secret.utf8).write(
                    to: URL(fileURLWithPath: server.directory + "/snapshots/" + name))
            }
            let plan = try await Self.erase(server, apply: false)
            #expect(plan["snapshotIssues"]?.int64 == 3)
            let done = try await Self.erase(server, apply: true)
            #expect(done["applied"]?.bool == true)
            #expect(Self.files(with: Self.secret, in: server.directory) == [])
            #expect(try await Self.counts(server) == before)
            let rebuilt = try await server.send("POST", "/api/projections/all/rebuild")
            #expect(rebuilt.status == 200)
            #expect(try await Self.counts(server) == before)
        }
    }

    @Test func `copies of the tags that are younger than those of the issues are cleaned too`()
        async throws
    {
        try await RunningServer.with(log: .unsealed()) { server in
            try await Self.fill(server, 40)
            try await server.settle()
            let bytes = server.app.log.status.byteCount
            let retained = try await server.send(
                "POST", "/api/log/retention", body: #"{"keepBytes":\#(bytes / 2)}"#)
            #expect(retained.status == 200)
            // Copies of before and behind an issue that only the person has met.
            let tags = server.app.views.first { $0.status.name == "facets" }
            let name = try #require(tags?.status.fileName)
            let snapshots = server.app.directory.snapshots
            let older = try #require(snapshots.newest(of: name))
            let late = Self.event(1_000, user: Self.secret).replacing("\"E1\"", with: "\"Late\"")
            #expect(try await server.post(late).status < 300)
            try await Self.fill(server, 40, from: 1_001)
            for view in server.app.views {
                try await view.waitUntil(offset: server.app.log.durableOffset)
            }
            #expect(try await server.app.snapshotIfDue(records: 1) != nil)
            try FileManager.default.removeItem(atPath: older.path)
            #expect(!Self.files(with: Self.secret, in: server.directory + "/snapshots").isEmpty)
            let done = try await Self.erase(server, apply: true)
            #expect(done["applied"]?.bool == true)
            #expect(Self.files(with: Self.secret, in: server.directory) == [])
        }
    }

    @Test(arguments: [true, false])
    func `an erasure that was begun is ended by the next call`(isRequested: Bool) async throws {
        try await RunningServer.with(log: Self.small()) { server in
            try await Self.fill(server, 40)
            let before = try await Self.counts(server)
            let salt = try #require(server.app.projects.project(id: 1)).salt
            let key = HexText.text(EventKeys.user(Self.secret, salt: salt))
            // As a crash leaves it: before the request is in the log, or after some segments.
            let below = isRequested ? "30" : "null"
            try Data(
                #"""
                {"id":"0123456789abcdef0123456789abcdef","project":1,"user":"\#(key)",
                "standIn":"00000000000000ff","actor":"api","below":\#(below)}
                """#.utf8
            ).write(to: URL(fileURLWithPath: server.directory + "/erase.json"))
            let answer = try await server.send(
                "POST", "/api/log/erase", body: #"{"project":"shop","user":"nobody"}"#)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(!FileManager.default.fileExists(atPath: server.directory + "/erase.json"))
            let lines = try await Self.lines(server)
            let left = lines.count { $0.contains(Self.secret) }
            let erased = lines.count { $0.contains(#""redacted":"erased""#) }
            #expect(left + erased == 10 && (isRequested ? erased > 0 : left == 0), "\(left)")
            #expect(lines.count { $0.contains(#""type":"person.erased""#) } == 1)
            if left == 0 { #expect(try await Self.counts(server) == before) }
        }
    }

    @Test func `what is damaged is named, all else is erased`() async throws {
        try await RunningServer.with(log: Self.small()) { server in
            try await Self.fill(server, 40)
            let closed = server.app.log.retentionFacts[0]
            let name = String(repeating: "0", count: 20) + ".seg"
            let path = server.directory + "/log/" + name
            // Behind the header, in the first block: whatever form the file has by now.
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            try handle.seek(toOffset: 4096 + 400)
            try handle.write(contentsOf: Data(repeating: 0x5A, count: 64))
            try handle.synchronize()
            try handle.close()
            let done = try await Self.erase(server, apply: true)
            #expect(done["applied"]?.bool == true && done["events"]?.int64 ?? 0 > 0)
            let gaps = done["unreadable"]?.array ?? []
            #expect(gaps.contains { $0["first"]?.int64 == Int64(closed.baseOffset) }, "\(gaps)")
            let acts = try await server.send("GET", "/api/log?type=person.erased")
            #expect(acts.text.contains(#""complete":false"#))
            #expect(!FileManager.default.fileExists(atPath: server.directory + "/erase.json"))
            let left = try await Self.lines(server).filter { $0.contains(Self.secret) }
            #expect(left.count < 10)
        }
    }

    @Test func `a job file that is none stops nothing but erasures`() async throws {
        try await RunningServer.with { server in
            try Data("{}".utf8).write(to: URL(fileURLWithPath: server.directory + "/erase.json"))
            let answer = try await server.send(
                "POST", "/api/log/erase", body: #"{"project":"shop","user":"nobody"}"#)
            #expect(answer.status == 500)
            #expect(try await server.post(Self.event(1, user: "u")).status < 300)
        }
    }

    @Test(arguments: [
        #"{}"#, #"{"project":"shop"}"#, #"{"user":"a"}"#, #"{"project":"shop","user":""}"#,
        #"{"project":"shop","user":7}"#, #"{"project":"shop","user":"a","apply":"yes"}"#,
    ]) func `a request that does not say whom is refused`(body: String) async throws {
        try await RunningServer.with { server in
            let answer = try await server.send("POST", "/api/log/erase", body: body)
            #expect(answer.status == 400, "\(answer.text)")
        }
    }

    @Test func `nobody is found in another project, or under another name`() async throws {
        try await RunningServer.with { server in
            try await Self.fill(server, 4)
            let lines = try await Self.lines(server)
            let unknown = try await server.send(
                "POST", "/api/log/erase",
                body: #"{"project":"nobody","user":"a","apply":true}"#)
            #expect(unknown.status == 404)
            let other = try await server.send(
                "POST", "/api/log/erase",
                body: #"{"project":1,"user":"Alice","apply":true}"#)
            #expect(other.status == 200 && other.json["applied"]?.bool == false)
            #expect(try await Self.lines(server) == lines)
        }
    }
}
