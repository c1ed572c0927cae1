import EventLogTestSupport
import Testing

@testable import EventLog

/// The ids of what is not sealed, in memory.
@Suite struct EventIDTableTests {
    @Test func `what is sealed leaves in pieces no larger than what is not`() {
        var random = SeededRandom(seed: 5)
        var table = EventIDTable()
        let unsealed: UInt64 = 50_000
        var largest = 0
        for offset in 0..<UInt64(600_000) {
            _ = table.insert(random.next(), offset: offset)
            guard offset % 10_000 == 0 else { continue }
            table.release { $0.upperBound + unsealed < offset }
            largest = max(largest, table.count)
        }
        #expect(largest < 4 * Int(unsealed), "\(largest)")
    }

    @Test func `an id is found whatever the size of its level`() {
        var random = SeededRandom(seed: 6)
        var table = EventIDTable()
        let hashes = (0..<100_000).map { _ in random.next() }
        for (offset, hash) in hashes.enumerated() {
            _ = table.insert(hash, offset: UInt64(offset))
        }
        #expect(table.count == hashes.count)
        for (offset, hash) in hashes.enumerated() {
            #expect(table.candidates(hash).contains(UInt64(offset)))
        }
    }
}
