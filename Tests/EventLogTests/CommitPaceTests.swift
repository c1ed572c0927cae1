import EventLogTestSupport
import Testing

@testable import EventLog

/// When a group waits for company.
@Suite struct CommitPaceTests {
    @Test(arguments: [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (16, 8), (64, 32)])
    func `half of those who wait for an answer wait for no more`(unanswered: Int, expected: Int) {
        var pace = CommitPace()
        for _ in 0..<100 { pace.note(unanswered: unanswered) }
        #expect(pace.company == expected)
    }

    @Test func `many who sent at once are forgotten when few go on`() {
        var pace = CommitPace()
        pace.note(unanswered: 1_000)
        var commits = 0
        while pace.company > 1, commits < 1_000 {
            pace.note(unanswered: 2)
            commits += 1
        }
        // ln(1000 / 4) / ln(1 / 0.98)
        #expect((250...300).contains(commits))
    }

    @Test func `a small group waits until the spacing is over, and no other does`() {
        let begin: UInt64 = 5_000_000_000
        let end = begin + CommitPace.spacing
        var pace = CommitPace()
        pace.begin(at: begin)
        // Nobody is known to send beside another.
        #expect(pace.restEnd(batches: 1, now: begin) == nil)
        pace.note(unanswered: 20)
        for (batches, now, expected) in [
            (0, begin, nil), (1, begin, end), (9, begin, end), (10, begin, nil), (64, begin, nil),
            (1, end - 1, end), (1, end, nil), (1, end + 1, nil),
        ] as [(Int, UInt64, UInt64?)] {
            #expect(pace.restEnd(batches: batches, now: now) == expected, "\(batches) \(now)")
        }
    }

    @Test func `half of those who wait are sealed at half of a commit, fewer at a whole one`() {
        var pace = CommitPace()
        // Nobody is known to send beside another.
        #expect(pace.buildingLimit(batches: 1, commitNanoseconds: 300) == 300)
        pace.note(unanswered: 64)
        for (batches, commit, expected) in [
            (1, 300, 300), (31, 300, 300), (32, 300, 150), (64, 300, 150), (32, 1, 0),
            // No commit was seen yet: no time is long enough.
            (31, .max, .max), (32, .max, .max / 2),
        ] as [(Int, UInt64, UInt64)] {
            let limit = pace.buildingLimit(batches: batches, commitNanoseconds: commit)
            #expect(limit == expected, "\(batches) \(commit)")
        }
    }

    @Test func `behind a pause nobody waits for those who came before it`() {
        var pace = CommitPace()
        pace.begin(at: 0)
        pace.note(unanswered: 1_000)
        pace.begin(at: CommitPace.memory)
        #expect(pace.company == 500)
        pace.begin(at: 2 * CommitPace.memory + 1)
        #expect(pace.company == 0)
    }

    @Test func `any number of producers is answered, each once and in order`() async throws {
        let directory = try TemporaryDirectory()
        let log = try EventLog.open(directory: directory.path)
        let counts = [1, 2, 3, 7, 40]
        let appends = 20
        for producers in counts {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for producer in 0..<producers {
                    group.addTask {
                        var last: UInt64?
                        for number in 0..<appends {
                            let id = UInt64((producers * 100 + producer) * 100 + number)
                            let receipt = try await log.append([TestRecords.make(id)])
                            guard case .appended(let offset)? = receipt.outcomes.first else {
                                Issue.record("\(id) is no duplicate")
                                return
                            }
                            #expect(last.map { $0 < offset } ?? true)
                            #expect(receipt.durableOffset > offset)
                            last = offset
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(log.durableOffset == UInt64(counts.reduce(0, +) * appends))
        log.close()
    }
}
