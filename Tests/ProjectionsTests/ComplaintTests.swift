import ErrorModel
import EventLog
import Projections
import Testing

/// What users of other trackers complain about, each as it goes here.
struct ComplaintTests {
    private static func resolved(
        _ resolution: ResolutionName, _ policy: RegressionPolicy = .newer,
        _ scheme: ReleaseScheme = .semver, releases: [String] = ["1.0.0", "2.0.0"]
    ) async throws -> Triage {
        let triage = try Triage()
        try await triage.set(policy, scheme)
        for release in releases { try await triage.see(Sighting(release: release)) }
        try await triage.settle()
        try await triage.change(to: .resolved, resolution)
        return triage
    }

    private static func after(_ triage: Triage, _ sightings: [Sighting]) async throws -> IssueStatus
    {
        for sighting in sightings { try await triage.see(sighting) }
        try await triage.settle()
        return try triage.status
    }

    @Test(arguments: RegressionPolicy.allCases)
    func `events from before the fix come late and resolve nothing away`(
        policy: RegressionPolicy
    ) async throws {
        // Phones that were offline for a day, whatever release they run.
        for resolution in [ResolutionName.anyRelease, .inRelease("2.0.0")] {
            let triage = try await Self.resolved(resolution, policy)
            let late = ["1.0.0", "2.0.0", "3.0.0", nil].map {
                Sighting(release: $0, delay: 86_400)
            }
            #expect(try await Self.after(triage, late) == .resolved)
            #expect(try triage.detail().summary.events == 6)
        }
    }

    @Test func `an older release that is still running does not reopen a fix`() async throws {
        let triage = try await Self.resolved(.inRelease("2.0.0"))
        #expect(try await Self.after(triage, [Sighting(release: "1.0.0")]) == .resolved)
        #expect(try await Self.after(triage, [Sighting(release: "2.0.1")]) == .regressed)
    }

    @Test func `a fix in a later version is not undone by a backport of an older one`() async throws
    {
        let triage = try await Self.resolved(.inRelease("2.0.0"))
        #expect(try await Self.after(triage, [Sighting(release: "1.0.1")]) == .resolved)
        // By time the backport is the newer one, and that is what such a project has asked for.
        let byTime = try await Self.resolved(.inRelease("2.0.0"), .newer, .time)
        #expect(try await Self.after(byTime, [Sighting(release: "1.0.1")]) == .regressed)
    }

    @Test func `a release that nobody has ever seen can be resolved in`() async throws {
        // As after a typing error, or where the release was deleted elsewhere.
        let triage = try await Self.resolved(.inRelease("2.5.0"))
        #expect(try await Self.after(triage, [Sighting(release: "2.0.0")]) == .resolved)
        #expect(try await Self.after(triage, [Sighting(release: "2.5.0")]) == .regressed)
    }

    @Test func `the next release where there is none yet is the first that comes`() async throws {
        let triage = try Triage()
        try await triage.set(.newer)
        try await triage.see(Sighting())
        try await triage.settle()
        try await triage.change(to: .resolved, .inNextRelease(after: nil))
        #expect(try await Self.after(triage, [Sighting()]) == .resolved)
        #expect(try await Self.after(triage, [Sighting(release: "0.1.0")]) == .regressed)
    }

    @Test func `what fails while the next release is awaited changes nothing`() async throws {
        let triage = try await Self.resolved(.inNextRelease(after: "2.0.0"))
        let waiting = (0..<5).map { _ in Sighting(release: "2.0.0") }
        #expect(try await Self.after(triage, waiting) == .resolved)
        #expect(try await Self.after(triage, [Sighting(release: "2.0.1")]) == .regressed)
    }

    @Test func `two regressions in a race are one`() async throws {
        let triage = try await Self.resolved(.inRelease("1.0.0"))
        let events = try ["2.0.0", "3.0.0", "3.0.0"].map {
            try triage.world.source.event(Sighting(release: $0))
        }
        try await triage.world.append(events)
        // A second policy, as of a process that died between deciding and committing.
        let other = try triage.world.live(StatusPolicy.self, "other")
        while try other.step() {}
        try await triage.world.append(other.decisions(triage.world.source.now))
        try await triage.settle()
        #expect(try triage.world.count(.issueRegressed) == 1)
        #expect(try triage.status == .regressed)
        #expect(try triage.detail().history.map(\.to) == [.resolved, .regressed])
    }

    @Test func `a person who resolves again at that moment wins or loses, never both`() async throws
    {
        let triage = try await Self.resolved(.inRelease("1.0.0"))
        let before = try triage.detail().summary
        try await triage.world.append([
            try triage.world.source.event(Sighting(release: "2.0.0"))
        ])
        while try triage.policy.step() {}
        try triage.policy.commit()
        let decisions = triage.policy.decisions(triage.world.source.now)
        #expect(decisions.count == 1)
        // The person reopens it before the decision is in the log.
        try await triage.world.record(
            IssueStatusChanged(
                issue: triage.issue, from: .resolved, to: .open, version: before.version,
                actor: "ann", actorKind: .person))
        try await triage.world.append(decisions)
        try await triage.settle()
        #expect(try triage.status == .open)
        #expect(try triage.detail().history.count == 2)
    }
}
