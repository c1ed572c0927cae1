import ErrorModel
import EventLog
import Foundation
import GRDB
import Projections
import Testing

struct ProjectionWorkerTests {
    private static func worker<P: Projection>(
        _ type: P.Type, _ world: LogWorld, clock: Int64 = RecordSource.start
    ) throws -> ProjectionWorker<P> {
        try ProjectionWorker<P>(
            log: world.log, directory: try world.folder("views"),
            snapshots: ViewSnapshots(directory: try world.folder("snapshots"))
        ) { clock }
    }

    @Test func `a worker keeps its view like a rebuild`() async throws {
        let world = try LogWorld()
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        var history = RandomHistory(seed: RandomHistory.seed())
        try await history.fill(world, blocks: 60)
        try await worker.waitUntil(offset: world.log.durableOffset)
        #expect(worker.status.offset == world.log.durableOffset)
        worker.stop()
        let path = try world.folder("views") + "/" + IssuesProjection.fileName
        let store = try ViewStore(path: path, schema: IssuesProjection.schema)
        #expect(
            try Answers.all(issues: store)
                == Answers.all(issues: try world.rebuilt(IssuesProjection.self)))
    }

    @Test func `workers resolve, regress and explain by themselves`() async throws {
        let world = try LogWorld()
        let issues = try Self.worker(IssuesProjection.self, world)
        let policy = try Self.worker(StatusPolicy.self, world)
        issues.start()
        policy.start()
        let issue = try await world.see(Sighting(release: "1.0.0"))
        try await world.record(
            IssueStatusChanged(
                issue: issue, from: .open, to: .resolved, version: 0, actor: "x",
                actorKind: .person))
        let event = try await world.append([
            try world.source.event(Sighting(release: "2.0.0")),
            try world.source.event(Sighting(release: "3.0.0")),
        ])
        // The decision's record comes behind the events; nothing else is appended.
        try await issues.waitUntil(offset: event + 2)
        let summary = try await issues.read { try IssueSummary.fetch(issue, $0) }.value
        #expect(summary?.status == .regressed)
        #expect(try world.count(.issueRegressed) == 1)
        issues.stop()
        policy.stop()
    }

    @Test func `a poisoned record is parked live and stops a rebuild`() async throws {
        let world = try LogWorld()
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        let issue = try await world.see(Sighting())
        try await world.append([try world.source.poison(), try world.source.event(Sighting())])
        try await worker.waitUntil(offset: world.log.durableOffset)
        #expect(worker.status.parked == 1)
        #expect(worker.status.failure == nil)
        #expect(try await worker.read { try IssueSummary.fetch(issue, $0) }.value?.events == 2)
        await #expect(throws: (any Error).self) { try await worker.rebuild() }
        // The old rows are served, and new ones come.
        try await world.see(Sighting())
        try await worker.waitUntil(offset: world.log.durableOffset)
        #expect(try await worker.read { try IssueSummary.fetch(issue, $0) }.value?.events == 3)
        #expect(throws: (any Error).self) { try world.rebuilt(IssuesProjection.self) }
        worker.stop()
        let files = try FileManager.default.contentsOfDirectory(atPath: world.folder("views"))
        #expect(!files.contains { $0.contains("rebuild") })
        // What is parked is known to the next start.
        let next = try Self.worker(IssuesProjection.self, world)
        #expect(next.status.parked == 1)
    }

    @Test func `a rebuild goes on beside reads, events and waits`() async throws {
        let world = try LogWorld()
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        let issue = try await world.see(Sighting())
        try await worker.waitUntil(offset: 1)
        let isDone = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var last = 0
                    while !isDone.isSet {
                        let events = try await worker.read {
                            try IssueSummary.fetch(issue, $0)?.events
                        }.value
                        let now = try #require(events)
                        #expect(now >= last)
                        last = now
                        await Task.yield()
                    }
                }
            }
            for _ in 0..<25 {
                async let rebuilt: Void = worker.rebuild()
                // Lands before, in the middle of or after the rebuild: each wait ends soon.
                let offset = try await world.append([try world.source.event(Sighting())])
                try await worker.waitUntil(offset: offset + 1)
                try await rebuilt
            }
            isDone.set()
            try await group.waitForAll()
        }
        #expect(try await worker.read { try IssueSummary.fetch(issue, $0) }.value?.events == 26)
        worker.stop()
        await #expect(throws: CancellationError.self) { try await worker.rebuild() }
    }

    @Test func `a worker that was never started can be stopped`() throws {
        let world = try LogWorld()
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.stop()
        worker.stop()
    }

    @Test func `a cancelled wait ends at once`() async throws {
        let world = try LogWorld()
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        // One after the other, so that on a busy machine none comes to the limit of a wait, which
        // would be a `ViewTimeout`, before it is cancelled.
        for index in 0..<20 {
            let wait = Task { try await worker.waitUntil(offset: 5) }
            if index % 2 == 0 { await Task.yield() }
            wait.cancel()
            await #expect(throws: CancellationError.self) { try await wait.value }
        }
        worker.stop()
    }

    @Test func `whoever waits is told when the worker stops`() async throws {
        let world = try LogWorld()
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        let wait = Task { try await worker.waitUntil(offset: 5) }
        await Task.yield()
        worker.stop()
        await #expect(throws: CancellationError.self) { try await wait.value }
    }

    @Test(arguments: ["ahead", "damaged", "missing"])
    func `a view that does not fit the log is folded anew`(how: String) async throws {
        let world = try LogWorld()
        let issue = try await world.see(Sighting())
        let path = try world.folder("views") + "/" + IssuesProjection.fileName
        switch how {
        case "ahead":
            let store = try ViewStore(path: path, schema: IssuesProjection.schema)
            try await store.pool.write {
                try $0.execute(sql: "UPDATE checkpoint SET next_offset = 77")
            }
            try store.close()
        case "damaged":
            try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: path))
        default: break
        }
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        try await worker.waitUntil(offset: 1)
        #expect(try await worker.read { try IssueSummary.fetch(issue, $0) }.value?.events == 1)
        worker.stop()
    }
}

/// Set once, read by tasks.
private final class Flag: Sendable {
    private let lock = NSLock()
    // Touched inside the lock only.
    nonisolated(unsafe) private var value = false

    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}
