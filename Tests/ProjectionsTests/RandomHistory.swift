import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import GRDB
import Projections

/// Fills a log with a random history: events, acts of people, legal, illegal and stale, and what
/// the policy decides.
struct RandomHistory {
    static let releases: [String?] = ["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0", "abc", nil]
    private static let environments: [String?] = ["production", "staging", nil]

    var random: SeededRandom
    private var lives: [IssueID: IssueLife] = [:]
    private var issues: [IssueID] = []
    private var events: [EventID] = []
    private var map = IssueMap()
    /// Acts that may be taken back: their offsets are guessed, as a fold must not mind.
    private var moved: [[IssueMove]] = []
    /// Events have stacks, so that the versions of the fingerprint differ.
    private let hasStacks: Bool
    /// Projects are regrouped now and then.
    var regroups = false

    init(seed: UInt64, hasStacks: Bool = false) {
        random = SeededRandom(seed: seed)
        self.hasStacks = hasStacks
    }

    private static let stacks: [[(function: String, file: String, inApp: Bool)]] = [
        [("main", "app.js", true), ("send", "http.js", false)],
        [("main", "app.js", true), ("retry", "queue.js", false), ("send", "http.js", false)],
        [("main", "app.js", true)],
        [
            ("pay", "cart.js", true), ("send", "http.js", false), ("a", "b.js", false),
            ("c", "d.js", false), ("e", "f.js", false),
        ],
        [
            ("main", "app.js", true), ("send", "http.js", false), ("a", "b.js", false),
            ("c", "d.js", false), ("e", "f.js", false),
        ],
        [("c", "d.js", false)],
    ]

