import ErrorModel
import EventLog
import Foundation
import Projections
import Testing

struct StatusPolicyTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        var resolution: ResolutionName
        var release: String?
        var delay: Int64 = 0
        var different: Bool
        var newer: Bool
        var reason: RegressionReason?
        var isFlagged = false
        var testDescription: String { name }
    }

    /// PRODUCT section 5, row by row; 1.0.0, 2.0.0 and 3.0.0 are created in this order.
    static let rows = [
        Row(
            name: "late arrival, no release", resolution: .anyRelease, release: "9.0.0",
            delay: 3_600, different: false, newer: false),
        Row(
            name: "late arrival, release", resolution: .inRelease("2.0.0"), release: "3.0.0",
            delay: 3_600, different: false, newer: false),
        Row(
            name: "late arrival, next", resolution: .inNextRelease(after: "2.0.0"),
            release: "3.0.0", delay: 3_600, different: false, newer: false),
        Row(
            name: "no release", resolution: .anyRelease, release: "1.0.0", different: true,
            newer: true, reason: .resolvedWithoutRelease),
        Row(
            name: "no release, event without one", resolution: .anyRelease, different: true,
            newer: true, reason: .resolvedWithoutRelease),
        Row(
            name: "same release", resolution: .inRelease("2.0.0"), release: "2.0.0",
            different: false, newer: true, reason: .sameRelease),
        Row(
            name: "older release", resolution: .inRelease("2.0.0"), release: "1.0.0",
            different: true, newer: false, reason: .olderRelease),
        Row(
            name: "newer release", resolution: .inRelease("2.0.0"), release: "3.0.0",
            different: true, newer: true, reason: .newerRelease),
        Row(
            name: "unknown newer release", resolution: .inRelease("2.0.0"), release: "4.0.0",
            different: true, newer: true, reason: .newerRelease),
        Row(
            name: "event without release", resolution: .inRelease("2.0.0"), different: false,
            newer: false, isFlagged: true),
        Row(
            name: "next, same", resolution: .inNextRelease(after: "2.0.0"), release: "2.0.0",
            different: false, newer: false),
        Row(
            name: "next, older", resolution: .inNextRelease(after: "2.0.0"), release: "1.0.0",
            different: false, newer: false),
        Row(
            name: "next, newer", resolution: .inNextRelease(after: "2.0.0"), release: "3.0.0",
            different: true, newer: true, reason: .newerThanNext),
        Row(
            name: "next of none, known release", resolution: .inNextRelease(after: nil),
            release: "3.0.0", different: false, newer: false),
        Row(
            name: "next of none, new release", resolution: .inNextRelease(after: nil),
            release: "4.0.0", different: true, newer: true, reason: .firstReleaseSinceResolve),
    ]

    @Test(arguments: rows, RegressionPolicy.allCases)
    func `every row of the regression table, from the event to the issue`(
        row: Row, policy: RegressionPolicy
    ) async throws {
        let triage = try Triage()
        try await triage.set(policy)
        for release in ["1.0.0", "2.0.0", "3.0.0"] {
            try await triage.world.record(
                ReleaseCreated(project: 1, release: release, actor: "ann"))
        }
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        let resolved = try await triage.change(to: .resolved, row.resolution)
        // Twice: two events in a row that bring it back give one record.
        for _ in 0..<2 {
            try await triage.see(Sighting(release: row.release, delay: row.delay))
        }
        try await triage.settle()

        let comesBack = policy == .different ? row.different : row.newer
        let detail = try triage.detail()
        #expect(detail.summary.status == (comesBack ? .regressed : .resolved))
        #expect(detail.summary.events == 3)
        #expect(detail.summary.unjudged == (row.isFlagged ? 2 : 0))
        #expect(try triage.world.count(.issueRegressed) == (comesBack ? 1 : 0))
        let regressions = try triage.world.rebuilt(RegressionsProjection.self)
        #expect(try Answers.rows("regression", regressions).isEmpty == !comesBack)
        guard comesBack else { return }
        let change = try #require(detail.history.last)
        let data = try JSONValue(parsing: change.details)
        #expect(change.to == .regressed)
        #expect(change.actor == "faultlog")
        #expect(data["reason"]?.string == row.reason?.rawValue)
        #expect(data["policy"]?.string == policy.rawValue)
        #expect(data["resolvedOffset"]?.int64 == Int64(resolved))
        #expect(data["eventRelease"]?.string == row.release)
        #expect(data["explanation"]?.string?.contains("event ") == true)
    }

    @Test(arguments: [IssueStatus.ignored, .muted])
    func `an ignored or muted issue only counts`(status: IssueStatus) async throws {
        let triage = try Triage()
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        try await triage.change(to: status)
        for release in ["1.0.0", "2.0.0", nil] { try await triage.see(Sighting(release: release)) }
        try await triage.settle()
        #expect(try triage.status == status)
        #expect(try triage.detail().summary.events == 4)
        #expect(try triage.world.count(.issueRegressed) == 0)
    }

    @Test func `a regressed issue only counts, and can be resolved and regress again`()
        async throws
    {
        let triage = try Triage()
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        for round in 1...3 {
            try await triage.change(to: .resolved, .inRelease("1.0.0"))
            try await triage.see(Sighting(release: "2.0.0"))
            try await triage.settle()
            try await triage.see(Sighting(release: "3.0.0"))
            try await triage.settle()
            #expect(try triage.status == .regressed)
            #expect(try triage.world.count(.issueRegressed) == round)
        }
        #expect(try triage.detail().history.map(\.version) == [1, 2, 3, 4, 5, 6])
    }

    @Test func `a change of the policy holds for the events after it`() async throws {
        let triage = try Triage()
        try await triage.see(Sighting(release: "2.0.0"))
        try await triage.settle()
        try await triage.change(to: .resolved, .inRelease("2.0.0"))
        try await triage.see(Sighting(release: "2.0.0"))
        try await triage.settle()
        #expect(try triage.status == .resolved)
        try await triage.set(.newer)
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        #expect(try triage.status == .resolved)
        try await triage.see(Sighting(release: "2.0.0"))
        try await triage.settle()
        #expect(try triage.status == .regressed)
    }

    @Test(arguments: [false, true], [false, true])
    func `a crash between decision and append repeats nothing and loses nothing`(
        isCommitted: Bool, isAppended: Bool
    ) async throws {
        let triage = try Triage()
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        try await triage.change(to: .resolved, .anyRelease)
        try await triage.see(Sighting(release: "1.0.0"))
        while try triage.policy.step() {}
        if isCommitted { try triage.policy.commit() }
        let lost = triage.policy.decisions(triage.world.source.now)
        #expect(lost.count == 1)
        if isAppended { try await triage.world.append(lost) }
        for _ in 0..<2 {
            try triage.policy.crash()
            let again = triage.policy.decisions(triage.world.source.now + 5)
            #expect(again.map(\.id) == (isCommitted ? lost.map(\.id) : []))
            try await triage.world.append(again)
        }
        try await triage.settle()
        #expect(try triage.world.count(.issueRegressed) == 1)
        #expect(try triage.status == .regressed)
        // Delivered: nothing is left to be decided, not after another start either.
        try triage.policy.crash()
        #expect(triage.policy.decisions(triage.world.source.now + 9).isEmpty)
    }

    @Test func `a rebuilt policy decides nothing anew`() async throws {
        let triage = try Triage()
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        try await triage.change(to: .resolved, .anyRelease)
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        let fresh = try triage.world.live(StatusPolicy.self, "fresh")
        try fresh.catchUp()
        #expect(fresh.decisions(triage.world.source.now).isEmpty)
    }

    @Test func `a decision that comes after a person's change is ignored`() async throws {
        let triage = try Triage()
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        try await triage.change(to: .resolved, .anyRelease)
        try await triage.see(Sighting(release: "1.0.0"))
        while try triage.policy.step() {}
        let decided = triage.policy.decisions(triage.world.source.now)
        // A person opens the issue before the record of the decision is in the log.
        try await triage.world.record(
            IssueStatusChanged(
                issue: triage.issue, from: .resolved, to: .open, version: 1, actor: "ann",
                actorKind: .person))
        try await triage.world.append(decided)
        try await triage.settle()
        #expect(try triage.status == .open)
        #expect(try triage.detail().history.map(\.to) == [.resolved, .open])
    }
}

