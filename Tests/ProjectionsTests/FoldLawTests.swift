import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import GRDB
import Projections
import Testing

struct FoldLawTests {
    private static let blocks = 160

    private static func history(_ seed: UInt64) async throws -> LogWorld {
        let world = try LogWorld()
        var history = RandomHistory(seed: seed)
        try await history.fill(world, blocks: blocks)
        return world
    }

    private static func check(
        _ world: LogWorld, _ fold: (any Projection.Type) throws -> (String, String)
    ) throws {
        let types: [any Projection.Type] = [
            IssuesProjection.self, ReleasesProjection.self, RegressionsProjection.self,
            ProjectsProjection.self, StatusPolicy.self, ReportsProjection.self,
            FacetsProjection.self, ArtifactsProjection.self,
        ]
        for type in types {
            let (one, other) = try fold(type)
            // A random history may bring no issue back.
            if type != RegressionsProjection.self { #expect(!one.isEmpty) }
            #expect(one == other, "\(type): \(Self.firstDifference(one, other))")
        }
    }

    /// The first line that differs, both ways.
    private static func firstDifference(_ one: String, _ other: String) -> String {
        let pairs = zip(one.split(separator: "\n"), other.split(separator: "\n"))
        return pairs.first { $0 != $1 }.map { "\($0)\n\($1)" } ?? "one is longer"
    }

    private static func rebuilt<P: Projection>(
        _ type: P.Type, _ world: LogWorld
    ) throws -> String {
        try Answers.of(type, try world.rebuilt(type))
    }

    @Test func `a random history holds what the laws are about`() async throws {
        let world = try await Self.history(RandomHistory.seed())
        #expect(try world.count(.eventCaptured) > 100)
        #expect(try world.count(.issueStatusChanged) > 5)
        #expect(try world.count(.sessionsReported) > 5)
        #expect(try world.count(.feedbackReceived) > 5)
        #expect(try world.count(.clientReported) > 0)
        #expect(try world.count(.artifactAdded) > 2)
        #expect(try world.count(.issueMerged) + world.count(.issueActUndone) > 0)
    }

    @Test(arguments: [1, 2, 3, 7, 1_000])
    func `any batching gives the same answers`(size: Int) async throws {
        let world = try await Self.history(RandomHistory.seed())
        func batched<P: Projection>(_ type: P.Type) throws -> String {
            let fold = try world.live(type, "batched")
            try fold.catchUp(commitEvery: size)
            return try Answers.of(type, fold.store)
        }
        try Self.check(world) { (try batched($0), try Self.rebuilt($0, world)) }
    }

    @Test func `a crash between any two steps changes nothing`() async throws {
        let seed = RandomHistory.seed()
        let world = try await Self.history(seed)
        var random = SeededRandom(seed: seed)
        func crashed<P: Projection>(_ type: P.Type) throws -> String {
            let fold = try world.live(type, "crashed")
            for _ in 0..<40 {
                for _ in 0..<random.below(12) { _ = try fold.step() }
                if random.chance(oneIn: 2) { try fold.commit() }
                if random.chance(oneIn: 2) { try fold.crash() }
            }
            try fold.catchUp()
            return try Answers.of(type, fold.store)
        }
        try Self.check(world) { (try crashed($0), try Self.rebuilt($0, world)) }
    }

    @Test func `a transaction that failed and a new start lose no people`() async throws {
        let world = try await Self.history(RandomHistory.seed())
        let fold = try world.live(IssuesProjection.self)
        for round in 0..<30 {
            for _ in 0..<5 { _ = try fold.step() }
            if round % 3 == 0 {
                // The disk is full: the rows are not there, and the worker loads the fold anew.
                struct Full: Error {}
                #expect(throws: Full.self) { try fold.failToCommit(Full()) }
                try fold.crash()
            } else {
                try fold.commit()
            }
        }
        try fold.catchUp()
        #expect(
            try Answers.all(issues: fold.store)
                == Self.rebuilt(IssuesProjection.self, world))
    }

    @Test func `folding twice is folding once`() async throws {
        let world = try await Self.history(RandomHistory.seed())
        func twice<P: Projection>(_ type: P.Type) throws -> String {
            let store = try world.rebuilt(type)
            try Rebuild.fold(
                type, reader: world.log.makeReader(), into: store, until: world.log.durableOffset)
            return try Answers.of(type, store)
        }
        try Self.check(world) { (try twice($0), try Self.rebuilt($0, world)) }
    }

