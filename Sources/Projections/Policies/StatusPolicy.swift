import ErrorModel
package import EventLog

/// Decides what the system does to issues: a resolved one regresses, an ignored or muted one opens
/// when its condition is met.
///
/// A fold like the views: its state is a function of the log, and a decision is made at a certain
/// event, once. The decision is kept until its record is seen in the log, under an id made from
/// its cause; a crash between deciding and appending repeats it, and the log's own dedupe keeps
/// it single.
package struct StatusPolicy: Projection {
    package static let name = "status-policy"
    package static let version = 1
    package static let schema = StatusPolicySchema.sql

    struct Watched {
        var life: IssueLife
        var progress: UntilProgress?
        /// The decision that was made about this state of the issue.
        var decision: RecordID?
    }

    struct Policy: Hashable {
        var regression = RegressionPolicy.different
        var scheme = ReleaseScheme.semver
    }

    struct ReleaseKey: Hashable {
        var project: UInt32
        var release: String
    }

    /// A decision on its way into the log.
    struct Decision {
        var id: RecordID
        var issue: IssueID
        var kind: RecordKind
        var data: [UInt8]
    }

    /// How issues are named, and what is in force: an event is judged under the grouping in
    /// force when it came, and by no other.
    private var shown = Groupings()
    private var current = Groupings()
    /// Which issue's status holds for the events of a fingerprint.
    var map = IssueMap()
    var policies: [UInt32: Policy] = [:]
    var releases: [ReleaseKey: UInt64] = [:]
    var issues: [IssueID: Watched] = [:]
    /// Those of them that a time opens.
    var timed: Set<IssueID> = []
    var undelivered: [RecordID: Decision] = [:]
    /// What has changed since the last commit.
    var isMapDirty = false
    var dirtyPolicies: Set<UInt32> = []
    var dirtyReleases: [ReleaseKey] = []
    var dirtyIssues: Set<IssueID> = []
    var dirtyDecisions: Set<RecordID> = []
    /// Decisions that the worker has not been given yet.
    var fresh: [RecordID] = []
    /// The releases seen in this batch, by bytes, so that an event makes no `String`.
    private var seenReleases: Set<SeenRelease> = []
    private var names = StringInterner()

    private struct SeenRelease: Hashable {
        var project: UInt32
        var name: Int
    }

    /// At most so many releases are remembered by bytes before the memory is given back.
    private static let seenReleaseLimit = 10_000

    package init() {}

    package mutating func show(_ shown: Groupings, current: Groupings) {
        self.shown = shown
        self.current = current
    }

    package mutating func fold(_ block: LogBlock, at index: Int) throws {
        switch RecordKind(rawValue: block.type(at: index).rawValue) {
        case .eventCaptured:
            try foldEvent(block, at: index)
        case .issueStatusChanged:
            let record = try IssueStatusChanged(data: block.data(at: index))
            let header = block.header(at: index)
            settle(header.id)
            change(record.issue) { $0.apply(record, offset: header.offset, time: header.time) }
        case .issueRegressed:
            let record = try IssueRegressed(data: block.data(at: index))
            let header = block.header(at: index)
            settle(header.id)
            change(record.issue) { $0.apply(record, offset: header.offset, time: header.time) }
        case .issueMerged:
            move(try IssueMerged(data: block.data(at: index)).moves)
        case .issueUnmerged:
            move(try IssueUnmerged(data: block.data(at: index)).moves)
        case .issueActUndone:
            let record = try IssueActUndone(data: block.data(at: index))
            switch record.restored {
            case .status(let restored): change(record.issue) { $0.apply(restored) }
            case .map(let moves): move(moves)
            case .assignee, .comment: break
            }
        case .releaseCreated:
            let record = try ReleaseCreated(data: block.data(at: index))
            note(ReleaseKey(project: record.project, release: record.release), block, index)
        case .releaseFinalized:
            // It makes the release where there is none yet.
            let record = try ReleaseFinalized(data: block.data(at: index))
            note(ReleaseKey(project: record.project, release: record.release), block, index)
        case .projectPolicyChanged:
            let record = try ProjectPolicyChanged(data: block.data(at: index))
            policies[record.project] = Policy(
                regression: record.regression, scheme: record.releases)
            dirtyPolicies.insert(record.project)
        case .projectRegrouped:
            let record = try ProjectRegrouped(data: block.data(at: index))
            current.take(record, at: block.baseOffset + UInt64(index))
        default:
            break
        }
    }

    package mutating func decisions(now: Int64) -> [NewRecord] {
        decideByTime(now)
        defer { fresh.removeAll(keepingCapacity: true) }
        return fresh.compactMap { id in
            undelivered[id].map { decision in
                NewRecord(
                    kind: decision.kind,
                    data: RegroupedNames.mark(
                        decision.data, shown[decision.issue.project].version),
                    project: decision.issue.project,
                    issue: decision.issue, id: id, time: Timestamp(microseconds: now))
            }
        }
    }

    package mutating func didCommit() {
        isMapDirty = false
        dirtyPolicies.removeAll(keepingCapacity: true)
        dirtyReleases.removeAll(keepingCapacity: true)
        dirtyIssues.removeAll(keepingCapacity: true)
        dirtyDecisions.removeAll(keepingCapacity: true)
        if seenReleases.count > Self.seenReleaseLimit {
            seenReleases = []
            names.removeAll()
        }
    }
}

