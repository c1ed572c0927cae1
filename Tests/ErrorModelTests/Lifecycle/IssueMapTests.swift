import ErrorModel
import Testing

struct IssueMapTests {
    private static func issue(_ number: UInt64, _ project: UInt32 = 1) -> IssueID {
        IssueID(project: project, fingerprint: number)
    }

    private static func move(_ part: UInt64, _ from: UInt64, _ to: UInt64) -> IssueMove {
        IssueMove(part: issue(part), from: issue(from), to: issue(to))
    }

    @Test func `an edit and its inverse change nothing`() {
        var random = SystemRandomNumberGenerator()
        var map = IssueMap()
        for _ in 0..<2_000 {
            let moves = (0...UInt64.random(in: 0...2, using: &random)).map { _ in
                let part = UInt64.random(in: 1...6, using: &random)
                return IssueMove(
                    part: Self.issue(part), from: map.issue(of: Self.issue(part)),
                    to: Self.issue(.random(in: 1...6, using: &random)))
            }
            let before = map
            guard map.apply(moves) else {
                #expect(map == before)
                continue
            }
            var back = map
            let isTaken = back.apply(moves.reversed().map(\.inverse))
            #expect(isTaken)
            #expect(back == before)
            // One level: what is merged into shows itself.
            for (_, issue) in map.all { #expect(map.issue(of: issue) == issue) }
        }
    }

    @Test func `a second level, another project and a stale edit are refused`() {
        var map = IssueMap()
        let isMerged = map.apply([Self.move(2, 2, 1)])
        #expect(isMerged)
        for moves in [
            [Self.move(1, 1, 3)],  // 2 would be two levels deep
            [Self.move(3, 3, 2)],  // into what is merged itself
            [Self.move(2, 2, 3)],  // it is in 1
            [IssueMove(part: Self.issue(4), from: Self.issue(4), to: Self.issue(5, 2))],
            [Self.move(4, 4, 1), Self.move(2, 2, 1)],  // the second is stale: none is taken
        ] {
            let before = map
            let isTaken = map.apply(moves)
            #expect(!isTaken && map == before)
        }
        let isMoved = map.apply([Self.move(1, 1, 3), Self.move(2, 1, 3)])
        #expect(isMoved)
        #expect(map.parts(of: Self.issue(3)) == [Self.issue(1), Self.issue(2)])
    }

    @Test func `the record of an undoing reads back`() throws {
        let issue = Self.issue(1)
        let lives: [StatusRestored.Life] = [
            .init(), .init(status: .resolved, offset: 5, time: 6, resolution: .inRelease("1")),
            .init(status: .resolved, offset: 5, time: 6, resolution: .inNextRelease(after: nil)),
            .init(status: .resolved, offset: 5, time: 6, resolution: .anyRelease),
            .init(status: .muted, offset: 5, time: 6, until: .window(events: 2, seconds: 3)),
            .init(status: .regressed, offset: 7, time: 8),
        ]
        let restored: [IssueActUndone.Restored] =
            lives.map { .status(StatusRestored(from: .open, version: 3, life: $0)) } + [
                .assignee(nil, after: 3), .assignee("ada", after: 9), .comment,
                .map([Self.move(1, 2, 3)]),
            ]
        for restored in restored {
            for comment in [nil, "why"] {
                let record = IssueActUndone(
                    issue: issue, undoes: 4, restored: restored, actor: "ada", comment: comment)
                #expect(try IssueActUndone(data: record.bytes) == record)
            }
        }
        #expect(throws: (any Error).self) {
            try IssueActUndone(data: ["issue": "1-0000000000000001", "undoes": 1, "act": "x"])
        }
    }
}
