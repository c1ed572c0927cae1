import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import GRDB
import Testing

@testable import Projections

/// Regrouping a project: its views are folded anew, and what is stored never moves.
struct RegroupTests {
    private static let blocks = 120
    private static let types: [any Projection.Type] = [
        IssuesProjection.self, ReleasesProjection.self, RegressionsProjection.self,
        ProjectsProjection.self, StatusPolicy.self, ReportsProjection.self,
        FacetsProjection.self,
    ]

    private static func history(
        _ seed: UInt64, blocks: Int = blocks, regroups: Bool = false
    ) async throws -> LogWorld {
        let world = try LogWorld()
        var history = RandomHistory(seed: seed, hasStacks: true)
        history.regroups = regroups
        try await history.fill(world, blocks: blocks / 2)
        if regroups { try await world.append([world.source.regroup(1, to: .inAppFirst)]) }
        try await history.fill(world, blocks: blocks / 2)
        return world
    }

    private static func answers(_ world: LogWorld) throws -> [String] {
        func answer<P: Projection>(_ type: P.Type) throws -> String {
            try Answers.of(type, try world.rebuilt(type))
        }
        return try types.map { try answer($0) }
    }

    private static func expectEqual(_ one: [String], _ other: [String]) {
        for (type, pair) in zip(types, zip(one, other)) {
            expectSame(type, pair.0, pair.1)
        }
    }

    /// Says where they differ, and not all of them.
    private static func expectSame(
        _ type: any Projection.Type, _ one: String, _ other: String
    ) {
        let isSame = one == other
        #expect(isSame, "\(type): \(difference(one, other))")
    }

    private static func difference(_ one: String, _ other: String) -> String {
        zip(one.split(separator: "\n"), other.split(separator: "\n")).first { $0 != $1 }
            .map { "\($0)\n\($1)" } ?? "one is longer"
    }

    @Test func `regroup, then undo, gives back the very same views`() async throws {
        let world = try await Self.history(RandomHistory.seed())
        let before = try Self.answers(world)
        for project in UInt32(1)...2 {
            try await world.append([world.source.regroup(project, to: .inAppFirst)])
        }
        let regrouped = try Self.answers(world)
        #expect(regrouped[0] != before[0])
        for project in UInt32(1)...2 {
            try await world.append([world.source.regroup(project, to: .page)])
        }
        Self.expectEqual(try Self.answers(world), before)
    }

    @Test func `incremental equals rebuild from digests equals rebuild from payloads`()
        async throws
    {
        let seed = RandomHistory.seed()
        let world = try await Self.history(seed, regroups: true)
        var random = SeededRandom(seed: seed)
        func check<P: Projection>(_ type: P.Type) throws {
            let rebuilt = try Answers.of(type, try world.rebuilt(type))
            let fold = try world.live(type, "crashed")
            for _ in 0..<40 {
                for _ in 0..<random.below(12) { _ = try fold.step() }
                if random.chance(oneIn: 2) { try fold.commit() }
                if random.chance(oneIn: 2) { try fold.crash() }
            }
            try fold.catchUp()
            let live = try Answers.of(type, fold.store)
            Self.expectSame(type, live, rebuilt)
            let store = try ViewStore(
                path: try world.folder("payloads") + "/" + P.fileName, schema: P.schema)
            try Rebuild.foldPayloads(
                type, reader: world.log.makeReader(), into: store,
                until: world.log.durableOffset, salt: { _ in RecordSource.salt })
            let payloads = try Answers.of(type, store)
            Self.expectSame(type, payloads, rebuilt)
        }
        for type in Self.types { try check(type) }
    }

