import ErrorModel
import EventLog
import Foundation
import LogServer
import Projections
import Testing

/// Records that are exported and imported are the same records, and fold to the same views.
@Suite struct TransferTests {
    private static func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("transfer-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static func export(_ log: EventLog, to path: String) throws -> [String] {
        var packed: [UInt8] = []
        var lines: [String] = []
        let writer = LZ4StreamWriter { packed.append(contentsOf: $0) }
        _ = try LogExporter(log).run(.init()) {
            try writer.write($0)
            lines.append(String(decoding: $0, as: UTF8.self))
        }
        try writer.finish()
        try Data(packed).write(to: URL(fileURLWithPath: path))
        return lines
    }

    private static func importing(
        _ paths: [String], into folder: String
    ) async throws -> LogImporter.Report {
        let directory = DataDirectory(folder)
        try directory.prepare()
        let log = try EventLog.open(directory: folder)
        defer { log.close() }
        return try await LogImporter(log: log, directory: directory).run(paths)
    }

    private static func lines(of folder: String) throws -> [String] {
        let log = try EventLog.openReadOnly(directory: folder)
        var lines: [String] = []
        _ = try LogExporter(log).run(.init()) { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    /// The rows of all views but their checkpoints.
    private static func views(of folder: String) async throws -> [String] {
        let app = try Faultlog(directory: DataDirectory(folder))
        defer { app.stop() }
        try await app.start()
        let end = app.log.durableOffset
        for view in app.views { try await view.waitUntil(offset: end) }
        let issues = try await app.issues.read { db -> String in
            var query = IssueQuery()
            query.sort = .firstSeen
            return "\(try query.fetch(db).issues)"
        }.value
        let projects = try await app.projectsView.read { db in
            "\(try ProjectRow.fetchAll(db))"
        }.value
        return [issues, projects]
    }

    private static func fill(_ server: RunningServer) async throws {
        for number in 0..<30 {
            try await server.post(
                """
                {"type":"E\(number % 4)","message":"m \(number)","user":{"id":"u\(number % 6)"},
                "account":{"id":"a\(number % 3)"},"release":"1.\(number % 5).0",
                "tags":{"n":"\(number)"},"sessionId":"s\(number)"}
                """)
        }
        let issue = try await server.makeIssue()
        _ = try await server.send(
            "PATCH", "/api/error-issues/\(issue)/status", body: #"{"status":"resolved"}"#)
        _ = try await server.send(
            "POST", "/api/origins/shop/releases", body: #"{"version":"2.0.0"}"#)
        try await server.post(#"{"type":"TypeError","message":"m","release":"9.0.0"}"#)
        let erased = try await server.send(
            "POST", "/api/log/erase", body: #"{"project":"shop","user":"u3","apply":true}"#)
        #expect(erased.status == 200, "\(erased.text)")
    }

    @Test func `export and import give the same records and the same views`() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/export.ndjson.lz4"
        var lines: [String] = []
        try await RunningServer.with { server in
            try await Self.fill(server)
            lines = try Self.export(server.app.log, to: file)
            for name in ["a", "b"] {
                try FileManager.default.createDirectory(
                    atPath: folder + "/" + name, withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    atPath: server.directory + "/salts", toPath: folder + "/\(name)/salts")
            }
            // The other way to carry a log elsewhere: its segments.
            let log = server.directory + "/log"
            try FileManager.default.copyItem(atPath: log, toPath: folder + "/b/log")
        }
        #expect(lines.count > 35 && lines.contains { $0.contains(#""redacted":"erased""#) })
        let report = try await Self.importing([file], into: folder + "/a")
        #expect(report.appended == UInt64(lines.count) && report.duplicates == 0)
        #expect(report.skipped == 0 && report.newSalts.isEmpty && report.unknownProjects.isEmpty)
        #expect(try Self.lines(of: folder + "/a") == lines)
        #expect(try Self.lines(of: folder + "/b") == lines)
        // Once more adds nothing.
        let again = try await Self.importing([file, file], into: folder + "/a")
        #expect(again.appended == 0 && again.duplicates == UInt64(2 * lines.count))
        #expect(try Self.lines(of: folder + "/a") == lines)
        let views = try await Self.views(of: folder + "/a")
        #expect(views[0].contains("E1"))
        #expect(try await Self.views(of: folder + "/b") == views)
        // Segments are LZ4 as well: they can be imported as they are.
        try FileManager.default.createDirectory(
            atPath: folder + "/c", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: folder + "/a/salts", toPath: folder + "/c/salts")
        let segments = try FileManager.default.contentsOfDirectory(atPath: folder + "/b/log")
            .filter { $0.hasSuffix(".seg") }.sorted().map { folder + "/b/log/" + $0 }
        let raw = try await Self.importing(segments, into: folder + "/c")
        #expect(raw.appended == UInt64(lines.count), "\(raw)")
        #expect(try Self.lines(of: folder + "/c") == lines)
        #expect(try await Self.views(of: folder + "/c") == views)
    }

    @Test func `bad lines are skipped and named, good ones are taken`() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let good = """
            {"offset":5,"time":"2026-11-20T10:11:12.345Z","type":"event.captured","project":1,\
            "id":"00000000000000000000000000000001","data":{"source":"native","payload":{"type":"E"}}}
            """
        let lines = [
            good, "", "nonsense", good.replacing("00000001\"", with: "00000002\""),
            good.replacing("\"payload\":{", with: "\"payload\":["),
            good.replacing("event.captured", with: "issue.regressed"),
            #"{"gap":true,"first":1,"last":2,"reason":"payload"}"#,
            String(repeating: "x", count: LogLimits.lineByteLimit + 100),
        ]
        let path = folder + "/plain.ndjson"
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        let report = try await Self.importing([path], into: folder + "/d")
        #expect(report.appended == 2 && report.skipped == 4 && report.gaps == 1, "\(report)")
        #expect(
            report.reasons.map { $0.split(separator: ":")[0].suffix(6) } == [
                "line 3", "line 5", "line 6", "line 8",
            ])
        #expect(report.newSalts == [1] && report.unknownProjects == [1])
        let stored = try Self.lines(of: folder + "/d")
        #expect(stored[0] == good.replacing("\"offset\":5", with: "\"offset\":0") + "\n")
    }

    @Test func `a file that was cut gives what it has, and is named`() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var packed: [UInt8] = []
        let writer = LZ4StreamWriter { packed.append(contentsOf: $0) }
        var random = SystemRandomNumberGenerator()
        for number in 1...2000 {
            let noise = (0..<20).map { _ in String(random.next(), radix: 16) }.joined()
            let line = """
                {"offset":5,"time":"2026-11-20T10:11:12.345Z","type":"event.captured","project":1,\
                "id":"\(EventID(high: 0, low: UInt64(number)).text)",\
                "data":{"source":"native","payload":{"type":"\(noise)"}}}\n
                """
            try Array(line.utf8).withUnsafeBytes { try writer.write($0) }
        }
        try writer.finish()
        let path = folder + "/cut.lz4"
        try Data(packed[..<(packed.count - 1000)]).write(to: URL(fileURLWithPath: path))
        let report = try await Self.importing([path], into: folder + "/d")
        #expect(report.skipped == 1 && report.appended > 500 && report.appended < 2000)
        #expect(report.reasons[0].contains("ends in the middle"))
    }

    @Test func `two projects never become one`() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (slug, id) in [("shop", 1), ("web", 2)] {
            let line = """
                {"time":"2026-11-20T10:11:12.345Z","type":"project.created","project":1,\
                "id":"\(EventID(high: 9, low: UInt64(id)).text)",\
                "data":{"id":1,"slug":"\(slug)","name":"n","key":"pk_\(slug)"}}
                """
            try Data(line.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(slug)"))
        }
        #expect(try await Self.importing([folder + "/shop"], into: folder + "/d").appended == 1)
        await #expect(throws: StartError.self) {
            try await Self.importing([folder + "/web"], into: folder + "/d")
        }
        #expect(try Self.lines(of: folder + "/d").count == 1)
    }

    @Test func `a file that is not there is an error before anything is taken`() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await #expect(throws: StartError.self) {
            try await Self.importing([folder + "/none"], into: folder + "/d")
        }
    }
}
