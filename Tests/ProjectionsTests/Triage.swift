import ErrorModel
import EventLog
import Projections
import Testing

/// The log, the policy and the issues view together, a step at a time.
final class Triage {
    let world: LogWorld
    let policy: LiveFold<StatusPolicy>
    let issues: LiveFold<IssuesProjection>
    var issue = IssueID(project: 1, fingerprint: 0)

    init() throws {
        world = try LogWorld()
        policy = try world.live(StatusPolicy.self)
        issues = try world.live(IssuesProjection.self)
    }

    /// Runs the policy until it decides nothing more, then the view.
    func settle(now: Int64? = nil) async throws {
        while true {
            while try policy.step() {}
            try policy.commit()
            let decisions = policy.decisions(now ?? world.source.now)
            if decisions.isEmpty { break }
            try await world.append(decisions)
        }
        try issues.catchUp()
    }

    func detail() throws -> IssueDetail {
        let id = issue
        return try #require(try issues.store.query { try IssueDetail.fetch(id, $0) })
    }

    var status: IssueStatus { get throws { try detail().summary.status } }

    func see(_ sighting: Sighting) async throws { issue = try await world.see(sighting) }

    @discardableResult
    func change(
        to status: IssueStatus, _ resolution: ResolutionName? = nil, until: UntilCondition? = nil
    ) async throws -> UInt64 {
        let summary = try detail().summary
        let offset = try await world.record(
            IssueStatusChanged(
                issue: issue, from: summary.status, to: status, version: summary.version,
                actor: "ann", actorKind: .person, resolution: resolution, until: until))
        try await settle()
        return offset
    }

    func set(_ regression: RegressionPolicy, _ scheme: ReleaseScheme = .semver) async throws {
        try await world.record(
            ProjectPolicyChanged(
                project: 1, regression: regression, releases: scheme, actor: "ann"))
    }
}
