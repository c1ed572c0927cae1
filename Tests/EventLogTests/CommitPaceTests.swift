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

    @Test func `a group waits at most until the spacing is over`() {
        var pace = CommitPace()
        pace.begin(at: 5_000_000_000)
        #expect(pace.nextBegin == 5_000_000_000 + CommitPace.spacing)
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
