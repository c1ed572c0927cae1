import ErrorModel
import EventLog
import Foundation
import GRDB
import Projections
import Synchronization
import Testing

/// A view that is rebuilt while it goes on, and rebuilds that are interrupted.
@Suite(.serialized) struct OnlineRebuildTests {
    private static func worker(
        _ world: LogWorld, _ folder: String = "views", turns: RebuildTurns = RebuildTurns()
    ) throws -> ProjectionWorker<GatedProjection> {
        try ProjectionWorker<GatedProjection>(
            log: world.log, directory: try world.folder(folder),
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots"), turns: turns
        ) { RecordSource.start }
    }

    private static func count(_ worker: ProjectionWorker<GatedProjection>) async throws -> Int? {
        try await worker.read { try Int.fetchOne($0, sql: "SELECT n FROM seen") }.value
    }

    private static func files(_ world: LogWorld) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: world.folder("views"))
    }

    @Test func `the old rows go on while the new ones are folded`() async throws {
        let world = try LogWorld()
        for _ in 0..<5 { try await world.see(Sighting()) }
        let gate = GatedProjection.gate
        let worker = try Self.worker(world)
        worker.start()
        try await worker.waitUntil(offset: 5)
        // The view is behind it: only the rebuild comes there.
        gate.close(at: 3)
        let rebuilt = Task { try await worker.rebuild() }
        await gate.arrival()
        // The rebuild stands at the gate; the view does not.
        for number in 6...9 {
            try await world.see(Sighting())
            try await worker.waitUntil(offset: UInt64(number))
            #expect(try await Self.count(worker) == number)
        }
        #expect(worker.status.isRebuilding)
        let progress = try #require(worker.status.rebuild)
        #expect(progress.offset <= 3 && progress.end >= 5)
        gate.open()
        try await rebuilt.value
        #expect(!worker.status.isRebuilding && worker.status.rebuild == nil)
        #expect(try await Self.count(worker) == 9)
        try await world.see(Sighting())
        try await worker.waitUntil(offset: 10)
        #expect(try await Self.count(worker) == 10)
        worker.stop()
        #expect(try !Self.files(world).contains { $0.contains("re") && $0.contains(".sqlite.") })
    }

    @Test func `a rebuild waits for the one of another view, and goes on behind it`() async throws {
        let world = try LogWorld()
        for _ in 0..<5 { try await world.see(Sighting()) }
        let gate = GatedProjection.gate
        let turns = RebuildTurns()
        let first = try Self.worker(world, "first", turns: turns)
        let second = try Self.worker(world, "second", turns: turns)
        for worker in [first, second] {
            worker.start()
            try await worker.waitUntil(offset: 5)
        }
        gate.close(at: 3)
        let rebuilt = Task { try await first.rebuild() }
        await gate.arrival()
        let behind = Task { try await second.rebuild() }
        while !second.status.isRebuilding { await Task.yield() }
        // It has looked for its turn by then, and goes on as a view.
        for number in 6...9 {
            try await world.see(Sighting())
            try await second.waitUntil(offset: UInt64(number))
        }
        #expect(second.status.isRebuilding && second.status.rebuild == nil)
        #expect(!turns.take())
        gate.open()
        try await rebuilt.value
        try await behind.value
        for worker in [first, second] {
            #expect(!worker.status.isRebuilding)
            #expect(try await Self.count(worker) == 9)
            worker.stop()
        }
        // The last one has given it back.
        #expect(turns.take())
    }

    @Test func `a view that is stopped gives its turn back`() async throws {
        let world = try LogWorld()
        for _ in 0..<5 { try await world.see(Sighting()) }
        let gate = GatedProjection.gate
        let turns = RebuildTurns()
        let worker = try Self.worker(world, turns: turns)
        worker.start()
        try await worker.waitUntil(offset: 5)
        gate.close(at: 3)
        let rebuilt = Task { try await worker.rebuild() }
        await gate.arrival()
        gate.open()
        worker.stop()
        _ = await rebuilt.result
        #expect(turns.take())
    }

    @Test func `there are as many turns as were given, and at least one`() {
        for (count, expected) in [(-1, 1), (0, 1), (1, 1), (3, 3)] {
            let turns = RebuildTurns(count)
            for _ in 0..<expected { #expect(turns.take()) }
            #expect(!turns.take())
            turns.giveBack()
            #expect(turns.take())
            #expect(!turns.take())
        }
    }

    /// Leaves a draft with the first four records, as a process that was stopped.
    private static func interrupt(_ world: LogWorld) async throws {
        let worker = try Self.worker(world)
        worker.start()
        try await worker.waitUntil(offset: world.log.durableOffset)
        worker.stop()
        let views = try world.folder("views")
        let run = ShadowRun<GatedProjection>(
            log: world.log, file: ShadowFile(directory: views, name: GatedProjection.fileName),
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots"), parks: false)
        #expect(try !run.fold(resumes: false, distance: 0) { folded, _ in folded < 4 })
    }

    @Test func `an interrupted rebuild goes on where it was`() async throws {
        let world = try LogWorld()
        for _ in 0..<6 { try await world.see(Sighting()) }
        try await Self.interrupt(world)
        #expect(try Self.files(world).contains { $0.hasSuffix(".rebuild") })
        GatedProjection.gate.forget()
        let next = try Self.worker(world)
        next.start()
        for _ in 0..<3 { try await world.see(Sighting()) }
        try await next.waitUntil(offset: 9)
        // The file takes the old one's place by itself.
        while try Self.files(world).contains(where: { $0.hasSuffix(".rebuild") }) {
            await Task.yield()
        }
        while next.status.isRebuilding { await Task.yield() }
        #expect(try await Self.count(next) == 9)
        let folded = GatedProjection.gate.folded
        #expect(!folded.contains { $0 < 4 }, "\(folded)")
        #expect(next.status.rebuildFailure == nil)
        next.stop()
    }

    @Test func `a rebuild that is asked for begins anew`() async throws {
        let world = try LogWorld()
        for _ in 0..<6 { try await world.see(Sighting()) }
        try await Self.interrupt(world)
        GatedProjection.gate.forget()
        let next = try Self.worker(world)
        next.start()
        try await next.rebuild()
        #expect(GatedProjection.gate.folded.contains(0))
        #expect(try await Self.count(next) == 6)
        next.stop()
    }

    @Test(arguments: ["foreign", "ahead", "damaged", "unmarked"])
    func `a draft that does not fit the log is deleted`(how: String) async throws {
        let world = try LogWorld()
        for _ in 0..<6 { try await world.see(Sighting()) }
        try await Self.interrupt(world)
        let path = try world.folder("views") + "/" + GatedProjection.fileName + ".rebuild"
        switch how {
        case "damaged":
            try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: path))
            // Everything is in it.
            try FileManager.default.removeItem(atPath: path + "-wal")
        default:
            let sql =
                switch how {
                case "foreign": "UPDATE rebuild_mark SET id_low = id_low + 1"
                case "ahead": "UPDATE checkpoint SET next_offset = 99"
                default: "DROP TABLE rebuild_mark"
                }
            let database = try DatabaseQueue(path: path)
            try await database.write { try $0.execute(sql: sql) }
            try database.close()
        }
        let next = try Self.worker(world)
        #expect(!FileManager.default.fileExists(atPath: path))
        next.start()
        try await next.waitUntil(offset: 6)
        #expect(try await Self.count(next) == 6)
        next.stop()
    }

    @Test func `a crash before the new file takes the old one's place is made up for`()
        async throws
    {
        let world = try LogWorld()
        for _ in 0..<6 { try await world.see(Sighting()) }
        let worker = try Self.worker(world)
        worker.start()
        try await worker.waitUntil(offset: 6)
        worker.stop()
        let path = try world.folder("views") + "/" + GatedProjection.fileName
        let database = try DatabaseQueue(path: path)
        try await database.writeWithoutTransaction { db in
            try db.execute(sql: "UPDATE seen SET n = 1000")
            _ = try db.checkpoint(.truncate)
        }
        try database.close()
        try FileManager.default.moveItem(atPath: path, toPath: path + ".ready")
        let next = try Self.worker(world)
        #expect(try await Self.count(next) == 1000)
        #expect(!FileManager.default.fileExists(atPath: path + ".ready"))
        next.stop()
    }

    @Test func `files of other versions and comparisons are deleted, others stay`() throws {
        let world = try LogWorld()
        let folder = try world.folder("views")
        let stays = [
            IssuesProjection.fileName, IssuesProjection.fileName + ".rebuild",
            IssuesProjection.fileName + ".ready", "other", "issues@1x.sqlite", "mine@1.sqlite",
        ]
        let goes = [
            "issues@0.sqlite.rebuild", "issues@0.sqlite.rebuild-wal", "gone@1.sqlite.ready",
            IssuesProjection.fileName + ".verify", "issues@1.sqlite", "issues@1.sqlite-wal",
            "issues@99.sqlite",
        ]
        for name in stays + goes {
            try Data().write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        OfflineRebuild.deleteForeign(in: folder)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == Set(stays))
    }

    @Test func `a rebuild that may park keeps what can be folded`() async throws {
        let world = try LogWorld()
        let worker = try ProjectionWorker<IssuesProjection>(
            log: world.log, directory: try world.folder("views"),
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots")
        ) { RecordSource.start }
        worker.start()
        let issue = try await world.see(Sighting())
        try await world.append([try world.source.poison()])
        try await world.see(Sighting())
        try await worker.waitUntil(offset: 3)
        await #expect(throws: (any Error).self) { try await worker.rebuild() }
        #expect(worker.status.rebuildFailure != nil)
        try await worker.rebuild(parks: true)
        #expect(worker.status.parked == 1 && worker.status.rebuildFailure == nil)
        #expect(try await worker.read { try IssueSummary.fetch(issue, $0) }.value?.events == 2)
        worker.stop()
    }
}

