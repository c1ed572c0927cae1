import EventLog
import Foundation
import Projections
import Testing

/// Views of a log whose beginning was dropped.
@Suite struct ViewRetentionTests {
    private static func check<P: Projection>(_ type: P.Type) async throws {
        var options = LogOptions()
        options.segmentByteLimit = 32 * 1024
        let world = try LogWorld(options: options)
        var history = RandomHistory(seed: RandomHistory.seed())
        try await history.fill(world, blocks: 60)
        let snapshots = ViewSnapshots(directory: try world.folder("snapshots"))
        let views = try world.folder("views")
        func open() throws -> ProjectionWorker<P> {
            try ProjectionWorker<P>(log: world.log, directory: views, snapshots: snapshots) {
                RecordSource.start
            }
        }
        func answers() async throws -> String {
            let store = try ViewStore(path: views + "/" + P.fileName, schema: P.schema)
            defer { try? store.close() }
            return try Answers.of(type, store)
        }
        let worker = try open()
        worker.start()
        try await worker.waitUntil(offset: world.log.durableOffset)
        let offset = try worker.snapshot(into: snapshots)
        try await history.fill(world, blocks: 20)
        try world.log.dropSegments(below: offset)
        #expect(world.log.status.firstOffset > 0)
        try await worker.waitUntil(offset: world.log.durableOffset)
        worker.stop()
        let before = try await answers()

        // Deleted, the view is made again from the snapshot and what the log still has.
        try FileManager.default.removeItem(atPath: views)
        try FileManager.default.createDirectory(atPath: views, withIntermediateDirectories: true)
        let again = try open()
        #expect(again.status.offset == offset)
        again.start()
        try await again.waitUntil(offset: world.log.durableOffset)
        // Rebuilt beside the serving one, the same.
        try await again.rebuild()
        again.stop()
        #expect(try await answers() == before)
        try OfflineRebuild(log: world.log, directory: views, snapshots: snapshots)
            .run([P.name]) { _, _, _ in }
        #expect(try await answers() == before)

        // Without the snapshot what is missing is named.
        try FileManager.default.removeItem(atPath: world.directory.path + "/snapshots")
        try FileManager.default.removeItem(atPath: views + "/" + P.fileName)
        let poorer = try open()
        poorer.start()
        try await poorer.waitUntil(offset: world.log.durableOffset)
        #expect(poorer.status.gaps == 1)
        poorer.stop()
    }

    @Test func `issues`() async throws { try await Self.check(IssuesProjection.self) }
    @Test func `releases`() async throws { try await Self.check(ReleasesProjection.self) }
    @Test func `regressions`() async throws { try await Self.check(RegressionsProjection.self) }
    @Test func `projects`() async throws { try await Self.check(ProjectsProjection.self) }
    @Test func `the status policy`() async throws { try await Self.check(StatusPolicy.self) }

    @Test func `snapshots stay beside each other, few of them`() async throws {
        let world = try LogWorld()
        let folder = try world.folder("snapshots")
        let snapshots = ViewSnapshots(directory: folder)
        let worker = try ProjectionWorker<IssuesProjection>(
            log: world.log, directory: try world.folder("views"), snapshots: snapshots
        ) { RecordSource.start }
        worker.start()
        for number in 1...SnapshotPlan.limit + 2 {
            try await world.see(Sighting(type: "Error\(number)"))
            try await worker.waitUntil(offset: world.log.durableOffset)
            #expect(try worker.snapshot(into: snapshots) == UInt64(number))
            #expect(snapshots.newest(of: IssuesProjection.fileName)?.offset == UInt64(number))
            let count = try FileManager.default.contentsOfDirectory(atPath: folder).count
            #expect(count == min(number, SnapshotPlan.limit))
        }
        worker.stop()
    }
}
