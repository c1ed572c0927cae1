import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import GRDB
import Projections
import Testing

/// A view is compared with what the log gives.
@Suite struct ViewVerifyTests {
    private static func worker<P: Projection>(
        _ type: P.Type, _ world: LogWorld
    ) throws -> ProjectionWorker<P> {
        try ProjectionWorker<P>(
            log: world.log, directory: try world.folder("views"),
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots")
        ) { RecordSource.start }
    }

    private static func check<P: Projection>(_ type: P.Type) async throws {
        let world = try LogWorld()
        let seed = RandomHistory.seed()
        var history = RandomHistory(seed: seed)
        let worker = try Self.worker(type, world)
        worker.start()
        // Committed in many small batches: other row numbers and parts of people than a rebuild's.
        for _ in 0..<4 {
            try await history.fill(world, blocks: 8)
            try await worker.waitUntil(offset: world.log.durableOffset)
        }
        let proof = try await offPool { try worker.verify(.digests) { _, _ in true } }
        #expect(proof.difference == nil, "seed \(seed) \(String(describing: proof.difference))")
        #expect(proof.offset == world.log.durableOffset && proof.begin == 0 && proof.rows > 0)
        let anew = try await offPool {
            try worker.verify(.payloads { _ in RecordSource.salt }) { _, _ in true }
        }
        #expect(anew.difference == nil, "seed \(seed) \(String(describing: anew.difference))")
        worker.stop()
        let left = try FileManager.default.contentsOfDirectory(atPath: world.folder("views"))
        #expect(!left.contains { $0.contains("verify") })
    }

    @Test func `issues are what the log gives`() async throws {
        try await Self.check(IssuesProjection.self)
    }
    @Test func `releases are what the log gives`() async throws {
        try await Self.check(ReleasesProjection.self)
    }
    @Test func `projects are what the log gives`() async throws {
        try await Self.check(ProjectsProjection.self)
    }
    @Test func `the status policy is what the log gives`() async throws {
        try await Self.check(StatusPolicy.self)
    }
    @Test func `reports are what the log gives`() async throws {
        try await Self.check(ReportsProjection.self)
    }

    /// A change of one row, and what is said of it.
    struct Change: CustomTestStringConvertible, Sendable {
        var sql: String
        var table: String
        var column: String?
        var testDescription: String { sql }
    }

    @Test(arguments: [
        Change(
            sql: "UPDATE issue SET events = events + 1 WHERE id = 2", table: "issue",
            column: "events"),
        Change(sql: "UPDATE issue SET title = 'x' WHERE id = 1", table: "issue", column: "title"),
        Change(
            sql: "UPDATE issue SET first_release = NULL WHERE id = 1", table: "issue",
            column: "first_release"),
        Change(
            sql: "DELETE FROM issue_environment WHERE issue = 1", table: "issue_environment",
            column: nil),
        Change(
            sql: "INSERT INTO issue_release VALUES (1, 'zz', 1, 1, 1)", table: "issue_release",
            column: nil),
        Change(sql: "UPDATE issue_day SET h03 = h03 + 1", table: "issue_day", column: "h03"),
        Change(
            sql: "UPDATE issue_people SET hashes = x'0102030405060708' WHERE rowid_is_first",
            table: "issue_people", column: "hashes"),
        Change(sql: "DELETE FROM issue_people", table: "issue_people", column: nil),
        Change(sql: "INSERT INTO parked VALUES (0, 'x')", table: "parked", column: nil),
        Change(
            sql: "UPDATE project_month SET events = 0", table: "project_month", column: "events"),
    ])
    func `one changed value is found and named`(change: Change) async throws {
        let world = try LogWorld()
        for number in 0..<9 {
            try await world.see(
                Sighting(
                    type: "E\(number % 3)", release: "1.0.0", environment: "production",
                    user: "u\(number)"))
        }
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        try await worker.waitUntil(offset: world.log.durableOffset)
        worker.stop()
        let path = try world.folder("views") + "/" + IssuesProjection.fileName
        let store = try ViewStore(path: path, schema: IssuesProjection.schema)
        let sql = change.sql.replacingOccurrences(
            of: "rowid_is_first", with: "issue = 1 AND part = 0")
        try await store.pool.write { try $0.execute(sql: sql) }
        try store.close()
        let rebuild = OfflineRebuild(
            log: world.log, directory: try world.folder("views"),
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots"))
        let proofs = try rebuild.verify([IssuesProjection.name], .digests) { _, _, _ in }
        let difference = try #require(proofs.first?.difference)
        #expect(difference.table == change.table && difference.column == change.column)
        #expect(difference.served != difference.folded)
        #expect(!difference.key.isEmpty)
        // Made anew it is right again.
        try rebuild.run([IssuesProjection.name]) { _, _, _ in }
        let again = try rebuild.verify([IssuesProjection.name], .digests) { _, _, _ in }
        #expect(again.first?.difference == nil && again.count == 1)
    }

    @Test func `a view that is not there is named`() async throws {
        let world = try LogWorld()
        try await world.see(Sighting())
        let rebuild = OfflineRebuild(
            log: world.log, directory: try world.folder("views"),
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots"))
        #expect(throws: FoldError.self) {
            try rebuild.verify([IssuesProjection.name], .digests) { _, _, _ in }
        }
    }

    @Test func `a comparison that is told to stop does, and leaves nothing`() async throws {
        let world = try LogWorld()
        for _ in 0..<5 { try await world.see(Sighting()) }
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        try await worker.waitUntil(offset: world.log.durableOffset)
        #expect(throws: CancellationError.self) {
            try worker.verify(.digests) { folded, _ in folded < 2 }
        }
        worker.stop()
        let left = try FileManager.default.contentsOfDirectory(atPath: world.folder("views"))
        #expect(!left.contains { $0.contains("verify") })
    }

    @Test func `people beyond the exact count are compared as sketches`() async throws {
        let world = try LogWorld()
        var number = 0
        for _ in 0..<21 {
            var records: [NewRecord] = []
            for _ in 0..<500 {
                records.append(try world.source.event(Sighting(user: "u\(number)")))
                number += 1
            }
            try await world.append(records)
        }
        let worker = try Self.worker(IssuesProjection.self, world)
        worker.start()
        try await worker.waitUntil(offset: world.log.durableOffset)
        let proof = try await offPool { try worker.verify(.digests) { _, _ in true } }
        #expect(proof.difference == nil)
        worker.stop()
    }
}

/// Runs what blocks on a thread of its own: other tests need the shared ones.
private func offPool<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}
