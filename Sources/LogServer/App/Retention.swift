import ErrorModel
package import EventLog
import Logging
import NIOPosix
import Projections
import ServiceLifecycle
import Synchronization

/// Dropping the oldest part of the log, without the views losing what they counted.
extension Faultlog {
    /// Drops what `policy` lets go, and returns what that was; with `isDryRun` what it would be.
    ///
    /// Views first: each is copied at an offset that the log still has, so that it can be made
    /// again from there. One call at a time; the log takes records meanwhile.
    package func retain(_ policy: RetentionPolicy, isDryRun: Bool) async throws -> RetentionPlan {
        try await retentionRuns.run { [self] in
            let plan = RetentionPlan.make(log.retentionFacts, policy, now: clock())
            if isDryRun || plan.segmentCount == 0 { return plan }
            try await commitViews(below: plan.firstOffset)
            let done = try await chore { try self.drop(plan, policy) }
            try await expireArtifacts()
            try await sweepFiles()
            return done
        }
    }

    /// Deletes the files that nothing names any more, where it is time for it or something was let go
    /// since the last sweep; says how many these were.
    @discardableResult
    func sweepFiles(isDue: Bool) async throws -> Int {
        let isWanted = wantsSweep.exchange(false, ordering: .relaxed)
        guard isDue || isWanted else { return 0 }
        do {
            return try await retentionRuns.run { [self] in try await sweepFiles() }
        } catch {
            wantsSweep.store(true, ordering: .relaxed)
            throw error
        }
    }

    /// Lets the views commit what they have folded: one that rests would keep what is to go.
    ///
    /// One that cannot be written, as on a full disk, or does not come so far in time
    /// (`WorkerLimits.waitLimit`) keeps what it needs.
    func commitViews(below offset: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for view in views where view.status.failure == nil {
                group.addTask {
                    do {
                        try await view.waitUntil(offset: offset)
                    } catch is ViewTimeout {}
                }
            }
            try await group.waitForAll()
        }
    }

    /// A project was regrouped, and some view does not show it yet.
    private var isRegrouping: Bool {
        let newest = projects.all.compactMap { $0.row.regrouped?.offset }.max()
        return views.map(\.status).contains { view in
            view.shown != view.current || newest.map { view.offset <= $0 } ?? false
        }
    }

    /// Blocks.
    private func drop(_ plan: RetentionPlan, _ policy: RetentionPolicy) throws -> RetentionPlan {
        // Until every view is folded anew the log keeps what that takes.
        let isFolding = isRegrouping || views.contains { $0.status.isRebuilding }
        var floor = isFolding ? 0 : UInt64.max
        for view in views {
            floor = min(floor, try view.snapshot(into: directory.snapshots))
        }
        let safe = RetentionPlan.make(log.retentionFacts, policy, now: clock(), floor: floor)
        let offset = min(plan.firstOffset, safe.firstOffset)
        try log.dropSegments(below: offset)
        past.forgetAll()
        let first = log.status.firstOffset
        for view in views { directory.snapshots.prune(view.status.fileName, first: first) }
        return offset == plan.firstOffset ? plan : safe
    }
}

/// Applies the policy of the flags, and those of the projects, now and then.
struct RetentionService: Service {
    let app: Faultlog
    /// Nil: no segment is dropped.
    let policy: RetentionPolicy?
    let logger: Logger

    /// Segments close at least once a day: an hour more or less is nothing.
    private static let pause = Duration.seconds(3600)
    /// Of the pauses: what a crash has left is swept once a day.
    private static let roundsOfSweep = 24

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                if app.isErasing { await finishErasure() }
                if let policy { await drop(policy) }
                await expire()
                // Not at the start, which has other things to do.
                await sweep(isDue: round % Self.roundsOfSweep == 1)
                round += 1
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// One that failed, for example on a full disk; after a crash `ErasureService` is faster.
    private func finishErasure() async {
        do {
            try await app.resumeErasure()
        } catch {
            logger.error(
                "an erasure cannot be finished; it is tried again", metadata: ["error": "\(error)"])
        }
    }

    private func sweep(isDue: Bool) async {
        do {
            try await app.sweepFiles(isDue: isDue)
        } catch {
            logger.error(
                "files that nothing names cannot be deleted; it is tried again",
                metadata: ["error": "\(error)"])
        }
    }

    private func expire() async {
        do {
            let done = try await app.expire(isDryRun: false, actor: "faultlog")
            for (project, counts) in done.counts {
                logger.notice(
                    "took expired payloads out of the log",
                    metadata: [
                        "project": "\(project)", "events": "\(counts.events)",
                        "segments": "\(counts.segments)",
                    ])
            }
        } catch {
            logger.error("expiry failed; it is tried again", metadata: ["error": "\(error)"])
        }
    }

    private func drop(_ policy: RetentionPolicy) async {
        do {
            let plan = try await app.retain(policy, isDryRun: false)
            guard plan.segmentCount > 0 else { return }
            logger.notice(
                "dropped the oldest part of the log",
                metadata: [
                    "segments": "\(plan.segmentCount)", "bytes": "\(plan.byteCount)",
                    "firstOffset": "\(plan.firstOffset)",
                ])
        } catch {
            logger.error("retention failed; it is tried again", metadata: ["error": "\(error)"])
        }
    }
}
