import EventLog
import EventLogTestSupport
import Testing

/// Lookups give what a list of all records gives, whatever is sealed and whatever is damaged.
@Suite struct SealedLookupTests {
    /// Every key of every kind that test records have, and one that none has.
    private static func values(_ kind: IndexKeyKind) -> [UInt64] {
        switch kind {
        case .issue: Array(0...11)
        case .user: Array(0...13)
        case .trace: [0, 31, 310, 31 * 59, 5]
        case .session: Array(0...17)
        }
    }

    private static func key(_ record: NewRecord, _ kind: IndexKeyKind) -> UInt64 {
        switch kind {
        case .issue: record.keys.issue
        case .user: record.keys.user
        case .trace: record.keys.trace
        case .session: record.keys.session
        }
    }

    /// Compares every lookup with the list of all records.
    private static func check(
        _ harness: LogHarness, _ records: [NewRecord], _ random: inout SeededRandom,
        _ comment: Comment
    ) throws {
        let reader = harness.core.makeReader()
        for kind in IndexKeyKind.allCases {
            for value in values(kind) {
                let end = UInt64(random.below(records.count + 10))
                let limit = 1 + random.below(12)
                let expected = (0..<min(Int(end), records.count)).reversed()
                    .filter { key(records[$0], kind) == value }.prefix(limit).map { UInt64($0) }
                let found = try reader.offsets(of: kind, value: value, below: end, limit: limit)
                #expect(found == expected, comment)
            }
        }
        for _ in 0..<20 {
            let offset = random.below(records.count)
            let read = try reader.readRecord(at: UInt64(offset))
            guard case .record(let record)? = read else {
                Issue.record("\(comment): \(String(describing: read)) at \(offset)")
                continue
            }
            #expect(record.line == TestRecords.line(records[offset], at: UInt64(offset)), comment)
            #expect(record.digest == records[offset].digest, comment)
            #expect(record.header.keys == records[offset].keys, comment)
            #expect(try reader.find(records[offset].uniqueKey) == UInt64(offset), comment)
        }
        #expect(try reader.readRecord(at: UInt64(records.count)) == nil, comment)
        let page = (0..<30).map { _ in UInt64(random.below(records.count + 3)) }.sorted(by: >)
        let alone = try page.map { try reader.readRecord(at: $0, digest: false) }
        #expect(try reader.readRecords(at: page) == alone, comment)
    }

    @Test func `random histories, sealed as far as chance goes, are found like a list`() throws {
        for seed in UInt64(1)...UInt64(seedCount(40)) {
            var random = SeededRandom(seed: seed)
            var options = LogOptions()
            options.segmentByteLimit = UInt64(8 + random.below(40)) * 1024
            let store = SimulatedFileStore(seed: seed)
            var harness = try LogHarness(store, options: options)
            var records: [NewRecord] = []
            for _ in 0..<3 + random.below(25) {
                let size = random.chance(oneIn: 5) ? 70_000 : 100 + random.below(3000)
                let batch = (0..<1 + random.below(9)).map {
                    TestRecords.make(UInt64(records.count + $0), size: size)
                }
                try #require(harness.append(batch).isSuccess)
                records += batch
                if random.chance(oneIn: 3) { harness.core.sealOne() }
                if random.chance(oneIn: 9) {
                    harness.core.close()
                    store.kill()
                    harness = try LogHarness(store, options: options)
                }
            }
            try Self.check(harness, records, &random, "seed \(seed)")
            SealTests.sealAll(harness)
            try Self.check(harness, records, &random, "seed \(seed), all sealed")
        }
    }

    /// Several times what the columns in memory keep in one chunk, opened once in between.
    @Test func `a large segment that is not sealed is found like a list`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        var options = LogOptions()
        options.segmentByteLimit = 1 << 30
        let store = SimulatedFileStore(seed: seed)
        var harness = try LogHarness(store, options: options)
        var records: [NewRecord] = []
        while records.count < 14_000 {
            let batch = (0..<1 + random.below(700)).map {
                TestRecords.make(UInt64(records.count + $0), size: 100)
            }
            try #require(harness.append(batch).isSuccess)
            records += batch
            if records.count > 9_000, harness.core.recovery.indexedRecordCount == 0 {
                harness.core.close()
                store.kill()
                harness = try LogHarness(store, options: options)
            }
        }
        try Self.check(harness, records, &random, "seed \(seed)")
        let reader = harness.core.makeReader()
        for _ in 0..<2_000 {
            let number = random.below(records.count)
            let trace = records[number].keys.trace
            let found = try reader.offsets(of: .trace, value: trace, below: .max, limit: 2)
            #expect(found == [UInt64(number)], "seed \(seed)")
            let absent = try reader.offsets(of: .trace, value: trace + 1, below: .max, limit: 2)
            #expect(absent.isEmpty, "seed \(seed)")
        }
    }

    @Test func `a record over several chunks is read whole`() throws {
        let harness = try SealTests.make(12, segmentByteLimit: 1 << 20, size: 300_000)
        #expect(SealTests.sealAll(harness) > 0)
        let reader = harness.core.makeReader()
        for number in UInt64(0)..<12 {
            guard case .record(let record)? = try reader.readRecord(at: number) else {
                Issue.record("no record \(number)")
                return
            }
            let made = TestRecords.make(number, size: 300_000)
            #expect(record.line == TestRecords.line(made, at: number))
        }
    }

    @Test func `a footer that is damaged anywhere takes no record away`() throws {
        let whole = try SealTests.make(30)
        #expect(SealTests.sealAll(whole) > 0)
        whole.core.close()
        whole.store.kill()
        let path = whole.store.segmentPaths[0]
        let bytes = whole.store.bytes(path)
        let records = (0..<30).map { TestRecords.make(UInt64($0), unique: $0 % 5 != 4) }
        for page in stride(from: 8192, to: bytes.count, by: 4096) {
            for place in [0, 8, 100, 4095] {
                let store = whole.store.copy(seed: 1)
                var damaged = bytes
                damaged[page + place] ^= 0x10
                store.setBytes(path, damaged)
                let harness = try LogHarness(store)
                let reader = harness.core.makeReader()
                for issue in UInt64(0)..<11 {
                    let expected = (0..<30).reversed().filter { records[$0].keys.issue == issue }
                        .map { UInt64($0) }
                    let found = try reader.offsets(
                        of: .issue, value: issue, below: .max, limit: 100)
                    #expect(found == expected, "page \(page) byte \(place)")
                }
                let content = try harness.content()
                #expect(content.numbers.count == 30 && content.gaps.isEmpty)
                let isNoticed = harness.core.recovery.notices.map(\.kind) == [.footer]
                // The page of a table that nobody asks is not read.
                #expect(isNoticed || (page >= 12288 && page < bytes.count - 4096))
                let report = try LogVerifier(directory: LogHarness.directory, store: store)
                    .verify()
                #expect(report.findings.map(\.kind) == [.footer], "page \(page) byte \(place)")
            }
        }
    }
}