    @Test func `the rebuild of a stopped server equals the views kept live`() async throws {
        let world = try await Self.history(RandomHistory.seed())
        let folder = try world.folder("offline")
        let progress = Progress()
        try OfflineRebuild(
            log: world.log, directory: folder,
            snapshots: ViewSnapshots(directory: try world.folder("snapshots"))
        ).run([]) { name, done, _ in
            progress.ends[name] = done
        }
        #expect(progress.ends.count == OfflineRebuild.names.count)
        #expect(progress.ends.values.allSatisfy { $0 == world.log.durableOffset })
        func offline<P: Projection>(_ type: P.Type) throws -> String {
            try Answers.of(
                type, try ViewStore(path: folder + "/" + P.fileName, schema: P.schema))
        }
        func live<P: Projection>(_ type: P.Type) throws -> String {
            let fold = try world.live(type)
            try fold.catchUp(commitEvery: 3)
            return try Answers.of(type, fold.store)
        }
        try Self.check(world) { (try offline($0), try live($0)) }
    }

    private final class Progress {
        var ends: [String: UInt64] = [:]
    }

    @Test func `an event that comes again is counted once`() async throws {
        let world = try LogWorld()
        let event = try world.source.event(Sighting(release: "1.0.0", user: "u"))
        for _ in 0..<3 { try await world.append([event]) }
        try await world.append([event, event])
        let summary = try world.rebuilt(IssuesProjection.self).query {
            try IssueSummary.fetch(try event.issue, $0)
        }
        #expect(summary?.events == 1)
        #expect(summary?.users == 1)
    }

    @Test func `the order of arrival changes no count, time, user or trend`() async throws {
        let seed = RandomHistory.seed()
        var random = SeededRandom(seed: seed)
        var source = RecordSource()
        var events = try (0..<150).map { number in
            try source.event(
                Sighting(
                    type: "E\(random.below(3))", release: "r\(random.below(3))",
                    environment: "e\(random.below(2))", user: "u\(random.below(20))",
                    account: "a\(random.below(5))", delay: Int64(random.below(300_000))))
        }
        var answers: Set<String> = []
        for _ in 0..<4 {
            let world = try LogWorld()
            for event in events { try await world.append([event]) }
            let issues = try Set(events.map { try $0.issue })
            let text = try world.rebuilt(IssuesProjection.self).query { db in
                try issues.sorted { $0.fingerprint < $1.fingerprint }
                    .map { issue -> String in
                        let detail = try #require(try IssueDetail.fetch(issue, db))
                        let summary = detail.summary
                        return """
                            \(issue) \(summary.events) \(summary.users) \(summary.accounts) \
                            \(summary.firstSeen.text) \(summary.lastSeen.text) \
                            \(summary.firstRelease ?? "") \(summary.lastRelease ?? "") \
                            \(detail.environments) \(detail.releases) \(detail.trend)
                            """
                    }.joined(separator: "\n")
            }
            answers.insert(text)
            events.shuffle(using: &random)
        }
        #expect(answers.count == 1)
    }

    @Test func `counts are those of a plain model`() async throws {
        let seed = RandomHistory.seed()
        var random = SeededRandom(seed: seed)
        let world = try LogWorld()
        var events = 0
        var users: Set<Int> = []
        var accounts: Set<Int> = []
        var issue: IssueID?
        let fold = try world.live(IssuesProjection.self)
        for _ in 0..<60 {
            var records: [NewRecord] = []
            for _ in 0..<random.below(5) {
                let (user, account) = (random.below(80), random.below(30))
                users.insert(user)
                accounts.insert(account)
                events += 1
                records.append(
                    try world.source.event(Sighting(user: "u\(user)", account: "a\(account)")))
            }
            issue = try records.first?.issue ?? issue
            try await world.append(records)
            if random.chance(oneIn: 3) { try fold.catchUp() }
            if random.chance(oneIn: 6) { try fold.crash() }
        }
        try fold.catchUp()
        let id = try #require(issue)
        let summary = try #require(try fold.store.query { try IssueSummary.fetch(id, $0) })
        #expect(summary.events == events)
        #expect(summary.users == users.count)
        #expect(summary.accounts == accounts.count)
        #expect(summary.usersAreExact && summary.accountsAreExact)
    }
}

extension LiveFold {
    /// Writes everything and then fails, as a commit on a full disk does.
    func failToCommit(_ error: any Error) throws {
        try store.pool.write { db in
            try projection.writing(db)
            throw error
        }
    }
}

extension Projection {
    /// Writes, of a copy.
    fileprivate func writing(_ db: Database) throws {
        var copy = self
        try copy.write(db)
    }
}
