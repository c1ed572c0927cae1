/// A resolved issue came back; with everything that the decision rests on.
package struct IssueRegressed: StateRecord, Hashable {
    package static let kind = RecordKind.issueRegressed

    package var issue: IssueID
    /// The event that brought it back, and its offset.
    package var event: EventID
    package var eventOffset: UInt64
    package var eventRelease: String?
    /// The offset of the record that resolved the issue: what did not hold.
    package var resolvedOffset: UInt64
    package var resolution: String
    package var resolvedRelease: String?
    package var policy: RegressionPolicy
    package var reason: RegressionReason
    package var ordering: ReleaseOrdering?

    package init(
        issue: IssueID, event: EventID, eventOffset: UInt64, eventRelease: String?,
        resolvedOffset: UInt64, resolution: String, resolvedRelease: String?,
        policy: RegressionPolicy, reason: RegressionReason, ordering: ReleaseOrdering?
    ) {
        self.issue = issue
        self.event = event
        self.eventOffset = eventOffset
        self.eventRelease = eventRelease
        self.resolvedOffset = resolvedOffset
        self.resolution = resolution
        self.resolvedRelease = resolvedRelease
        self.policy = policy
        self.reason = reason
        self.ordering = ordering
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        guard let event = EventID(try reader.string("event")) else { throw reader.fail("event") }
        self.init(
            issue: try reader.issue(), event: event,
            eventOffset: try reader.unsigned("eventOffset"),
            eventRelease: data["eventRelease"]?.string,
            resolvedOffset: try reader.unsigned("resolvedOffset"),
            resolution: try reader.string("resolution"),
            resolvedRelease: data["resolvedRelease"]?.string,
            policy: try reader.choice("policy", RegressionPolicy.self),
            reason: try reader.choice("reason", RegressionReason.self),
            ordering: data["ordering"]?.string.flatMap(ReleaseOrdering.init(rawValue:)))
    }

    package var data: JSONValue {
        .pairs([
            ("issue", .string(issue.description)), ("event", .string(event.text)),
            ("eventOffset", .integer(eventOffset)),
            ("eventRelease", eventRelease.map(JSONValue.string) ?? .null),
            ("resolvedOffset", .integer(resolvedOffset)), ("resolution", .string(resolution)),
            ("resolvedRelease", resolvedRelease.map(JSONValue.string) ?? .null),
            ("policy", .string(policy.rawValue)), ("reason", .string(reason.rawValue)),
            ("ordering", ordering.map { .string($0.rawValue) } ?? .null),
            ("explanation", .string(explanation)),
        ])
    }

    /// One sentence for people: what came, against what, and by which rule.
    package var explanation: String {
        let came =
            eventRelease.map { "event \(event.text) came from release \($0)" }
            ?? "event \(event.text) came without a release"
        let order = ordering == .semver ? "by version" : "by creation"
        let policy = policy.rawValue
        let resolved = resolvedRelease ?? "no release"
        return switch reason {
        case .resolvedWithoutRelease:
            "\(came) after the issue was resolved without naming a release, so any event counts"
        case .sameRelease:
            "\(came), the release that it was resolved in; the policy '\(policy)' counts it"
        case .olderRelease:
            "\(came), older \(order) than \(resolved), which it was resolved in; "
                + "the policy '\(policy)' counts any other release"
        case .newerRelease:
            "\(came), newer \(order) than \(resolved), which it was resolved in"
        case .newerThanNext:
            "\(came), newer \(order) than \(resolved), the newest when it was resolved in the next"
        case .firstReleaseSinceResolve:
            "\(came), the first since it was resolved in the next release"
        case .happenedBeforeResolve, .eventWithoutRelease, .notNewerThanNext:
            came
        }
    }
}
