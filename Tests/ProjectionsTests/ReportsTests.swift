import ErrorModel
import EventLog
import EventLogTestSupport
import Projections
import Testing

struct ReportsTests {
    private static let day: Int64 = 86_400_000_000

    private static func group(
        _ environment: String = "production", days: Int64 = 0
    ) -> SessionsReported.Group {
        SessionsReported.Group(
            release: "1.0", environment: environment,
            started: Timestamp(microseconds: RecordSource.start - days * day))
    }

    private static func health(
        _ world: LogWorld, environment: String? = nil
    ) throws -> ReleaseHealth? {
        try world.rebuilt(ReportsProjection.self).query {
            try ReleaseHealth.byRelease(project: 1, environment: environment, $0)["1.0"]
        }
    }

    @Test func `losses are added up by reason and category`() async throws {
        let world = try LogWorld()
        for quantity in [3, 4] {
            let report = ClientReported(losses: [
                .init(reason: "send_error", category: "error", quantity: UInt64(quantity)),
                .init(reason: "sample_rate", category: "transaction", quantity: 100),
            ])
            try await world.append([world.source.item(report)])
        }
        let losses = try world.rebuilt(ReportsProjection.self).query {
            try ClientLoss.fetchAll(project: 1, $0)
        }
        #expect(losses.map(\.reason) == ["sample_rate", "send_error"])
        #expect(losses.map(\.quantity) == [200, 7])
        #expect(losses.allSatisfy { $0.firstReport < $0.lastReport })
    }

    @Test func `a session is counted once and its error once`() async throws {
        let world = try LogWorld()
        var begin = Self.group()
        begin.sessions = 1
        var error = Self.group()
        error.erroredSessions = [7 << 50]
        var crash = error
        crash.crashed = 1
        for group in [begin, error, crash] {
            try await world.append([
                world.source.item(SessionsReported(user: 9 << 50, groups: [group]))
            ])
        }
        let health = try #require(try Self.health(world))
        #expect([health.sessions, health.errored, health.crashed] == [1, 1, 1])
        #expect([health.users, health.crashedUsers] == [1, 1])
        #expect(health.crashFreeSessions == 0)
        #expect(health.crashFreeUsers == 0)
    }

    @Test func `a person in two environments and on two days is one`() async throws {
        let world = try LogWorld()
        for (environment, days) in [("production", 0), ("production", 1), ("staging", 0)] {
            var group = Self.group(environment, days: Int64(days))
            group.sessions = 2
            try await world.append([
                world.source.item(SessionsReported(user: 9 << 50, groups: [group])),
                world.source.item(SessionsReported(user: 0, groups: [group])),
            ])
        }
        let all = try #require(try Self.health(world))
        #expect([all.sessions, all.users] == [12, 1])
        let production = try #require(try Self.health(world, environment: "production"))
        #expect([production.sessions, production.users] == [8, 1])
        let days = try world.rebuilt(ReportsProjection.self).query {
            try ReleaseHealth.days(project: 1, release: "1.0", environment: "production", $0)
        }
        #expect(days.map(\.health.sessions) == [4, 4])
        #expect(days.map(\.health.users) == [1, 1])
    }

    @Test(arguments: [1, 100])
    func `feedback finds its issue, whichever comes first`(commitEvery: Int) async throws {
        let world = try LogWorld()
        let event = try world.source.event(Sighting())
        let later = try world.source.event(Sighting(type: "Later"))
        func about(_ event: NewRecord) -> NewRecord {
            let id = EventID(high: event.id.high, low: event.id.low)
            return world.source.item(FeedbackReceived(event: id, user: 0))
        }
        try await world.append([event])
        try await world.append([about(event), about(later)])
        try await world.append([about(later), later, about(later)])
        try await world.append([world.source.item(FeedbackReceived(event: nil, user: 0))])
        let fold = try world.live(ReportsProjection.self)
        try fold.catchUp(commitEvery: commitEvery)
        let (first, second) = (try event.issue, try later.issue)
        let counts = try fold.store.query { db in
            try [first, second].map { try FeedbackQuery.count(issues: [$0], db) }
        }
        #expect(counts == [1, 3])
        let rest = try fold.store.query { db in
            try FeedbackQuery.project(1, isUnattached: true).fetch(below: .max, limit: 10, db)
        }
        #expect(rest.map(\.offset) == [6])
    }

    @Test func `feedback waits for its event over a new start, and not for ever`() async throws {
        let world = try LogWorld()
        let early = try world.source.event(Sighting(type: "Early"))
        let late = try world.source.event(Sighting(type: "Late"))
        for event in [early, late] {
            let id = EventID(high: event.id.high, low: event.id.low)
            try await world.append([world.source.item(FeedbackReceived(event: id, user: 0))])
        }
        let fold = try world.live(ReportsProjection.self)
        try fold.catchUp()
        try fold.crash()
        var slow = late
        slow.time += 8 * Self.day
        try await world.append([early, slow])
        try fold.catchUp()
        let issues = [try early.issue, try late.issue]
        let counts = try fold.store.query { db in
            try issues.map { try FeedbackQuery.count(issues: [$0], db) }
        }
        #expect(counts == [1, 0])
    }

    @Test func `many people become an estimate, in any batching the same`() async throws {
        let world = try LogWorld()
        var random = SeededRandom(seed: 7)
        for _ in 0..<30 {
            let records = (0..<400).map { _ in
                var group = Self.group()
                group.sessions = 1
                return world.source.item(
                    SessionsReported(user: random.next() | 1, groups: [group]))
            }
            try await world.append(records)
        }
        let fold = try world.live(ReportsProjection.self)
        try fold.catchUp(commitEvery: 1)
        let live = try Answers.of(ReportsProjection.self, fold.store)
        let rebuilt = try world.rebuilt(ReportsProjection.self)
        let answers = try Answers.of(ReportsProjection.self, rebuilt)
        #expect(live == answers)
        let health = try #require(try Self.health(world))
        #expect(!health.usersAreExact)
        #expect(abs(health.users - 12_000) < 400)
    }
}
