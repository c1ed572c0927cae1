import EventLog
import EventLogTestSupport
import Testing

/// A sealed segment holds what it held before, and more is known of it.
@Suite struct SealTests {
    /// Segments of a few records each, the newest open.
    static func make(
        _ count: Int = 60, segmentByteLimit: UInt64 = 24 * 1024,
        store: SimulatedFileStore = SimulatedFileStore(), size: Int = 120
    ) throws -> LogHarness {
        var options = LogOptions()
        options.segmentByteLimit = segmentByteLimit
        let harness = try LogHarness(store, options: options)
        for first in stride(from: 0, to: count, by: 3) {
            let records = (first..<min(first + 3, count)).map {
                TestRecords.make(UInt64($0), size: size, unique: $0 % 5 != 4)
            }
            try #require(harness.append(records).isSuccess)
        }
        return harness
    }

    /// Seals until nothing is left, and says how many.
    @discardableResult
    static func sealAll(_ harness: LogHarness) -> Int {
        var count = 0
        while harness.core.sealOne() == .sealed { count += 1 }
        return count
    }

    @Test func `records, digests and lines are the same before and after`() throws {
        let harness = try Self.make()
        let before = try harness.content()
        let segments = harness.store.segmentPaths.count
        #expect(segments > 3)
        #expect(Self.sealAll(harness) == segments - 1)
        #expect(harness.core.sealedSegmentCount == segments - 1)
        for payload in [true, false] {
            let content = try harness.content(payload: payload)
            #expect(content == before)
        }
        harness.core.close()
        harness.store.kill()
        let again = try LogHarness(harness.store)
        #expect(again.core.recovery.isClean)
        #expect(again.core.sealedSegmentCount == segments - 1)
        #expect(try again.content() == before)
        #expect(again.append([TestRecords.make(1000)]).isSuccess)
        let report = try LogVerifier(directory: LogHarness.directory, store: harness.store)
            .verify()
        #expect(report.isSound, "\(report.findings)")
        #expect(report.findings.isEmpty, "\(report.findings)")
        #expect(report.recordCount == 61)
    }
}