// MARK: events

extension StatusPolicy {
    private mutating func foldEvent(_ block: LogBlock, at index: Int) throws {
        let digest = try EventDigestView(block.section, in: block.digestRange(at: index))
        let project = block.project(at: index)
        if !digest.releaseRange.isEmpty { noteRelease(digest, project, block, index) }
        if issues.isEmpty { return }
        let issue = map.issue(of: IssueID(project: project, fingerprint: digest.fingerprint))
        guard let watched = issues[issue], watched.decision == nil else { return }
        switch watched.life.status {
        case .resolved:
            if digest.flags.contains(.otherGrouping) { return }
            judge(issue, watched, digest, block.header(at: index))
        case .ignored, .muted: advance(issue, digest, block.header(at: index))
        case .open, .regressed: break
        }
    }

    private mutating func noteRelease(
        _ digest: EventDigestView, _ project: UInt32, _ block: LogBlock, _ index: Int
    ) {
        let name = block.section.withUnsafeBytes {
            names.intern(UnsafeRawBufferPointer(rebasing: $0[digest.releaseRange]))
        }
        guard seenReleases.insert(SeenRelease(project: project, name: name)).inserted else {
            return
        }
        note(ReleaseKey(project: project, release: names.strings[name]), block, index)
    }

    /// The first record that names a release gives it its place in the order of creation.
    ///
    /// A resolve names it as well, and makes none: it may never come.
    private mutating func note(_ key: ReleaseKey, _ block: LogBlock, _ index: Int) {
        if releases[key] != nil { return }
        releases[key] = block.baseOffset + UInt64(index)
        dirtyReleases.append(key)
    }

    private func point(_ project: UInt32, _ release: String) -> ReleasePoint? {
        releases[ReleaseKey(project: project, release: release)].map {
            ReleasePoint(name: release, created: $0)
        }
    }

    private mutating func judge(
        _ issue: IssueID, _ watched: Watched, _ digest: EventDigestView, _ header: RecordHeader
    ) {
        let policy = policies[issue.project] ?? Policy()
        let release = digest.releaseRange.isEmpty ? nil : digest.release
        let resolvedIn = watched.life.resolution?.release.flatMap { point(issue.project, $0) }
        let decision = RegressionRule.decide(
            policy: policy.regression, scheme: policy.scheme,
            resolution: Resolution(watched.life, resolvedIn), resolvedAt: watched.life.changedAt,
            resolvedOffset: watched.life.changedOffset, happened: digest.happened.microseconds,
            release: release.flatMap { point(issue.project, $0) })
        guard decision.outcome == .regressed else { return }
        let record = IssueRegressed(
            issue: issue, event: EventID(high: header.id.high, low: header.id.low),
            eventOffset: header.offset, eventRelease: release,
            resolvedOffset: watched.life.changedOffset,
            resolution: watched.life.resolution?.word ?? "any",
            resolvedRelease: watched.life.resolution?.release, policy: policy.regression,
            reason: decision.reason, ordering: decision.ordering)
        decide(issue, watched.life, record)
    }

