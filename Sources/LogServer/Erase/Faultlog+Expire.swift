import ErrorModel
import EventLog
import NIOPosix
import Projections
import Synchronization

/// Taking payloads out that are older than their project keeps them.
///
/// Segments hold the events of all projects, so for one project none can be dropped: the events
/// are redacted, as those of an erased person are, and keep keys and digest; feedback, logs,
/// attachments and replays lose their content. Issues, counts and filters stay as they are.
extension Faultlog {
    /// Redacts what the settings of the projects let go; with `isDryRun` says what that would be.
    ///
    /// A segment is looked at when all its records are too old for a project, and rewritten where
    /// it pays, once for all projects. Views first, as when segments are dropped: nothing at or
    /// above the oldest snapshot is touched. One call at a time; the log takes records meanwhile.
    func expire(isDryRun: Bool, actor: String) async throws -> ExpiryPlan {
        try await retentionRuns.run { [self] in
            let plan = try await chore { try self.planExpiry() }
            guard !isDryRun, let last = plan.segments.keys.max() else { return plan }
            let next = log.retentionFacts.first { $0.baseOffset > last }
            try await commitViews(below: next?.baseOffset ?? last)
            let done = try await chore { try self.apply(plan) }
            if !done.segments.isEmpty { try await sweepFiles() }
            for (project, counts) in done.counts.sorted(by: { $0.key < $1.key }) {
                let record = ProjectExpired(
                    project: project,
                    before: Timestamp(microseconds: done.limits[project] ?? 0),
                    rewritten: counts, actor: actor)
                _ = try await append(record, project: project)
            }
            return done
        }
    }

    private static let dayMicroseconds: Int64 = 24 * 3600 * 1_000_000

    /// Blocks while the digests of old segments are read, once for each.
    private func planExpiry() throws -> ExpiryPlan {
        var plan = ExpiryPlan()
        let now = clock()
        for project in projects.all {
            guard let days = project.row.keepDays else { continue }
            plan.limits[project.id] = now - Int64(days) * Self.dayMicroseconds
        }
        guard !plan.limits.isEmpty else { return plan }
        let facts = log.retentionFacts
        judged.withLock { $0.forget(below: facts.first?.baseOffset ?? 0) }
        for (segment, next) in zip(facts, facts.dropFirst()) {
            // All records of a segment were received before the next one was begun.
            let old = Set(plan.limits.filter { next.created <= $0.value }.keys)
            let wanted = judged.withLock { $0.open(segment.baseOffset, of: old) }
            guard !wanted.isEmpty else { continue }
            let share = try share(
                of: segment.baseOffset..<next.baseOffset,
                plan.limits.filter { wanted.contains($0.key) })
            let going = share.projects
            judged.withLock { $0.insert(segment.baseOffset, wanted.subtracting(going)) }
            guard !going.isEmpty else { continue }
            plan.segments[segment.baseOffset] = going
            for project in going {
                plan.count(share.events[project] ?? 0, of: project, segment.byteCount)
            }
        }
        return plan
    }

    private func share(
        of offsets: Range<UInt64>, _ limits: [UInt32: Int64]
    ) throws -> SegmentShare {
        var share = SegmentShare()
        let reader = log.makeReader()
        var next = offsets.lowerBound
        while next < offsets.upperBound,
            let read = try reader.readBlock(containing: next, payload: false)
        {
            switch read {
            case .gap(let gap, _): next = gap.upperBound
            case .block(let block):
                share.add(block, limits)
                next = block.nextOffset
            }
        }
        return share
    }

    /// Blocks for as long as it takes to rewrite the segments.
    private func apply(_ plan: ExpiryPlan) throws -> ExpiryPlan {
        var floor = UInt64.max
        for view in views {
            floor = min(floor, try view.snapshot(into: directory.snapshots))
        }
        var done = ExpiryPlan(limits: plan.limits)
        let facts = log.retentionFacts
        for (segment, next) in zip(facts, facts.dropFirst()) where next.baseOffset <= floor {
            guard let projects = plan.segments[segment.baseOffset] else { continue }
            var events: [UInt32: UInt64] = [:]
            let outcome = try log.rewriteSegment(base: segment.baseOffset) {
                (block, index) throws(LogError) in
                let project = block.project(at: index)
                guard projects.contains(project), let limit = plan.limits[project] else {
                    return nil
                }
                var edit = try EventRedaction.expiring(
                    project: project, before: limit, block, index)
                if edit == nil {
                    edit = try ItemRedaction.expiring(
                        project: project, before: limit, block, index)
                }
                if edit != nil { events[project, default: 0] += 1 }
                return edit
            }
            switch outcome {
            case .rewritten(_, let byteCount):
                done.segments[segment.baseOffset] = projects
                for (project, count) in events { done.count(count, of: project, byteCount) }
            case .unchanged, .gone, .damaged: break
            case .stopped: return done
            }
            // A damaged one is looked at again after the next start.
            judged.withLock { $0.insert(segment.baseOffset, projects) }
        }
        return done
    }
}

extension ExpiryPlan {
    /// Notes events of one more segment.
    fileprivate mutating func count(_ events: UInt64, of project: UInt32, _ byteCount: UInt64) {
        var counts = counts[project] ?? RewrittenCounts()
        counts.events += events
        counts.segments += 1
        counts.bytes += byteCount
        self.counts[project] = counts
    }
}
