import EventLog
import EventLogTestSupport
import Testing

/// Where the log stood at a time: found like by a look at every record.
@Suite struct OffsetAtTimeTests {
    private static func naive(_ times: [Int64], after time: Int64) -> UInt64 {
        UInt64(times.firstIndex { $0 > time } ?? times.count)
    }

    @Test(arguments: [false, true])
    func `the first later record ends the past, also where the clock goes back`(
        clockGoesBack: Bool
    ) throws {
        for seed in UInt64(1)...UInt64(seedCount(2)) {
            var random = SeededRandom(seed: seed)
            var options = LogOptions()
            options.segmentByteLimit = 4 << 20
            let harness = try LogHarness(SimulatedFileStore(seed: seed), options: options)
            var times: [Int64] = []
            var now: Int64 = 1_000
            for number in 0..<60 {
                now += Int64(random.below(3)) * 100
                if clockGoesBack, random.chance(oneIn: 8) { now -= Int64(random.below(900)) }
                var record = TestRecords.make(UInt64(number), size: 300_000)
                record.time = now
                times.append(now)
                try #require(harness.append([record]).isSuccess)
            }
            for sealed in 0..<4 {
                let reader = harness.core.makeReader()
                for time in stride(from: Int64(0), to: (times.max() ?? 0) + 300, by: 50) {
                    #expect(
                        try reader.firstOffset(receivedAfter: time)
                            == Self.naive(times, after: time),
                        "seed \(seed), \(sealed) sealed, time \(time)")
                }
                #expect(try reader.firstOffset(receivedAfter: .max) == 60)
                #expect(try reader.firstOffset(receivedAfter: .min) == 0)
                #expect(try reader.time(at: 17) == times[17])
                #expect(try reader.time(at: 60) == nil)
                _ = harness.core.sealOne()
            }
        }
    }
}
