import EventLog
import EventLogTestSupport
import Testing

/// A record is taken once, whether its first copy is in memory, in flight or sealed.
@Suite struct SealedDedupeTests {
    @Test func `sealed ids leave the memory and are still known`() throws {
        let harness = try SealTests.make(60)
        let before = harness.core.idCountInMemory
        #expect(before == 48)
        #expect(SealTests.sealAll(harness) == 3)
        harness.core.close()
        harness.store.kill()
        let again = try LogHarness(harness.store)
        let offsets = try again.append((0..<60).filter { $0 % 5 != 4 }.map { TestRecords.make($0) })
            .get().outcomes
        #expect(offsets == (0..<60).filter { $0 % 5 != 4 }.map { .duplicate(offset: $0) })
        // Those of the newest segment only.
        #expect(again.core.idCountInMemory == 12)
    }

    @Test func `many ids leave the memory as their segments are sealed`() throws {
        var options = LogOptions()
        options.segmentByteLimit = 256 * 1024
        let harness = try LogHarness(SimulatedFileStore(), options: options)
        for batch in 0..<30 {
            let records = (0..<1000).map { TestRecords.make(UInt64(batch * 1000 + $0), size: 60) }
            try #require(harness.append(records).isSuccess)
        }
        #expect(harness.core.idCountInMemory == 30_000)
        #expect(SealTests.sealAll(harness) > 2)
        // What is left is the newest level of the table.
        #expect(harness.core.idCountInMemory < 20_000)
        let again = (0..<30).map { TestRecords.make(UInt64($0 * 997), size: 60) }
        #expect(
            try harness.append(again).get().outcomes
                == (0..<30).map { .duplicate(offset: $0 * 997) })
    }

    @Test func `random histories take every record once`() throws {
        for seed in UInt64(1)...UInt64(seedCount(60)) {
            var random = SeededRandom(seed: seed)
            var options = LogOptions()
            options.segmentByteLimit = UInt64(8 + random.below(40)) * 1024
            options.idGroupSegmentCount = 1 + random.below(4)
            let store = SimulatedFileStore(seed: seed)
            var harness = try LogHarness(store, options: options)
            var offsets: [UInt64: UInt64] = [:]
            var next: UInt64 = 0
            for _ in 0..<5 + random.below(30) {
                let numbers = (0..<1 + random.below(9)).map { _ in
                    UInt64(random.below(40 + random.below(200)))
                }
                var expected: [AppendOutcome] = []
                for number in numbers {
                    if let known = offsets[number] {
                        expected.append(.duplicate(offset: known))
                    } else {
                        expected.append(.appended(offset: next))
                        offsets[number] = next
                        next += 1
                    }
                }
                let records = numbers.map { TestRecords.make($0, size: 1500) }
                #expect(
                    try harness.append(records).get().outcomes == expected, "seed \(seed)")
                if random.chance(oneIn: 2) { harness.core.sealOne() }
                if random.chance(oneIn: 6) { damageFooter(store, &random) }
                if random.chance(oneIn: 6) { damageGroup(store, &random) }
                if random.chance(oneIn: 6) {
                    harness.core.close()
                    store.kill()
                    harness = try LogHarness(store, options: options)
                }
                if random.chance(oneIn: 6) {
                    try harness.core.dropSegments(below: UInt64(random.below(Int(next) + 1)))
                    let first = harness.core.firstOffset
                    offsets = offsets.filter { $0.value >= first }
                }
            }
            let reader = harness.core.makeReader()
            for (number, offset) in offsets {
                let key = TestRecords.make(number).uniqueKey
                #expect(try reader.find(key) == offset, "seed \(seed)")
            }
        }
    }

    /// Turns a bit in a file of an id group, or takes it away.
    private func damageGroup(_ store: SimulatedFileStore, _ random: inout SeededRandom) {
        let paths = store.paths.filter { $0.hasSuffix(".ids") }
        guard let path = paths.randomElement(using: &random) else { return }
        var bytes = store.bytes(path)
        if random.chance(oneIn: 5) { bytes = Array(bytes.prefix(random.below(bytes.count))) }
        if !bytes.isEmpty { bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8)) }
        store.setBytes(path, bytes)
    }

    @Test func `the ids of many segments are in one file`() throws {
        var options = LogOptions()
        options.segmentByteLimit = 24 * 1024
        options.idGroupSegmentCount = 4
        let store = SimulatedFileStore()
        let harness = try LogHarness(store, options: options)
        var batches: [[NewRecord]] = []
        for first in stride(from: UInt64(0), to: 300, by: 3) {
            batches.append((first..<first + 3).map { TestRecords.make($0) })
            try #require(harness.append(batches[batches.count - 1]).isSuccess)
            harness.core.sealOne()
        }
        SealTests.sealAll(harness)
        #expect(store.paths.filter { $0.hasSuffix(".ids") }.count == 4)
        #expect(store.paths.filter { $0.hasSuffix(".tmp") }.isEmpty)
        try harness.core.dropSegments(below: 70)
        // A group whose segments are all gone goes with them.
        #expect(store.paths.filter { $0.hasSuffix(".ids") }.count == 3)
        let first = harness.core.firstOffset
        for (number, batch) in batches.enumerated() where UInt64(number * 3) >= first {
            let outcomes = try harness.append(batch).get().outcomes
            #expect(outcomes == (0..<3).map { .duplicate(offset: UInt64(number * 3 + $0)) })
        }
        harness.core.close()
        store.kill()
        let again = try LogHarness(store, options: options)
        #expect(
            try again.append([TestRecords.make(299)]).get().outcomes == [.duplicate(offset: 299)])
        #expect(
            try again.append([TestRecords.make(300)]).get().outcomes == [.appended(offset: 300)])
        #expect(again.core.idCountInMemory < 30)
    }

    /// Turns a bit in the indexes of a sealed segment, behind its blocks.
    private func damageFooter(_ store: SimulatedFileStore, _ random: inout SeededRandom) {
        guard let path = store.segmentPaths.randomElement(using: &random) else { return }
        var bytes = store.bytes(path)
        let tag = Array("FLOGIDX2".utf8)
        let footer = stride(from: 4096, to: bytes.count, by: 4096).first {
            Array(bytes[$0 + 8..<$0 + 16]) == tag
        }
        guard let footer else { return }
        bytes[footer + random.below(bytes.count - footer)] ^= 1 << UInt8(random.below(8))
        store.setBytes(path, bytes)
    }
}