    private mutating func advance(
        _ issue: IssueID, _ digest: EventDigestView, _ header: RecordHeader
    ) {
        guard var progress = issues[issue]?.progress else { return }
        let isMet = progress.isMet(byEventAt: header.time, user: header.keys.user)
        issues[issue]?.progress = progress
        dirtyIssues.insert(issue)
        // Counted it is; the next one that comes under this grouping opens the issue.
        if isMet, !digest.flags.contains(.otherGrouping) { open(issue) }
    }

    private mutating func decideByTime(_ now: Int64) {
        if timed.isEmpty { return }
        let due = timed.filter { issue in
            shown[issue.project].version == current[issue.project].version
                && issues[issue]?.isDue(now) ?? false
        }
        for issue in due.sorted(by: { $0.description < $1.description }) {
            timed.remove(issue)
            open(issue)
        }
    }

    private mutating func open(_ issue: IssueID) {
        guard let life = issues[issue]?.life else { return }
        let record = IssueStatusChanged(
            issue: issue, from: life.status, to: .open, version: life.version, actor: "faultlog",
            actorKind: .system, comment: life.until.map { "condition met: \($0.sentence)" })
        decide(issue, life, record)
    }
}

// MARK: decisions

extension StatusPolicy {
    /// The id depends on the change that the decision answers, so that it is made only once.
    private mutating func decide<R: StateRecord>(_ issue: IssueID, _ life: IssueLife, _ record: R) {
        // The version too: a resolve that an undoing has restored may fail a second time.
        let id = RecordID(
            high: EventKeys.issue(issue) ^ Self.idTag &+ life.version << 1
                ^ shown[issue.project].since &* Self.groupingFactor,
            low: UInt64(R.kind.rawValue) << 56 | life.changedOffset)
        undelivered[id] = Decision(id: id, issue: issue, kind: R.kind, data: record.bytes)
        issues[issue]?.decision = id
        timed.remove(issue)
        dirtyIssues.insert(issue)
        dirtyDecisions.insert(id)
        fresh.append(id)
    }

    /// Under another grouping the same name is another issue: spreads its offset over all bits.
    private static let groupingFactor: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Sets decisions apart from other ids ("decision" in ASCII).
    private static let idTag: UInt64 = 0x6465_6369_7369_6f6e

    /// The record of a decision is in the log.
    private mutating func settle(_ id: RecordID) {
        if undelivered.removeValue(forKey: id) != nil { dirtyDecisions.insert(id) }
    }

    private mutating func move(_ moves: [IssueMove]) {
        guard map.apply(moves) else { return }
        isMapDirty = true
        // What is merged into another waits for nothing; what stands alone again does.
        for move in moves {
            for issue in [move.part, move.to] {
                if let watched = issues[issue] { watch(issue, watched) }
            }
        }
    }

    mutating func watch(_ issue: IssueID, _ watched: Watched) {
        issues[issue] = watched
        if case .time? = watched.life.until, watched.decision == nil, map.issue(of: issue) == issue
        {
            timed.insert(issue)
        } else {
            timed.remove(issue)
        }
    }

    private mutating func change(_ issue: IssueID, _ apply: (inout IssueLife) -> Bool) {
        var watched = issues[issue] ?? Watched(life: IssueLife())
        guard apply(&watched.life) else { return }
        // A decision about a state that is over would be refused by every fold.
        if let id = watched.decision { settle(id) }
        watched.decision = nil
        watched.progress = watched.life.until.map { UntilProgress(condition: $0) }
        watch(issue, watched)
        dirtyIssues.insert(issue)
    }
}

extension StatusPolicy.Watched {
    func isDue(_ now: Int64) -> Bool {
        progress?.isMet(atTime: now) ?? false
    }
}