    @Test func `a regrouped log shows what one that came so from the start shows`() async throws {
        let seed = RandomHistory.seed()
        /// Events alone: what was decided about issues cannot be the same.
        func world(_ version: FingerprintVersion) async throws -> LogWorld {
            let world = try LogWorld()
            world.source.grouping = [1: version, 2: version]
            var random = SeededRandom(seed: seed)
            for _ in 0..<200 {
                try await world.see(RandomHistory.stacked(&random))
            }
            return world
        }
        let later = try await world(.page)
        for project in UInt32(1)...2 {
            try await later.append([later.source.regroup(project, to: .inAppFirst)])
        }
        let first = try await world(.inAppFirst)
        func check<P: Projection>(_ type: P.Type) throws {
            let fold = try first.live(type)
            while try fold.step() {}
            let store = try ViewStore(
                path: try first.folder("pinned") + "/" + P.fileName, schema: P.schema)
            // As if it had always been in force.
            var groupings = Groupings()
            for project in UInt32(1)...2 {
                groupings[project] = Grouping(version: .inAppFirst, since: 0)
            }
            try groupings.show(in: store, P.self)
            var projection = P()
            var session = try FoldSession(store, &projection)
            while try session.foldNext(&projection, first.log.makeReader()) {}
            try session.commit(&projection, into: store)
            let wanted = try Answers.of(type, store)
            let found = try Answers.of(type, try later.rebuilt(type))
            Self.expectSame(type, found, wanted)
        }
        try check(IssuesProjection.self)
        try check(FacetsProjection.self)
    }

