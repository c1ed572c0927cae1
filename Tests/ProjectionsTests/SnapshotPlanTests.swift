import EventLog
import EventLogTestSupport
import Foundation
import GRDB
import Projections
import Testing

/// When views are copied, and which copies stay.
@Suite struct SnapshotPlanTests {
    @Test(
        arguments: [
            (nil, [0], 5, 1, false), (nil, [0, 3], 5, 1, true), (nil, [0, 3], 5, 6, false),
            (3, [0, 3], 5, 1, false), (2, [0, 3], 5, 1, true), (2, [0, 3], 5, 4, false),
            (9, [0, 3], 5, 1, false), (2, [0, 7], 5, 1, false), (4, [0, 3, 7, 9], 20, 16, true),
        ] as [(UInt64?, [UInt64], UInt64, UInt64, Bool)])
    func `a copy is due when a segment was closed and enough came`(
        newest: UInt64?, bases: [UInt64], end: UInt64, records: UInt64, isDue: Bool
    ) {
        let found = SnapshotPlan.isDue(newest: newest, bases: bases, end: end, records: records)
        #expect(found == isDue)
    }

    @Test(
        arguments: [
            ([], 0, 3, []), ([5], 9, 3, []), ([5, 7], 9, 3, [5]), ([5, 7, 12], 9, 3, [5, 7]),
            ([1, 2, 3], 0, 3, []), ([10, 20, 30, 40], 0, 3, [20]), ([10, 11, 30, 40], 0, 3, [11]),
            ([10, 30, 39, 40], 0, 3, [39]), ([9, 10, 20], 9, 3, []),
        ] as [([UInt64], UInt64, Int, [UInt64])])
    func `of many copies the ends stay, and those between them evenly`(
        offsets: [UInt64], first: UInt64, limit: Int, gone: [UInt64]
    ) {
        #expect(SnapshotPlan.surplus(of: offsets, first: first, limit: limit) == gone)
    }

    @Test(
        arguments: [
            ([], 0, nil), ([100], 0, nil), ([101], 0, 50), ([50, 101], 0, nil), ([101], 1, nil),
            ([100, 400], 0, 200), ([100, 200, 400], 0, 300), ([100, 400], 101, nil),
            ([100, 400], 100, 200), ([0, 250], 0, 83), ([1_000], 0, 250),
            ([100, 110, 120], 0, nil), ([10, 20, 30, 1_000], 0, nil),
        ] as [([UInt64], UInt64, UInt64?)])
    func `between copies that lie far apart another is made`(
        offsets: [UInt64], first: UInt64, hole: UInt64?
    ) {
        #expect(SnapshotPlan.hole(in: offsets, first: first, records: 100, limit: 4) == hole)
    }

    @Test func `holes are filled with few copies, which stay`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("hole seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var copies = (0..<1 + random.below(4)).map { _ in UInt64(1 + random.below(5_000)) }
                .sorted()
            let before = copies
            while let hole = SnapshotPlan.hole(in: copies, first: 0, records: 100) {
                #expect(!copies.contains(hole) && hole > 0 && hole < copies.last ?? 0)
                copies = (copies + [hole]).sorted()
            }
            #expect(SnapshotPlan.surplus(of: copies, first: 0).isEmpty, "seed \(seed)")
            #expect(before.allSatisfy(copies.contains), "seed \(seed)")
            let widest = zip([0] + copies, copies).map { $1 - $0 }.max() ?? 0
            let even = max(100, (copies.last ?? 0) / UInt64(SnapshotPlan.limit))
            // Copies that were there may lie closer than evenly.
            #expect(widest <= 2 * even || copies.count == SnapshotPlan.limit, "seed \(seed)")
        }
    }

    @Test func `whatever comes, copies stay few, near, and the log goes on from one`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("snapshot seed \(seed)")
        var random = SeededRandom(seed: seed)
        var (kept, first, end) = ([UInt64](), UInt64(0), UInt64(0))
        for _ in 0..<500 {
            end += UInt64(1 + random.below(1_000))
            kept.append(end)
            if random.chance(oneIn: 10) { first = min(end, first + UInt64(random.below(3_000))) }
            let gone = SnapshotPlan.surplus(of: kept, first: first)
            kept.removeAll { gone.contains($0) }
            #expect(kept.count <= SnapshotPlan.limit && kept.last == end)
            #expect(kept.allSatisfy { $0 >= first })
            // No hole is much wider than an even spread would leave.
            let widest = zip(kept, kept.dropFirst()).map { $1 - $0 }.max() ?? 0
            let even = (end - (kept.first ?? 0)) / UInt64(SnapshotPlan.limit) + 1_000
            #expect(widest <= even * 4, "seed \(seed)")
        }
    }

    @Test func `a view whose file is lost begins at the newest copy, a rebuild at the beginning`()
        async throws
    {
        let world = try LogWorld()
        let folder = try world.folder("views")
        let snapshots = ViewSnapshots(directory: try world.folder("snapshots"))
        func open() throws -> ProjectionWorker<IssuesProjection> {
            try ProjectionWorker<IssuesProjection>(
                log: world.log, directory: folder, snapshots: snapshots
            ) { RecordSource.start }
        }
        let issue = try await world.see(Sighting())
        let worker = try open()
        worker.start()
        try await worker.waitUntil(offset: 1)
        #expect(try worker.snapshot(into: snapshots) == 1)
        worker.stop()
        // So that one can see where it comes from.
        let copy = try #require(snapshots.newest(of: IssuesProjection.fileName))
        let database = try DatabaseQueue(path: copy.path)
        try await database.write { try $0.execute(sql: "UPDATE issue SET events = 100") }
        try database.close()
        try ViewStore.delete(path: folder + "/" + IssuesProjection.fileName)
        try await world.see(Sighting())
        let next = try open()
        next.start()
        try await next.waitUntil(offset: 2)
        func events() async throws -> Int? {
            try await next.read { try IssueSummary.fetch(issue, $0)?.events }.value
        }
        #expect(try await events() == 101)
        try await next.rebuild()
        #expect(try await events() == 2)
        next.stop()
    }
}
