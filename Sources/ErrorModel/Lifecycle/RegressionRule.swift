/// What counts as "the fix did not hold"; chosen per project.
package enum RegressionPolicy: String, CaseIterable, Sendable {
    /// Any other release than the one that the issue was resolved in. The default.
    case different
    /// The same release or a newer one.
    case newer
}

/// In what an issue was resolved.
package enum Resolution: Hashable, Sendable {
    /// With no release named.
    case anyRelease
    case inRelease(ReleasePoint)
    /// In whatever comes after `after`, the newest release when the issue was resolved;
    /// nil where the project had none.
    case inNextRelease(after: ReleasePoint?)
}

/// The row of the regression table that decided.
package enum RegressionReason: String, CaseIterable, Sendable {
    case happenedBeforeResolve = "happened_before_resolve"
    case resolvedWithoutRelease = "resolved_without_release"
    case sameRelease = "same_release"
    case olderRelease = "older_release"
    case newerRelease = "newer_release"
    case eventWithoutRelease = "event_without_release"
    case notNewerThanNext = "not_newer_than_resolved_at"
    case newerThanNext = "newer_than_resolved_at"
    case firstReleaseSinceResolve = "first_release_since_resolve"
}

/// What an event does to a resolved issue.
package struct RegressionDecision: Hashable, Sendable {
    package enum Outcome: String, Sendable {
        case countOnly
        /// Counted, and marked because the event names no release to judge by.
        case countOnlyFlagged
        case regressed
    }

    package var outcome: Outcome
    package var reason: RegressionReason
    /// The order that the two releases were compared by; nil where none were.
    package var ordering: ReleaseOrdering?

    package init(
        _ outcome: Outcome, _ reason: RegressionReason, ordering: ReleaseOrdering? = nil
    ) {
        self.outcome = outcome
        self.reason = reason
        self.ordering = ordering
    }
}

/// The regression table, as a pure function of its facts.
///
/// | issue is | event | `different` | `newer` |
/// |---|---|---|---|
/// | resolved, any way | happened before the resolve | count only | count only |
/// | resolved, no release | happened after it | regressed | regressed |
/// | resolved in R | release R | count only | regressed |
/// | resolved in R | older than R | regressed | count only |
/// | resolved in R | newer than R | regressed | regressed |
/// | resolved in R | no release | count only, flagged | count only, flagged |
/// | resolved in the next release, made at C | not newer than C | count only | count only |
/// | resolved in the next release, made at C | newer than C | regressed | regressed |
///
/// Silent in the table: an event without a release against "the next release" is counted and
/// flagged as well, since there is nothing to judge by; where there was no release at all when the
/// issue was resolved in "the next", the first release that comes after the resolve is newer.
package enum RegressionRule {
    /// - Parameters:
    ///   - resolvedAt: when the issue was resolved, in microseconds since 1970.
    ///   - resolvedOffset: the offset of the record that resolved it.
    ///   - happened: the earlier of the client's timestamp and the time of receipt.
    ///   - release: the event's release; nil where it names none.
    package static func decide(
        policy: RegressionPolicy, scheme: ReleaseScheme, resolution: Resolution,
        resolvedAt: Int64, resolvedOffset: UInt64, happened: Int64, release: ReleasePoint?
    ) -> RegressionDecision {
        if happened < resolvedAt { return .init(.countOnly, .happenedBeforeResolve) }
        switch resolution {
        case .anyRelease:
            return .init(.regressed, .resolvedWithoutRelease)
        case .inRelease(let resolved):
            guard let release else { return .init(.countOnlyFlagged, .eventWithoutRelease) }
            return againstRelease(resolved, release, policy: policy, scheme: scheme)
        case .inNextRelease(let after):
            guard let release else { return .init(.countOnlyFlagged, .eventWithoutRelease) }
            guard let after else {
                return release.created > resolvedOffset
                    ? .init(.regressed, .firstReleaseSinceResolve, ordering: .creation)
                    : .init(.countOnly, .notNewerThanNext, ordering: .creation)
            }
            let (order, by) = ReleaseOrder.compare(release, after, scheme: scheme)
            return order > 0
                ? .init(.regressed, .newerThanNext, ordering: by)
                : .init(.countOnly, .notNewerThanNext, ordering: by)
        }
    }

    private static func againstRelease(
        _ resolved: ReleasePoint, _ release: ReleasePoint, policy: RegressionPolicy,
        scheme: ReleaseScheme
    ) -> RegressionDecision {
        let (order, by) = ReleaseOrder.compare(release, resolved, scheme: scheme)
        switch (order, policy) {
        case (0, .different): return .init(.countOnly, .sameRelease, ordering: by)
        case (0, .newer): return .init(.regressed, .sameRelease, ordering: by)
        case (..<0, .different): return .init(.regressed, .olderRelease, ordering: by)
        case (..<0, .newer): return .init(.countOnly, .olderRelease, ordering: by)
        default: return .init(.regressed, .newerRelease, ordering: by)
        }
    }
}
