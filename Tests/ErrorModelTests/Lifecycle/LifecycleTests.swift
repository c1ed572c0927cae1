import ErrorModel
import Testing

@Suite struct LifecycleTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var from: IssueStatus
        var to: IssueStatus
        var by: StatusActor
        var testDescription: String { "\(from) to \(to) by \(by)" }
    }

    /// Every row of the published table, one by one.
    static let legal: [Row] = [
        Row(from: .open, to: .resolved, by: .person),
        Row(from: .open, to: .ignored, by: .person),
        Row(from: .open, to: .muted, by: .person),
        Row(from: .resolved, to: .open, by: .person),
        Row(from: .resolved, to: .regressed, by: .system),
        Row(from: .regressed, to: .resolved, by: .person),
        Row(from: .regressed, to: .open, by: .person),
        Row(from: .ignored, to: .open, by: .person),
        Row(from: .ignored, to: .open, by: .system),
        Row(from: .muted, to: .open, by: .person),
        Row(from: .muted, to: .open, by: .system),
    ]

    @Test(arguments: legal) func `a move of the table is legal`(row: Row) {
        #expect(Lifecycle.isLegal(from: row.from, to: row.to, by: row.by))
    }

    @Test func `nothing outside the table is legal`() {
        for from in IssueStatus.allCases {
            for to in IssueStatus.allCases {
                for by in [StatusActor.person, .system] {
                    let expected = Self.legal.contains {
                        $0.from == from && $0.to == to && $0.by == by
                    }
                    #expect(
                        Lifecycle.isLegal(from: from, to: to, by: by) == expected,
                        "\(from) to \(to) by \(by)")
                }
            }
        }
    }

    @Test func `a person is told the legal moves in the table's order`() {
        #expect(Lifecycle.moves(from: .open, by: .person) == [.resolved, .ignored, .muted])
        #expect(Lifecycle.moves(from: .regressed, by: .person) == [.resolved, .open])
    }
}

@Suite struct UntilConditionTests {
    static let second: Int64 = 1_000_000

    /// Feeds events of (time, user) and returns whether each one met the condition.
    func met(_ condition: UntilCondition, _ events: [(Int64, UInt64)]) -> [Bool] {
        var progress = UntilProgress(condition: condition)
        return events.map { progress.isMet(byEventAt: $0.0, user: $0.1) }
    }

    @Test func `so many events open the issue at exactly that event`() {
        #expect(met(.events(3), [(0, 0), (1, 0), (2, 0)]) == [false, false, true])
    }

    @Test func `users count once, and events without a user not at all`() {
        #expect(
            met(.users(2), [(0, 7), (1, 7), (2, 0), (3, 8)]) == [false, false, false, true])
    }

    @Test func `a window forgets what is too old`() {
        let times: [Int64] = [0, 9, 11, 19]
        #expect(
            met(.window(events: 3, seconds: 10), times.map { ($0 * Self.second, 0) })
                == [false, false, false, true])
    }

    @Test func `a time passes with or without an event`() {
        let progress = UntilProgress(condition: .time(100))
        #expect(!progress.isMet(atTime: 99))
        #expect(progress.isMet(atTime: 100))
        #expect(met(.time(100), [(99, 0), (100, 0)]) == [false, true])
    }
}
