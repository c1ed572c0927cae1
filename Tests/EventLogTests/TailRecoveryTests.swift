import EventLog
import EventLogTestSupport
import Testing

@Suite struct TailRecoveryTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var next: UInt64
        var trailing: UInt64
        var known: UInt64
        var verdict: TailRecovery.Verdict
        var testDescription: String { "next \(next), \(trailing) bytes behind, known \(known)" }
    }

    static let table = [
        Case(next: 10, trailing: 0, known: 0, verdict: .intact),
        Case(next: 10, trailing: 0, known: 9, verdict: .intact),
        Case(next: 10, trailing: 0, known: 10, verdict: .intact),
        Case(
            next: 10, trailing: 0, known: 11, verdict: .damaged(gap: 10..<11, reason: .missingBytes)
        ),
        Case(next: 10, trailing: 1, known: 0, verdict: .tornTail(end: 8192, byteCount: 1)),
        Case(next: 10, trailing: 4096, known: 10, verdict: .tornTail(end: 8192, byteCount: 4096)),
        Case(
            next: 10, trailing: 4096, known: 11,
            verdict: .damaged(gap: 10..<11, reason: .blockHeader)),
    ]

    @Test(arguments: table) func `the verdict follows from the facts`(row: Case) {
        let facts = TailRecovery.Facts(
            end: 8192, nextOffset: row.next, trailingByteCount: row.trailing,
            knownDurableOffset: row.known)
        #expect(TailRecovery.decide(facts) == row.verdict)
    }

    @Test func `nothing proven durable is ever cut, whatever the facts`() {
        for next in UInt64(0)...4 {
            for trailing in [UInt64(0), 1, 4096] {
                for known in UInt64(0)...4 {
                    let verdict = TailRecovery.decide(
                        .init(
                            end: 4096, nextOffset: next, trailingByteCount: trailing,
                            knownDurableOffset: known))
                    switch verdict {
                    case .tornTail: #expect(known <= next && trailing > 0)
                    case .intact: #expect(known <= next && trailing == 0)
                    case .damaged(let gap, _): #expect(gap == next..<known)
                    }
                }
            }
        }
    }
}