struct UntilConditionTests {
    private static func ignored(_ until: UntilCondition) async throws -> Triage {
        let triage = try Triage()
        try await triage.see(Sighting(user: "u0"))
        try await triage.settle()
        try await triage.change(to: .ignored, until: until)
        return triage
    }

    private static func expectOpenedOnce(_ triage: Triage, _ sentence: String) async throws {
        #expect(try triage.status == .open)
        for _ in 0..<3 { try await triage.see(Sighting(user: "u9")) }
        try await triage.settle()
        let history = try triage.detail().history
        #expect(history.map(\.to) == [.ignored, .open])
        #expect(history.last?.details.contains(sentence) == true)
        #expect(try triage.world.count(.issueStatusChanged) == 2)
    }

    @Test func `so many more events open an issue once, over restarts as well`() async throws {
        let triage = try await Self.ignored(.events(3))
        for _ in 0..<2 {
            try await triage.see(Sighting(user: "u1"))
            try await triage.settle()
            try triage.policy.crash()
            #expect(try triage.status == .ignored)
        }
        try await triage.see(Sighting(user: "u1"))
        try await triage.settle()
        try await Self.expectOpenedOnce(triage, "3 more events")
    }

    @Test func `so many more users open an issue once`() async throws {
        let triage = try await Self.ignored(.users(2))
        for _ in 0..<5 { try await triage.see(Sighting(user: "u1")) }
        try await triage.see(Sighting())
        try await triage.settle()
        try triage.policy.crash()
        #expect(try triage.status == .ignored)
        try await triage.see(Sighting(user: "u2"))
        try await triage.settle()
        try await Self.expectOpenedOnce(triage, "2 more users")
    }

