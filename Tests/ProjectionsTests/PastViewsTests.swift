import EventLog
import EventLogTestSupport
import Foundation
import GRDB
import Projections
import Testing

/// Views as they were: what a log that ends there would give.
@Suite struct PastViewsTests {
    private static func past(_ world: LogWorld) throws -> PastViews {
        PastViews(
            log: world.log, directory: world.directory.path + "/as-of",
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots"))
    }

    /// A log with the records of another below an offset.
    private static func cut(_ world: LogWorld, at end: UInt64) async throws -> LogWorld {
        let copy = try LogWorld()
        let reader = world.log.makeReader()
        var next: UInt64 = 0
        while next < end,
            case .block(let block)? = try reader.readBlock(containing: next, payload: true)
        {
            let upper = min(end, block.nextOffset)
            try await copy.append(
                (0..<Int(upper - block.baseOffset)).map { try block.record(at: $0) })
            next = upper
        }
        #expect(copy.log.durableOffset == end)
        return copy
    }

    private static func check<P: Projection>(
        _ type: P.Type, snapshotEvery: Int? = nil
    ) async throws {
        let seed = RandomHistory.seed()
        let world = try LogWorld()
        var history = RandomHistory(seed: seed)
        var random = SeededRandom(seed: seed)
        if snapshotEvery != nil {
            // In two parts, with a copy of the view between them.
            try await history.fill(world, blocks: 30)
            try await Self.snapshot(type, world)
        }
        try await history.fill(world, blocks: 40)
        let past = try Self.past(world)
        let end = world.log.durableOffset
        for offset in [0, 1, end] + (0..<3).map({ _ in UInt64(random.below(Int(end))) }) {
            let found = try await past.read(type, at: offset) { try Rows.all($0) }
            let short = try await Self.cut(world, at: offset)
            let wanted = try short.rebuilt(type).query { try Rows.all($0) }
            #expect(found == wanted, "seed \(seed), \(type) at \(offset)")
        }
        past.stop()
        let left = try? FileManager.default.contentsOfDirectory(
            atPath: world.directory.path + "/as-of")
        #expect(left?.isEmpty ?? true)
    }

    private static func snapshot<P: Projection>(_ type: P.Type, _ world: LogWorld) async throws {
        let snapshots = ViewSnapshots(directory: try world.folder("snapshots"))
        let worker = try ProjectionWorker<P>(
            log: world.log, directory: try world.folder("views"), snapshots: snapshots
        ) { RecordSource.start }
        worker.start()
        try await worker.waitUntil(offset: world.log.durableOffset)
        _ = try worker.snapshot(into: snapshots)
        worker.stop()
    }

    @Test func `issues`() async throws { try await Self.check(IssuesProjection.self) }
    @Test func `releases`() async throws { try await Self.check(ReleasesProjection.self) }
    @Test func `regressions`() async throws { try await Self.check(RegressionsProjection.self) }
    @Test func `projects`() async throws { try await Self.check(ProjectsProjection.self) }
    @Test func `reports`() async throws { try await Self.check(ReportsProjection.self) }

    @Test func `issues from a copy`() async throws {
        try await Self.check(IssuesProjection.self, snapshotEvery: 1)
    }
    @Test func `reports from a copy`() async throws {
        try await Self.check(ReportsProjection.self, snapshotEvery: 1)
    }

    @Test(
        arguments: [
            (10, 0, [], PastStart.beginning), (0, 0, [], .beginning), (10, 0, [20], .beginning),
            (10, 0, [5, 8, 11], .copy(8)), (10, 0, [10], .copy(10)),
            (10, 6, [5], .gone(first: nil)),
            (10, 6, [5, 12, 20], .gone(first: 12)), (10, 6, [7, 9], .copy(9)),
            (5, 6, [5], .copy(5)),
            (10, 6, [6], .copy(6)), (0, 0, [0], .beginning),
        ] as [(UInt64, UInt64, [UInt64], PastStart)])
    func `a fold begins at the nearest copy that the log goes on from`(
        wanted: UInt64, first: UInt64, copies: [UInt64], start: PastStart
    ) {
        #expect(PastStart.choose(wanted: wanted, first: first, copies: copies) == start)
    }

    @Test func `a parked record of before is parked in the past too`() async throws {
        let world = try LogWorld()
        try await world.see(Sighting())
        try await world.append([try world.source.poison()])
        try await world.see(Sighting())
        let past = try Self.past(world)
        for (offset, parked) in [(1, 0), (2, 1), (3, 1)] as [(UInt64, Int)] {
            let found = try await past.read(IssuesProjection.self, at: offset) {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM parked")
            }
            #expect(found == parked)
        }
        past.stop()
    }

    @Test func `many questions about many pasts are answered or refused, and files stay few`()
        async throws
    {
        let world = try LogWorld()
        for number in 0..<60 { try await world.see(Sighting(type: "E\(number)")) }
        let past = try Self.past(world)
        let folder = world.directory.path + "/as-of"
        let answered = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<120 {
                let offset = UInt64(number % 60)
                group.addTask {
                    do {
                        let issues = try await past.read(IssuesProjection.self, at: offset) {
                            try Int.fetchOne($0, sql: "SELECT count(*) FROM issue")
                        }
                        #expect(issues == Int(offset))
                        return true
                    } catch PastError.busy {
                        return false
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(answered > 0)
        // At rest no more than are kept.
        for offset in UInt64(0)..<40 {
            _ = try await past.read(IssuesProjection.self, at: offset) {
                try Int.fetchOne($0, sql: "SELECT 1")
            }
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files.count <= 15, "\(files.count)")
        past.stop()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        await #expect(throws: CancellationError.self) {
            try await past.read(IssuesProjection.self, at: 3) { _ in }
        }
    }

    @Test func `what a killed process has left is deleted, and forgotten views are folded anew`()
        async throws
    {
        let world = try LogWorld()
        let issue = try await world.see(Sighting())
        let folder = try world.folder("as-of")
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/1-issues@3.sqlite"))
        let past = try Self.past(world)
        #expect(!FileManager.default.fileExists(atPath: folder))
        for _ in 0..<3 {
            let events = try await past.read(IssuesProjection.self, at: 1) {
                try IssueSummary.fetch(issue, $0)?.events
            }
            #expect(events == 1)
            past.forgetAll()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
        past.stop()
    }

    @Test func `beyond the log's end nothing is folded`() async throws {
        let world = try LogWorld()
        try await world.see(Sighting())
        let past = try Self.past(world)
        await #expect(throws: PastError.self) {
            try await past.read(IssuesProjection.self, at: 2) { _ in }
        }
        past.stop()
    }
}

/// All rows of a view, as text.
enum Rows {
    /// Without how people are cut into parts, and without the numbers of rows that nothing else shows.
    static func all(_ db: Database) throws -> String {
        var text = ""
        let tables = try String.fetchAll(
            db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        for table in tables where !table.hasSuffix("_people") {
            let columns = try db.columns(in: table).map(\.name)
                .filter { !($0 == "id" && ["health", "release"].contains(table)) }
            let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
            text += "\(table)\n"
            for row in try Row.fetchAll(
                db, sql: "SELECT \(list) FROM \"\(table)\" ORDER BY \(list)")
            {
                text += "\(row)\n"
            }
        }
        return text
    }
}

extension LogBlock {
    /// The record at `index` as it was appended.
    func record(at index: Int) throws -> NewRecord {
        let header = header(at: index)
        let payload = try #require(payload)
        return NewRecord(
            time: header.time, type: header.type, project: header.project, id: header.id,
            keys: header.keys, isUnique: isUnique(at: index),
            digest: Array(section[digestRange(at: index)]),
            line: Array(payload[lineRange(at: index)]))
    }
}