/// Counts records; its rebuild can be held at an offset.
struct GatedProjection: Projection {
    static let name = "gated"
    static let version = 1
    static let schema = """
        CREATE TABLE IF NOT EXISTS seen (one INTEGER PRIMARY KEY, n INTEGER NOT NULL);
        INSERT OR IGNORE INTO seen VALUES (1, 0);
        """
    static let gate = Gate()

    private var count = 0

    init() {}

    mutating func fold(_ block: LogBlock, at index: Int) throws {
        Self.gate.pass(block.baseOffset + UInt64(index))
        count += 1
    }

    mutating func write(_ db: Database) throws {
        try db.execute(sql: "UPDATE seen SET n = n + ?", arguments: [count])
    }

    mutating func didCommit() { count = 0 }
}

/// Holds the thread of a rebuild.
final class Gate: Sendable {
    private struct State {
        var closed: UInt64?
        var hasArrived = false
        var waiting: CheckedContinuation<Void, Never>?
        var folded: [UInt64] = []
    }

    private let state = Mutex(State())
    private let opened = DispatchSemaphore(value: 0)

    func close(at offset: UInt64) {
        state.withLock { $0 = State(closed: offset) }
    }

    func forget() { state.withLock { $0 = State() } }

    var folded: [UInt64] { state.withLock { $0.folded } }

    func pass(_ offset: UInt64) {
        let (isHeld, waiting) = state.withLock { state in
            state.folded.append(offset)
            guard state.closed == offset else {
                return (false, nil as CheckedContinuation<Void, Never>?)
            }
            state.hasArrived = true
            defer { state.waiting = nil }
            return (true, state.waiting)
        }
        waiting?.resume()
        if isHeld { opened.wait() }
    }

    /// Returns when the rebuild stands at the gate.
    func arrival() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if !state.hasArrived { state.waiting = continuation }
                return state.hasArrived
            }
            if isThere { continuation.resume() }
        }
    }

    func open() {
        state.withLock { $0.closed = nil }
        opened.signal()
    }
}
