import EventLog
import EventLogTestSupport
import Testing

/// What is passed over holds nothing that is wanted, and much is passed over.
@Suite struct ZoneFilterTests {
    /// Records so large that a block of a sealed segment has few, with times that jump.
    private static func records(_ count: Int, _ random: inout SeededRandom) -> [NewRecord] {
        (0..<count).map { number in
            var record = TestRecords.make(UInt64(number), size: 300_000 + random.below(200_000))
            record.time = Int64(number / 6 * 1_000 + random.below(500))
            // Runs of one project and type, as of one who sends much for a while.
            record.project = UInt32(number / 4 % 70)
            record.type = RecordType(rawValue: UInt8(number / 9 % 5))
            return record
        }
    }

    private static func takes(_ filter: ZoneFilter, _ record: NewRecord) -> Bool {
        filter.times.contains(record.time) && (filter.project ?? record.project) == record.project
            && filter.types?.contains(record.type) ?? true
    }

    /// The offsets that a reader with the filter comes to, and how many blocks it read.
    private static func walk(
        _ harness: LogHarness, from: UInt64, _ filter: ZoneFilter
    ) throws -> (offsets: [UInt64], blocks: Int) {
        let reader = harness.core.makeReader()
        var found: [UInt64] = []
        var (next, blocks) = (from, 0)
        while true {
            next = reader.skip(from: next, to: filter)
            guard let read = try reader.readBlock(containing: next, payload: false) else { break }
            guard case .block(let block) = read else {
                Issue.record("there is no gap, but \(read)")
                break
            }
            blocks += 1
            for index in Int(next - block.baseOffset)..<block.count {
                let isWanted =
                    filter.times.contains(block.time(at: index))
                    && (filter.project ?? block.project(at: index)) == block.project(at: index)
                    && filter.types?.contains(block.type(at: index)) ?? true
                if isWanted { found.append(block.baseOffset + UInt64(index)) }
            }
            next = block.nextOffset
        }
        return (found, blocks)
    }

    private static func filter(_ random: inout SeededRandom, _ count: Int) -> ZoneFilter {
        var filter = ZoneFilter()
        if random.chance(oneIn: 2) {
            let first = Int64(random.below(count * 200))
            filter.times = first..<first + Int64(random.below(2_000))
        }
        if random.chance(oneIn: 3) { filter.project = UInt32(random.below(140)) }
        if random.chance(oneIn: 3) {
            filter.types = Set(
                (0..<random.below(3)).map { _ in RecordType(rawValue: UInt8(random.below(200))) })
        }
        return filter
    }

    @Test func `a walk that skips finds what a whole walk finds`() throws {
        for seed in UInt64(1)...UInt64(seedCount(1)) {
            var random = SeededRandom(seed: seed)
            var options = LogOptions()
            options.segmentByteLimit = 4 << 20
            let store = SimulatedFileStore(seed: seed)
            let harness = try LogHarness(store, options: options)
            let records = Self.records(60, &random)
            for record in records { try #require(harness.append([record]).isSuccess) }
            // The newest is open, and perhaps one more is not sealed yet.
            var sealed = 0
            while sealed < 2 || random.chance(oneIn: 2), harness.core.sealOne() == .sealed {
                sealed += 1
            }
            try #require(sealed >= 2, "seed \(seed)")
            let all = try Self.walk(harness, from: 0, ZoneFilter())
            #expect(all.offsets == Array(0..<60))
            for _ in 0..<200 {
                let filter = Self.filter(&random, records.count)
                let from = UInt64(random.below(70))
                let walked = try Self.walk(harness, from: from, filter)
                let wanted = records.indices.filter {
                    $0 >= from && Self.takes(filter, records[$0])
                }
                #expect(
                    walked.offsets == wanted.map { UInt64($0) }, "seed \(seed) \(filter) \(from)")
                #expect(harness.core.makeReader().skip(from: from, to: filter) >= from)
            }
            // Of the beginning only what may hold it is read.
            let early = try Self.walk(harness, from: 0, ZoneFilter(times: 0..<1_000))
            #expect(early.blocks < all.blocks, "seed \(seed)")
        }
    }

    @Test func `with a damaged footer nothing is passed over, and all is found`() throws {
        var random = SeededRandom(seed: 7)
        var options = LogOptions()
        options.segmentByteLimit = 4 << 20
        let store = SimulatedFileStore()
        var harness = try LogHarness(store, options: options)
        let records = Self.records(30, &random)
        for record in records { try #require(harness.append([record]).isSuccess) }
        while harness.core.sealOne() == .sealed {}
        let path = store.segmentPaths[0]
        let whole = store.bytes(path)
        for position in [whole.count - 4_096, whole.count - 4_096 - 8, whole.count - 1] {
            var bytes = whole
            bytes[position] ^= 1
            harness.core.close()
            store.kill()
            store.setBytes(path, bytes)
            harness = try LogHarness(store, options: options)
            for filter in [ZoneFilter(times: 2_000..<3_000), ZoneFilter(project: 1)] {
                let wanted = records.indices.filter { Self.takes(filter, records[$0]) }
                let walked = try Self.walk(harness, from: 0, filter)
                #expect(walked.offsets == wanted.map { UInt64($0) }, "byte \(position)")
            }
        }
    }
}
