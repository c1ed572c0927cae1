import EventLog
import EventLogTestSupport
import Testing

@Suite struct RoundTripTests {
    @Test func `what is appended is read back, byte for byte`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        for batch in 0..<20 {
            let records = (0..<7).map { TestRecords.make(UInt64(batch * 7 + $0)) }
            let receipt = try harness.append(records).get()
            #expect(receipt.durableOffset == UInt64(batch * 7 + 7))
            #expect(receipt.outcomes.map(\.offset) == (0..<7).map { UInt64(batch * 7 + $0) })
        }
        for payload in [true, false] {
            let content = try harness.content(payload: payload)
            #expect(content.numbers.count == 140)
            #expect(content.falseOffsets.isEmpty && content.gaps.isEmpty)
        }
    }

    @Test(arguments: [1, 2, 5]) func `a log goes on where it was closed`(rounds: Int) throws {
        let store = SimulatedFileStore()
        let clock = TestClock()
        for round in 0..<rounds {
            let harness = try LogHarness(store, clock: clock)
            #expect(harness.core.durableOffset == UInt64(round * 3))
            #expect(harness.core.recovery.isClean)
            try #require(
                harness.append((0..<3).map { TestRecords.make(UInt64(round * 3 + $0)) }).isSuccess)
            harness.core.close()
        }
        let content = try LogHarness(store, clock: clock).content()
        #expect(content.numbers.count == rounds * 3 && content.falseOffsets.isEmpty)
    }

    @Test func `a segment that is full or old is followed by a new one`() throws {
        var options = LogOptions()
        options.segmentByteLimit = 16 * 1024
        let store = SimulatedFileStore()
        let clock = TestClock()
        let harness = try LogHarness(store, options: options, clock: clock)
        for number in 0..<10 {
            try #require(harness.append([TestRecords.make(UInt64(number))]).isSuccess)
        }
        #expect(store.segmentPaths.count == 4)
        clock.advance(microseconds: options.segmentAgeMicroseconds)
        try #require(harness.append([TestRecords.make(10)]).isSuccess)
        #expect(store.segmentPaths.count == 5)
        #expect(try harness.content().numbers.count == 11)
        let report = try LogVerifier(directory: LogHarness.directory, store: store).verify()
        #expect(report.isSound && report.recordCount == 11 && report.findings.isEmpty)
        let content = try harness.content()
        store.kill()
        let again = try LogHarness(store, options: options, clock: clock)
        #expect(again.core.recovery.isClean)
        #expect(try again.content() == content)
    }

    @Test func `a batch larger than a group is split and answered once`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        let records = (0..<9000).map { TestRecords.make(UInt64($0), size: 300) }
        #expect(try harness.append(records).get().outcomes.count == 9000)
        let content = try LogHarness.read(harness.core.makeReader(), size: 300)
        #expect(content.numbers.count == 9000 && content.falseOffsets.isEmpty)
    }

    @Test func `a record at every limit is taken, one over it is refused`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        var record = TestRecords.make(1, size: LogLimits.lineByteLimit)
        var random = SeededRandom(seed: 5)
        record.digest = (0..<LogLimits.digestByteLimit).map { _ in
            UInt8(truncatingIfNeeded: random.next())
        }
        #expect(harness.append([record]).isSuccess)
        for size in [LogLimits.lineByteLimit + 1, LogLimits.lineByteLimit + 4096] {
            #expect(harness.append([TestRecords.make(2, size: size)]).code == .invalidRecord)
        }
        record.digest.append(0)
        #expect(harness.append([record]).code == .invalidRecord)
        record.digest = []
        record.line = Array("\"a\":\"\n\"}".utf8)
        #expect(harness.append([record]).code == .invalidRecord)
        #expect(harness.append([]).code == .invalidRecord)
        #expect(try harness.content(payload: false).numbers.count == 1)
    }

    @Test func `lines that do not compress are kept as they are`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        var random = SeededRandom(seed: 9)
        var record = TestRecords.make(0)
        record.line =
            (0..<300_000).map { _ in UInt8(truncatingIfNeeded: random.next()) | 0x80 }
            + Array("}".utf8)
        #expect(harness.append([record]).isSuccess)
        let read = try harness.core.makeReader().readBlock(containing: 0, payload: true)
        guard case .block(let block)? = read, let payload = block.payload else {
            Issue.record("no block")
            return
        }
        #expect(Array(payload[block.lineRange(at: 0)]) == TestRecords.line(record, at: 0))
    }

    @Test func `records are found by key and by id`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        for batch in 0..<30 {
            harness.append((0..<10).map { TestRecords.make(UInt64(batch * 10 + $0)) })
        }
        let reader = harness.core.makeReader()
        let expected = (0..<300).reversed().map(UInt64.init).filter { $0 % 11 == 4 }
        #expect(
            try reader.scanBackwards(below: .max, where: .issue, equals: 4, limit: 1000) == expected
        )
        #expect(
            try reader.scanBackwards(below: .max, where: .issue, equals: 4, limit: 5)
                == Array(expected.prefix(5)))
        let some = try reader.scanBackwards(
            below: 205, downTo: 95, where: .user, equals: 7, limit: 100)
        #expect(some == (95..<205).reversed().map(UInt64.init).filter { $0 % 13 == 7 })
        for number in [UInt64(0), 17, 299] {
            let record = TestRecords.make(number)
            #expect(try reader.find(record.uniqueKey) == number)
            var other = record.uniqueKey
            other.project += 1
            #expect(try reader.find(other) == nil)
            other = record.uniqueKey
            other.type.rawValue += 1
            #expect(try reader.find(other) == nil)
        }
    }
}
