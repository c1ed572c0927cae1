import ErrorModel
import Projections

/// What the events since a resolve were judged to be, told together by reason and release; pure.
struct JudgedEvents {
    struct Group: Hashable {
        var decision: RegressionDecision
        var release: String?
    }

    /// The largest first.
    private(set) var groups: [(group: Group, events: Int, example: EventID)] = []

    /// - Parameter events: newest first; the example of a group is its newest.
    init(
        _ events: [(id: EventID, digest: EventDigestView)], since issue: IssueSummary,
        _ state: PolicyState
    ) {
        var index: [Group: Int] = [:]
        for (id, digest) in events {
            let release = digest.releaseRange.isEmpty ? nil : digest.release
            let group = Group(
                decision: RegressionRule.decide(
                    policy: state.regression, scheme: state.scheme, resolution: state.resolution,
                    resolvedAt: issue.changedAt, resolvedOffset: issue.changedOffset,
                    happened: digest.happened.microseconds,
                    release: release.flatMap { state.releases[$0] }),
                release: release)
            if let at = index[group] {
                groups[at].events += 1
            } else {
                index[group] = groups.count
                groups.append((group, 1, id))
            }
        }
        groups.sort { $0.events > $1.events }
    }

    /// One sentence a group.
    ///
    /// - Parameter isRestored: the resolve holds again since what had ended it was taken back.
    func sentences(
        _ state: PolicyState, resolvedIn: String?, isRestored: Bool
    ) -> [String] {
        groups.map { group, events, _ in
            let came = "\(events) \(events == 1 ? "event" : "events")"
            let from = group.release.map { " from release \($0)" } ?? ""
            let order = group.decision.ordering == .semver ? "by version" : "by creation"
            let resolved = resolvedIn ?? "no release"
            let why =
                switch group.decision.reason {
                case .happenedBeforeResolve: "happened before it was resolved and came late"
                case .resolvedWithoutRelease: "came after it was resolved without a release"
                case .sameRelease: "the release that it was resolved in"
                case .olderRelease: "older \(order) than \(resolved), which it was resolved in"
                case .newerRelease: "newer \(order) than \(resolved), which it was resolved in"
                case .eventWithoutRelease: "without a release, so that nothing can be judged"
                case .notNewerThanNext:
                    "not newer \(order) than \(resolved), the newest when it was resolved in the next"
                case .newerThanNext:
                    "newer \(order) than \(resolved), the newest when it was resolved in the next"
                case .firstReleaseSinceResolve: "the first since it was resolved in the next"
                }
            let outcome =
                group.decision.outcome == .regressed
                ? isRestored ? "a regression that was taken back" : "a regression, on its way"
                : "counted, no regression (policy '\(state.regression.rawValue)')"
            return "\(came)\(from): \(why); \(outcome)"
        }
    }
}
