/// The kinds of record that Faultlog keeps in its log; the raw values are part of the format.
package enum RecordKind: UInt8, CaseIterable, Sendable {
    case eventCaptured = 1
    case issueStatusChanged = 2
    case issueRegressed = 3
    case releaseCreated = 4
    case releaseFinalized = 5
    case projectCreated = 6
    case projectPolicyChanged = 7
    case personErasureRequested = 8
    case personErased = 9
    case projectRetentionChanged = 10
    case projectExpired = 11
    case clientReported = 12
    case sessionsReported = 13
    case feedbackReceived = 14
    case logsCaptured = 15
    case attachmentKept = 16
    case replayDescribed = 17
    case replayRecorded = 18
    case projectScrubbingChanged = 20
    case projectLimitsChanged = 21
    case ingestDropped = 22
    case issueMerged = 23
    case issueUnmerged = 24
    case issueAssigned = 25
    case issueCommented = 26
    case issueActUndone = 27
    case projectRegrouped = 28
    case artifactAdded = 30
    case artifactRemoved = 31
    case projectKeyRotated = 32
    case projectRenamed = 33

    /// The name in the `type` field of the record's JSON line.
    package var name: String {
        switch self {
        case .eventCaptured: "event.captured"
        case .issueStatusChanged: "issue.status_changed"
        case .issueRegressed: "issue.regressed"
        case .releaseCreated: "release.created"
        case .releaseFinalized: "release.finalized"
        case .projectCreated: "project.created"
        case .projectPolicyChanged: "project.policy_changed"
        case .personErasureRequested: "person.erasure_requested"
        case .personErased: "person.erased"
        case .projectRetentionChanged: "project.retention_changed"
        case .projectExpired: "project.expired"
        case .clientReported: "client.reported"
        case .sessionsReported: "sessions.reported"
        case .feedbackReceived: "feedback.received"
        case .logsCaptured: "logs.captured"
        case .attachmentKept: "attachment.kept"
        case .replayDescribed: "replay.described"
        case .replayRecorded: "replay.recorded"
        case .projectScrubbingChanged: "project.scrubbing_changed"
        case .projectLimitsChanged: "project.limits_changed"
        case .ingestDropped: "ingest.dropped"
        case .issueMerged: "issue.merged"
        case .issueUnmerged: "issue.unmerged"
        case .issueAssigned: "issue.assigned"
        case .issueCommented: "issue.commented"
        case .issueActUndone: "issue.act_undone"
        case .projectRegrouped: "project.regrouped"
        case .artifactAdded: "artifact.added"
        case .artifactRemoved: "artifact.removed"
        case .projectKeyRotated: "project.key_rotated"
        case .projectRenamed: "project.renamed"
        }
    }
}
