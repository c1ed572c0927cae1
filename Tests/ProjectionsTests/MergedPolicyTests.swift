import ErrorModel
import EventLog
import Projections
import Testing

struct MergedPolicyTests {
    @Test func `an event of a merged issue brings the other back`() async throws {
        let triage = try Triage()
        try await triage.see(Sighting(type: "Part", release: "1.0.0"))
        let part = triage.issue
        try await triage.see(Sighting(release: "1.0.0"))
        let issue = triage.issue
        try await triage.merge(part, into: issue)
        try await triage.settle()
        try await triage.change(to: .resolved, .inRelease("1.0.0"))
        try await triage.see(Sighting(type: "Part", release: "1.0.0"))
        triage.issue = issue
        try await triage.settle()
        #expect(try triage.status == .resolved)
        try await triage.see(Sighting(type: "Part", release: "2.0.0"))
        triage.issue = issue
        try await triage.settle()
        #expect(try triage.status == .regressed)
    }

    @Test func `events without a release count under the resolve that they came in`() async throws {
        let triage = try Triage()
        func unjudged(_ issue: IssueID) async throws -> Int {
            triage.issue = issue
            try await triage.settle()
            return try triage.detail().summary.unjudged
        }
        func seeTwo(_ type: String) async throws {
            for _ in 0..<2 { try await triage.see(Sighting(type: type)) }
        }
        for type in ["Part", "Whole"] {
            try await triage.see(Sighting(type: type, release: "1.0.0"))
        }
        let issue = triage.issue
        try await triage.see(Sighting(type: "Part"))
        let part = triage.issue
        try await triage.settle()
        let partResolved = try await triage.change(to: .resolved, .inRelease("1.0.0"))
        try await seeTwo("Part")
        #expect(try await unjudged(part) == 2)
        // Those came before the whole was resolved, and are not about that.
        triage.issue = issue
        try await triage.change(to: .resolved, .inRelease("1.0.0"))
        try await triage.merge(part, into: issue)
        #expect(try await unjudged(issue) == 0)
        try await seeTwo("Part")
        try await seeTwo("Whole")
        #expect(try await unjudged(issue) == 4)
        // Another resolve begins anew; the one before is there again with it.
        let resolved = try triage.detail().summary
        let opened = try await triage.change(to: .open)
        #expect(try await unjudged(issue) == 0)
        try await seeTwo("Whole")
        let life = StatusRestored.Life(
            status: .resolved, offset: resolved.changedOffset,
            time: resolved.changedAt, resolution: .inRelease("1.0.0"))
        try await triage.world.record(
            IssueActUndone(
                issue: issue, undoes: opened,
                restored: .status(
                    StatusRestored(from: .open, version: resolved.version + 1, life: life)),
                actor: "ann", comment: nil))
        #expect(try await unjudged(issue) == 4)
        try await triage.world.record(
            IssueUnmerged(
                issue: issue, moves: [IssueMove(part: part, from: issue, to: part)], actor: "ann",
                comment: nil))
        #expect(try await unjudged(issue) == 2)
        #expect(try await unjudged(part) == 2)
        #expect(try triage.detail().summary.changedOffset == partResolved)
    }

    @Test func `what is merged waits for no time, and waits again alone`() async throws {
        let triage = try Triage()
        try await triage.see(Sighting(type: "Part"))
        let part = triage.issue
        let due = RecordSource.start + 3_600_000_000
        try await triage.settle()
        try await triage.change(to: .ignored, until: .time(due))
        try await triage.see(Sighting())
        let issue = triage.issue
        try await triage.merge(part, into: issue)
        try await triage.settle(now: due + 1)
        #expect(try triage.status == .open)
        #expect(try triage.world.count(.issueStatusChanged) == 1)
        try await triage.world.record(
            IssueUnmerged(
                issue: issue, moves: [IssueMove(part: part, from: issue, to: part)], actor: "ann",
                comment: nil))
        triage.issue = part
        try await triage.settle(now: due + 2)
        #expect(try triage.status == .open)
        #expect(try triage.world.count(.issueStatusChanged) == 2)
    }

    @Test func `a regression that was taken back may come again, once`() async throws {
        let triage = try Triage()
        try await triage.see(Sighting(release: "1.0.0"))
        try await triage.settle()
        let resolved = try await triage.change(to: .resolved, .inRelease("1.0.0"))
        let life = StatusRestored.Life(
            status: .resolved, offset: resolved, time: triage.world.source.now,
            resolution: .inRelease("1.0.0"))
        for round in 1...3 {
            for _ in 0..<2 { try await triage.see(Sighting(release: "2.0.0")) }
            try await triage.settle()
            #expect(try triage.status == .regressed)
            #expect(try triage.world.count(.issueRegressed) == round)
            let summary = try triage.detail().summary
            try await triage.world.record(
                IssueActUndone(
                    issue: triage.issue, undoes: summary.changedOffset,
                    restored: .status(
                        StatusRestored(from: .regressed, version: summary.version, life: life)),
                    actor: "ann", comment: nil))
            try await triage.settle()
            #expect(try triage.status == .resolved)
            #expect(try triage.detail().summary.resolution == .inRelease("1.0.0"))
        }
    }
}

extension Triage {
    fileprivate func merge(_ part: IssueID, into issue: IssueID) async throws {
        try await world.record(
            IssueMerged(
                issue: issue, moves: [IssueMove(part: part, from: part, to: issue)], actor: "ann",
                comment: nil))
    }
}