    @Test func `the diff says what the views show before and after`() async throws {
        let world = try await Self.history(RandomHistory.seed())
        let end = world.log.durableOffset
        let diff = try RegroupComparison.run(
            world.log, project: 1, to: .inAppFirst, until: end,
            scratch: try world.folder("diff") + "/users.sqlite", goesOn: { _ in true })
        #expect(world.log.durableOffset == end)
        let before = try Self.counts(world)
        try await world.append([world.source.regroup(1, to: .inAppFirst)])
        let after = try Self.counts(world)
        #expect(diff.before == before.count && diff.after == after.count)
        #expect(diff.unknownEvents == 0)
        #expect(diff.counts.values.reduce(0, +) == before.count)
        #expect(!diff.issues.isEmpty && !diff.unions.isEmpty)
        for issue in diff.issues { #expect(before[issue.whole.fingerprint] == issue.whole) }
        for union in diff.unions { #expect(after[union.whole.fingerprint] == union.whole) }
        for issue in diff.issues where issue.change == .moves {
            #expect(after[issue.into[0].fingerprint] == issue.into[0])
        }
        #expect(diff.events == before.values.reduce(0) { $0 + $1.events })
        let back = try RegroupComparison.run(
            world.log, project: 1, to: .page, until: world.log.durableOffset,
            scratch: try world.folder("diff") + "/users.sqlite", goesOn: { _ in true })
        #expect(back.before == after.count && back.after == before.count)
    }

    /// The rows of the view, one a fingerprint, as the diff tells them.
    private static func counts(_ world: LogWorld) throws -> [UInt64: RegroupDiff.Side] {
        try world.rebuilt(IssuesProjection.self).query { db in
            var all: [UInt64: RegroupDiff.Side] = [:]
            for row in try Row.fetchAll(
                db,
                sql: "SELECT fingerprint, events, users, users_exact FROM issue WHERE project = 1")
            {
                guard let fingerprint = HexText.value(row[0]) else { continue }
                all[fingerprint] = RegroupDiff.Side(
                    fingerprint: fingerprint, events: row[1], users: row[2], usersAreExact: row[3])
            }
            return all
        }
    }

    @Test func `a worker folds the view anew and serves the old grouping meanwhile`()
        async throws
    {
        let world = try await Self.history(RandomHistory.seed(), blocks: 40)
        let snapshots = ViewSnapshots(directory: world.directory.path + "/snapshots")
        func open() throws -> ProjectionWorker<IssuesProjection> {
            try ProjectionWorker<IssuesProjection>(
                log: world.log, directory: try world.folder("views"), snapshots: snapshots
            ) { RecordSource.start }
        }
        func count(_ view: some ViewReading) async throws -> Int {
            try await view.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM issue") ?? 0 }
                .value
        }
        let worker = try open()
        worker.start()
        try await worker.waitUntil(offset: world.log.durableOffset)
        let before = try await count(worker)
        worker.stop()
        // The record comes while nothing runs: the start finds the view stale.
        try await world.append([world.source.regroup(1, to: .inAppFirst)])
        let next = try open()
        next.start()
        try await next.waitUntil(offset: world.log.durableOffset)
        while next.status.shown != next.status.current || next.status.isRebuilding {
            await Task.yield()
        }
        let proof = try next.verify(.digests) { _, _ in true }
        #expect(proof.difference == nil, "\(String(describing: proof.difference))")
        #expect(
            try await next.read { try Groupings.shown($0) }.value[1].version == .inAppFirst)
        try await world.append([world.source.regroup(1, to: .page)])
        try await next.waitUntil(offset: world.log.durableOffset)
        while next.status.shown != next.status.current || next.status.isRebuilding {
            await Task.yield()
        }
        #expect(try await count(next) == before)
        #expect(next.status.rebuildFailure == nil)
        next.stop()
    }

    @Test func `a rebuild that was interrupted before a regrouping does not win`() async throws {
        let world = try await Self.history(RandomHistory.seed(), blocks: 40)
        let snapshots = ViewSnapshots(directory: world.directory.path + "/snapshots")
        let views = try world.folder("views")
        func open() throws -> ProjectionWorker<IssuesProjection> {
            try ProjectionWorker<IssuesProjection>(
                log: world.log, directory: views, snapshots: snapshots
            ) { RecordSource.start }
        }
        let first = try open()
        first.start()
        try await first.waitUntil(offset: world.log.durableOffset)
        first.stop()
        let run = ShadowRun<IssuesProjection>(
            log: world.log, file: ShadowFile(directory: views, name: IssuesProjection.fileName),
            snapshots: snapshots, parks: false)
        #expect(try !run.fold(resumes: false, distance: 0) { folded, _ in folded < 20 })
        try await world.append([world.source.regroup(1, to: .inAppFirst)])
        let next = try open()
        next.start()
        try await next.waitUntil(offset: world.log.durableOffset)
        while next.status.shown != next.status.current || next.status.isRebuilding {
            await Task.yield()
        }
        #expect(next.status.shown[1].version == .inAppFirst)
        let proof = try next.verify(.digests) { _, _ in true }
        #expect(proof.difference == nil, "\(String(describing: proof.difference))")
        next.stop()
    }

    @Test func `any batching of regroupings gives the same answers`() async throws {
        let world = try await Self.history(RandomHistory.seed(), blocks: 80, regroups: true)
        for size in [1, 3, 1_000] {
            func check<P: Projection>(_ type: P.Type) throws {
                let fold = try world.live(type, "batched-\(size)")
                try fold.catchUp(commitEvery: size)
                let batched = try Answers.of(type, fold.store)
                let rebuilt = try Answers.of(type, try world.rebuilt(type))
                Self.expectSame(type, batched, rebuilt)
            }
            for type in Self.types { try check(type) }
        }
    }

    @Test func `the past shows the grouping of its time`() async throws {
        let world = try await Self.history(RandomHistory.seed(), blocks: 40)
        let before = try Answers.all(issues: try world.rebuilt(IssuesProjection.self))
        let then = world.log.durableOffset
        try await world.append([world.source.regroup(1, to: .inAppFirst)])
        let after = try Answers.all(issues: try world.rebuilt(IssuesProjection.self))
        let past = PastViews(
            log: world.log, directory: try world.folder("past"),
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots"))
        defer { past.stop() }
        func answers(_ offset: UInt64) async throws -> String {
            try await past.read(IssuesProjection.self, at: offset) { db in
                try Answers.issues(db)
            }
        }
        #expect(try await answers(then) == before)
        #expect(try await answers(then + 1) == after)
        #expect(try await answers(then) == before)
    }
}

extension RandomHistory {
    /// An event with a stack, and nothing else that is random.
    static func stacked(_ random: inout SeededRandom) -> Sighting {
        var history = RandomHistory(seed: random.next(), hasStacks: true)
        return history.anySighting()
    }
}