    static func seed() -> UInt64 {
        // One that was printed, to see it again.
        let given = ProcessInfo.processInfo.environment["FAULTLOG_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("history seed \(seed)")
        return seed
    }

    /// Appends so many blocks.
    mutating func fill(_ world: LogWorld, blocks: Int) async throws {
        if hasStacks { issues = [] }
        let policy = try world.live(StatusPolicy.self, "history")
        let issueFold = try world.live(IssuesProjection.self, "history")
        for project in UInt32(1)...2 where world.log.durableOffset < 2 {
            try await world.record(
                ProjectCreated(
                    id: project, slug: "p\(project)", name: "P", description: nil,
                    key: "pk_\(project)"), project: project)
        }
        for _ in 0..<blocks {
            var records: [NewRecord] = []
            for _ in 0...random.below(4) { records.append(try record(world)) }
            try await world.append(records)
            while try policy.step() {}
            try policy.commit()
            try await world.append(policy.decisions(world.source.now))
            while try issueFold.step() {}
            try issueFold.commit()
            try refresh(issueFold.store)
        }
        try policy.catchUp()
    }

    /// What is known of the issues, so that most acts are legal.
    private mutating func refresh(_ store: ViewStore) throws {
        if hasStacks {
            (issues, map) = try store.query { db in
                let rows = try Row.fetchAll(db, sql: "SELECT project, fingerprint FROM issue")
                let ids = rows.compactMap { row in
                    HexText.value(row[1]).map { IssueID(project: row[0], fingerprint: $0) }
                }
                return (ids, try IssueParts.map(db))
            }
        }
        let known = issues
        let summaries = try store.query { db in
            try known.compactMap { try IssueSummary.fetch($0, db) }
        }
        for issue in summaries {
            lives[issue.id] = IssueLife(
                status: issue.status, version: issue.version, changedOffset: 0, changedAt: 0,
                resolution: issue.resolution, until: issue.until)
        }
    }

    private mutating func record(_ world: LogWorld) throws -> NewRecord {
        let project = UInt32(1 + random.below(2))
        switch random.below(21) {
        case 0:
            return world.source.state(
                ReleaseCreated(
                    project: project, release: "\(random.below(3)).\(random.below(3)).0",
                    actor: "x"),
                project: project)
        case 1:
            return world.source.state(
                ReleaseFinalized(project: project, release: "1.0.0", actor: "x"), project: project)
        case 2:
            return world.source.state(
                ProjectPolicyChanged(
                    project: project,
                    regression: random.chance(oneIn: 2) ? .newer : .different,
                    releases: random.chance(oneIn: 2) ? .time : .semver, actor: "x"),
                project: project)
        case 3...6 where !issues.isEmpty:
            let change = statusChange()
            return world.source.state(change, project: change.issue.project)
        case 13 where regroups && random.chance(oneIn: 4):
            // Acts name what is shown; by another version that is known when it is looked at again.
            issues = []
            moved = []
            lives = [:]
            return world.source.regroup(
                project, to: world.source.grouping[project] == .inAppFirst ? .page : .inAppFirst)
        case 12 where issues.count > 1:
            return act(world)
        case 7:
            return world.source.item(losses(), project: project)
        case 8, 9:
            return world.source.item(sessions(world.source.now), project: project)
        case 10, 11:
            return world.source.item(
                FeedbackReceived(event: feedbackEvent(), user: 0), project: project)
        case 20:
            return artifact(world, project)
        default:
            let event = try world.source.event(sighting(project))
            let issue = try event.issue
            events.append(EventID(high: event.id.high, low: event.id.low))
            if !issues.contains(issue) { issues.append(issue) }
            return event
        }
    }

    /// A merge, an unmerge, an assignment, a comment, or something taken back; one in five makes
    /// no sense.
    private mutating func act(_ world: LogWorld) -> NewRecord {
        let issue = issues[random.below(issues.count)]
        let target = map.issue(of: issue)
        let project = issue.project
        switch random.below(7) {
        case 0, 1:
            let others = issues.filter { $0.project == project }
            let other = map.issue(of: others[random.below(others.count)])
            let to = random.chance(oneIn: 5) ? issue : target
            let moves = ([other] + map.parts(of: other)).map {
                IssueMove(part: $0, from: other, to: to)
            }
            if map.apply(moves) { moved.append(moves) }
            return world.source.state(
                IssueMerged(issue: to, moves: moves, actor: "someone", comment: nil),
                project: project)
        case 2:
            let moves = map.parts(of: target).map { IssueMove(part: $0, from: target, to: $0) }
            if moves.isEmpty { break }
            if map.apply(moves) { moved.append(moves) }
            return world.source.state(
                IssueUnmerged(issue: target, moves: moves, actor: "someone", comment: "no"),
                project: project)
        case 3:
            return world.source.state(
                IssueAssigned(
                    issue: issue, assignee: random.chance(oneIn: 3) ? nil : "p\(random.below(3))",
                    actor: "someone"), project: project)
        case 4:
            return world.source.state(
                IssueCommented(issue: issue, comment: "c\(random.below(100))", actor: "someone"),
                project: project)
        default: break
        }
        return world.source.state(undoing(of: issue, target), project: project)
    }

    private mutating func undoing(of issue: IssueID, _ target: IssueID) -> IssueActUndone {
        let offset = UInt64(random.below(200))
        let restored: IssueActUndone.Restored
        switch random.below(4) {
        case 0:
            let life = lives[target] ?? IssueLife()
            let statuses = IssueStatus.allCases
            restored = .status(
                StatusRestored(
                    from: life.status, version: life.version,
                    life: .init(
                        status: statuses[random.below(statuses.count)], offset: offset,
                        time: RecordSource.start)))
        case 1: restored = .assignee("p9", after: offset)
        case 2: restored = .comment
        default:
            let moves = (moved.popLast() ?? []).reversed().map(\.inverse)
            _ = map.apply(moves)
            restored =
                moves.isEmpty
                ? .map([IssueMove(part: issue, from: issue, to: issue)]) : .map(moves)
        }
        return IssueActUndone(
            issue: target, undoes: offset, restored: restored, actor: "someone", comment: nil)
    }

    private mutating func losses() -> ClientReported {
        ClientReported(losses: [
            .init(
                reason: "r\(random.below(3))", category: "c\(random.below(2))",
                quantity: UInt64(1 + random.below(9)))
        ])
    }

    private mutating func sessions(_ now: Int64) -> SessionsReported {
        let day: Int64 = 86_400_000_000
        var group = SessionsReported.Group(
            release: "\(random.below(3)).0.0",
            environment: random.chance(oneIn: 2) ? "production" : "staging",
            started: Timestamp(microseconds: now - Int64(random.below(3)) * day))
        group.sessions = UInt64(random.below(4))
        group.errored = UInt64(random.below(2))
        group.crashed = UInt64(random.below(2))
        if random.chance(oneIn: 2) {
            group.erroredSessions = [UInt64(1 + random.below(20)) << 50]
        }
        return SessionsReported(user: UInt64(random.below(12)) << 50, groups: [group])
    }

    /// An event of before, one that may come, one of another project, or none.
    private mutating func feedbackEvent() -> EventID? {
        if random.chance(oneIn: 4) { return nil }
        if random.chance(oneIn: 2), !events.isEmpty { return events[random.below(events.count)] }
        return EventID(high: 7, low: UInt64(random.below(400)))
    }

    /// An event of any project.
    mutating func anySighting() -> Sighting { sighting(UInt32(1 + random.below(2))) }

    /// A map or a script that comes, comes again or goes.
    private mutating func artifact(_ world: LogWorld, _ project: UInt32) -> NewRecord {
        let place = ArtifactPlace(
            project: project, release: random.chance(oneIn: 4) ? "" : "\(random.below(3)).0.0",
            dist: random.chance(oneIn: 4) ? "1" : "", url: "~/a\(random.below(3)).js",
            debugID: random.chance(oneIn: 2) ? "" : "id-\(random.below(3))",
            kind: random.chance(oneIn: 2) ? .script : .sourceMap)
        if random.chance(oneIn: 4) {
            return world.source.item(ArtifactRemoved(place: place, actor: "x"), project: project)
        }
        let blob = BlobReference(hash: BlobHash(of: [UInt8(random.below(9))]), byteCount: 1)
        return world.source.item(
            ArtifactAdded(
                place: place, blob: blob,
                sourceMap: random.chance(oneIn: 2) ? "~/a.js.map" : nil, actor: "x"),
            project: project)
    }

    private mutating func sighting(_ project: UInt32) -> Sighting {
        var sighting = Sighting(
            type: "E\(random.below(hasStacks ? 3 : 6))", project: project,
            release: Self.releases[random.below(Self.releases.count)],
            environment: Self.environments[random.below(Self.environments.count)],
            user: random.chance(oneIn: 3) ? nil : "u\(random.below(9))",
            account: random.chance(oneIn: 3) ? nil : "a\(random.below(4))",
            level: random.chance(oneIn: 4) ? "warning" : nil,
            delay: random.chance(oneIn: 3) ? Int64(random.below(400_000)) : 0,
            isSampled: random.chance(oneIn: 6),
            tags: ["region": "r\(random.below(3))", "n": "\(random.below(300))"])
        if hasStacks { sighting.frames = Self.stacks[random.below(Self.stacks.count)] }
        return sighting
    }

    private mutating func statusChange() -> IssueStatusChanged {
        let issue = issues[random.below(issues.count)]
        let life = lives[issue] ?? IssueLife()
        let isWild = random.chance(oneIn: 5)
        let moves = Lifecycle.moves(from: life.status, by: .person)
        let to =
            isWild
            ? IssueStatus.allCases[random.below(IssueStatus.allCases.count)]
            : moves[random.below(moves.count)]
        var change = IssueStatusChanged(
            issue: issue, from: life.status, to: to,
            version: life.version + (random.chance(oneIn: 8) ? 1 : 0), actor: "someone",
            actorKind: .person)
        if to == .resolved {
            change.resolution =
                switch random.below(3) {
                case 0: .anyRelease
                case 1: .inRelease("1.1.0")
                default: .inNextRelease(after: random.chance(oneIn: 3) ? nil : "1.1.0")
                }
        }
        if to == .ignored || to == .muted {
            change.until =
                switch random.below(4) {
                case 0: .events(1 + random.below(4))
                case 1: .users(1 + random.below(3))
                case 2: .window(events: 2, seconds: 5)
                default: nil
                }
        }
        return change
    }
}