    @Test func `events within a window open an issue once`() async throws {
        let triage = try await Self.ignored(.window(events: 3, seconds: 10))
        for _ in 0..<4 {
            try await triage.see(Sighting())
            triage.world.source.now += 8_000_000
            try await triage.settle()
            #expect(try triage.status == .ignored)
        }
        try triage.policy.crash()
        for _ in 0..<3 { try await triage.see(Sighting()) }
        try await triage.settle()
        try await Self.expectOpenedOnce(triage, "3 events within 10 s")
    }

    @Test func `a time opens an issue once, without an event`() async throws {
        let time = RecordSource.start + 1_000_000_000
        let triage = try await Self.ignored(.time(time))
        try await triage.settle(now: time - 1)
        try triage.policy.crash()
        #expect(try triage.status == .ignored)
        try await triage.settle(now: time)
        try triage.policy.crash()
        try await triage.settle(now: time + 1)
        try await Self.expectOpenedOnce(triage, "the time is")
    }
}

struct StatusRecordTests {
    @Test func `illegal and stale changes are ignored`() async throws {
        let triage = try Triage()
        try await triage.see(Sighting())
        try await triage.settle()
        func change(_ from: IssueStatus, _ to: IssueStatus, _ version: UInt64) async throws {
            try await triage.world.record(
                IssueStatusChanged(
                    issue: triage.issue, from: from, to: to, version: version, actor: "x",
                    actorKind: .person))
        }
        try await change(.open, .regressed, 0)
        try await change(.open, .open, 0)
        try await change(.resolved, .open, 0)
        try await change(.open, .resolved, 1)
        try await change(.open, .resolved, 0)
        try await change(.open, .ignored, 0)
        try await change(.resolved, .ignored, 1)
        try await triage.settle()
        #expect(try triage.detail().history.map(\.to) == [.resolved])
        #expect(try triage.detail().summary.version == 1)
    }

    @Test func `every legal move of a person is taken, every other one is not`() async throws {
        for from in IssueStatus.allCases {
            for to in IssueStatus.allCases {
                let life = IssueLife(
                    status: from, version: 4, changedOffset: 9, changedAt: 1, resolution: nil,
                    until: nil)
                for actor in [StatusActor.person, .system] {
                    var after = life
                    let change = IssueStatusChanged(
                        issue: IssueID(project: 1, fingerprint: 1), from: from, to: to, version: 4,
                        actor: "x", actorKind: actor)
                    let isTaken = after.apply(change, offset: 10, time: 2)
                    #expect(isTaken == Lifecycle.isLegal(from: from, to: to, by: actor))
                    #expect(after.version == (isTaken ? 5 : 4))
                }
            }
        }
    }
}
