import ErrorModel
import EventLog
import Logging
import NIOPosix
import Projections
import ServiceLifecycle

/// What an erasure would do, or has done.
struct ErasureReport: Sendable {
    var isApplied = false
    /// Events redacted, the segments that hold them, and the bytes of their files.
    var counts = RewrittenCounts()
    /// Files of `quarantine/`, which nobody can search, are deleted.
    var quarantine = (files: 0, bytes: UInt64(0))
    /// Issues of the snapshots, whose events the log no longer has.
    var snapshotIssues = 0
    /// Ranges of the log that cannot be read: what is there was not looked at.
    var unreadable: [Unreadable] = []
    /// Where the log says that it was done.
    var recordOffset: UInt64?

    struct Unreadable: Hashable, Sendable {
        var offsets: Range<UInt64>
        var reason: String
    }

    /// There is nothing of the person here.
    var isEmpty: Bool { counts.events == 0 && snapshotIssues == 0 }
}

/// Taking a person's events out of the log.
///
/// The steps, each of which may be done again: the request is recorded and begins a segment; the
/// segments concerned are rewritten; quarantine and snapshots are cleaned; the act is recorded; the
/// views are folded anew. A small file names the job from before the first to after the last one.
extension Faultlog {
    /// Says what erasing the events of a user would do, and with `isApplied` does it.
    ///
    /// All that was acknowledged before the call is concerned. On return with `isApplied` it is
    /// done, durably. When it is interrupted the next call, or start, goes on with it.
    func erase(
        user: String, of project: Project, actor: String, isApplied: Bool
    ) async throws -> ErasureReport {
        let key = EventKeys.user(user, salt: project.salt)
        return try await retentionRuns.run { [self] in
            try await finishErasure()
            let plan = try await chore {
                try self.planErasure(user: key, project: project.id)
            }
            guard isApplied, !plan.isEmpty else { return plan }
            let job = ErasureJob(project: project.id, user: key, actor: actor)
            try directory.store(job)
            return try await run(job, plan)
        }
    }

    /// Goes on with an erasure that was interrupted; true: there was one.
    @discardableResult
    func resumeErasure() async throws -> Bool {
        try await retentionRuns.run { [self] in try await finishErasure() }
    }

    /// True while an erasure is begun and not done.
    var isErasing: Bool { (try? directory.loadErasure()) != nil }

    @discardableResult
    private func finishErasure() async throws -> Bool {
        guard let job = try directory.loadErasure() else { return false }
        let plan = try await chore {
            try self.planErasure(user: job.user, project: job.project)
        }
        _ = try await run(job, plan)
        return true
    }

    /// Blocks.
    private func planErasure(user: UInt64, project: UInt32) throws -> ErasureReport {
        var report = ErasureReport()
        report.counts = try EventSearch(log: log)
            .events(ofUser: user, project: project, below: log.durableOffset).counts
        let files = directory.quarantined()
        report.quarantine = (files.count, files.reduce(0) { $0 + $1.byteCount })
        report.snapshotIssues = try directory.snapshots.issueCount(
            project: project, user: user, first: log.status.firstOffset)
        report.unreadable = unreadable
        return report
    }

    private func run(_ begun: ErasureJob, _ plan: ErasureReport) async throws -> ErasureReport {
        let job = try await request(begun)
        guard let below = job.below else { preconditionFailure("the request is recorded") }
        var report = plan
        report.isApplied = true
        (report.counts, report.unreadable) = try await chore {
            defer { self.past.forgetAll() }
            return try self.redact(job, below: below)
        }
        report.recordOffset = try await append(
            PersonErased(
                project: job.project, user: job.user, rewritten: report.counts,
                isComplete: report.unreadable.isEmpty, actor: job.actor),
            project: job.project, id: job.id)
        // Their rows still hold what was erased; the new files are folded from what is left.
        for view in [issues, policy, reports, facets] { try await view.rebuild() }
        // What lists keep in memory is of the old rows until somebody asks.
        issueLists.prepare()
        try await sweepFiles()
        try directory.removeErasure()
        return report
    }

    /// Records the request, so that everything before it is in closed segments.
    private func request(_ job: ErasureJob) async throws -> ErasureJob {
        guard job.below == nil else { return job }
        var job = job
        let record = PersonErasureRequested(
            project: job.project, user: job.user, actor: job.actor)
        log.rollSegment()
        // Under an id of its own: after a crash in between it is recorded again, to roll again.
        var generator = SystemRandomNumberGenerator()
        _ = try await append(
            record, project: job.project,
            id: RecordID(high: generator.next(), low: generator.next()))
        job.below = log.newestSegmentBase
        try directory.store(job)
        return job
    }

    /// Blocks for as long as it takes to rewrite the segments.
    private func redact(
        _ job: ErasureJob, below: UInt64
    ) throws -> (counts: RewrittenCounts, unreadable: [ErasureReport.Unreadable]) {
        let search = EventSearch(log: log)
        let found = try search.events(ofUser: job.user, project: job.project, below: below)
        var damaged: [ErasureReport.Unreadable] = []
        for base in found.segments.keys.sorted() {
            let outcome = try log.rewriteSegment(base: base) { (block, index) throws(LogError) in
                let event = try EventRedaction.erasing(
                    user: job.user, project: job.project, standIn: job.standIn, block, index)
                if let event { return event }
                return try ItemRedaction.erasing(
                    user: job.user, project: job.project, standIn: job.standIn, block, index)
            }
            switch outcome {
            case .rewritten, .unchanged, .gone: break
            case .damaged: damaged.append(range(of: base))
            case .stopped: throw Problem.unavailable("the server is stopping")
            }
        }
        try directory.emptyQuarantine()
        try directory.snapshots.erase(
            project: job.project, user: job.user, standIn: job.standIn,
            first: log.status.firstOffset)
        // Counted by what is there now, so that what was done before a crash is in it.
        let done = try search.events(ofUser: job.standIn, project: job.project, below: below)
        return (done.counts, unreadable + damaged)
    }

    /// Ranges that are known to be damaged.
    private var unreadable: [ErasureReport.Unreadable] {
        log.status.recovery.gaps.filter { !$0.offsets.isEmpty }
            .map { .init(offsets: $0.offsets, reason: $0.reason.rawValue) }
    }

    /// A segment that cannot be rewritten, since something in it is damaged.
    private func range(of base: UInt64) -> ErasureReport.Unreadable {
        let next = log.retentionFacts.map(\.baseOffset).first { $0 > base }
        return .init(
            offsets: base..<max(base + 1, next ?? log.durableOffset), reason: "damagedSegment")
    }
}

/// Goes on with an erasure that the last process did not end.
struct ErasureService: Service {
    let app: Faultlog
    let logger: Logger

    /// Between attempts where the disk or a view refuses.
    private static let pause = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    if try await app.resumeErasure() {
                        logger.notice("finished an erasure that had been interrupted")
                    }
                    break
                } catch {
                    logger.error(
                        "an erasure cannot be finished; it is tried again",
                        metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.pause)
            }
            // The services end together: this one waits for the others.
            try? await gracefulShutdown()
        }
    }
}
