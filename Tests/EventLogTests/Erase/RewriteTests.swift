import EventLog
import EventLogTestSupport
import Testing

/// Redacting records of closed segments: everything else stays as it is.
@Suite struct RewriteTests {
    private static let user: UInt64 = 5
    private static let marker = Array("\"type\":\"test\",\"data\":{\"redacted\":\"erased\"}}".utf8)

    private static func edit(_ block: LogBlock, _ index: Int) -> RecordEdit? {
        let header = block.header(at: index)
        guard header.keys.user == user else { return nil }
        return RecordEdit(
            keys: IndexKeys(issue: header.keys.issue, user: 99), digest: [1, 2, 3], line: marker)
    }

    /// Redacts all closed segments and says how many records that were.
    private static func rewriteAll(_ harness: LogHarness) throws -> Int {
        var count = 0
        for base in harness.core.segmentBases.dropLast() {
            if case .rewritten(let records, _) = try harness.core.rewriteSegment(
                base: base, { edit($0, $1) })
            {
                count += records
            }
        }
        return count
    }

    /// What is wrong with the log behind the records below `bound` whose user was erased.
    private static func faults(
        _ reader: LogReader, _ numbers: [UInt64: UInt64], bound: UInt64
    ) throws -> [String] {
        var faults: [String] = []
        var offset: UInt64 = 0
        while case .block(let block)? = try reader.readBlock(containing: offset, payload: true) {
            let digests = try reader.readBlock(containing: offset, payload: false)
            guard case .block(let plain)? = digests, plain.section == block.section else {
                faults.append("two reads of \(offset) differ")
                break
            }
            for index in 0..<block.count {
                let at = block.baseOffset + UInt64(index)
                let number = TestRecords.number(of: block.id(at: index))
                let made = TestRecords.make(number)
                if numbers[at] != number { faults.append("\(at) is record \(number)") }
                let isGone = made.keys.user == user && at < bound
                if block.isRedacted(at: index) != isGone { faults.append("\(at): flag") }
                if !isGone {
                    if !TestRecords.isTrue(block, at: index) { faults.append("\(at) is false") }
                    continue
                }
                let header = block.header(at: index)
                if header.time != made.time || header.type != made.type
                    || header.project != made.project || header.keys.issue != made.keys.issue
                    || header.keys.user != 99 || header.keys.trace != 0
                    || header.keys.session != 0
                {
                    faults.append("\(at): \(header)")
                }
                let line = Array("{\"offset\":\(at),".utf8) + marker
                if Array(block.payload![block.lineRange(at: index)]) != line {
                    faults.append("\(at): line")
                }
                if Array(block.section[block.digestRange(at: index)]) != [1, 2, 3] {
                    faults.append("\(at): digest")
                }
            }
            offset = block.nextOffset
        }
        if offset != UInt64(numbers.count) { faults.append("ends at \(offset)") }
        return faults
    }

    @Test(arguments: [false, true])
    func `what is redacted is gone, and all else is as it was`(isSealed: Bool) throws {
        let harness = try SealTests.make()
        let before = try harness.content().numbers
        if isSealed { SealTests.sealAll(harness) }
        let bound = try #require(harness.core.segmentBases.last)
        let wanted = before.count {
            TestRecords.make($0.value).keys.user == Self.user && $0.key < bound
        }
        #expect(try Self.rewriteAll(harness) == wanted && wanted > 2)
        #expect(try Self.faults(harness.core.makeReader(), before, bound: bound).isEmpty)
        // Twice is once.
        #expect(try Self.rewriteAll(harness) == 0)
        // The ids are known still.
        let first = try #require(
            before.first {
                TestRecords.make($0.value).keys.user == Self.user && $0.value % 5 != 4
                    && $0.key < bound
            })
        #expect(
            try harness.append([TestRecords.make(first.value)]).get().outcomes
                == [.duplicate(offset: first.key)])
        // Lookups by the new key find it, by the old one only what is in the open segment.
        let reader = harness.core.makeReader()
        let now = try reader.offsets(of: .user, value: 99, below: bound, limit: 1000)
        #expect(now.count == wanted && now.contains(first.key))
        #expect(try reader.offsets(of: .user, value: Self.user, below: bound, limit: 10).isEmpty)
        harness.core.close()
        harness.store.kill()
        let report = try LogVerifier(directory: LogHarness.directory, store: harness.store)
            .verify()
        #expect(report.findings.isEmpty, "\(report.findings)")
        let again = try LogHarness(harness.store)
        #expect(again.core.recovery.isClean, "\(again.core.recovery)")
        #expect(try Self.faults(again.core.makeReader(), before, bound: bound).isEmpty)
        #expect(!harness.store.paths.contains { $0.hasSuffix(".seal") })
    }

    @Test func `sealing leaves a segment that is rewritten, and no file of it`() throws {
        let harness = try SealTests.make()
        let before = try harness.content().numbers
        let bound = try #require(harness.core.segmentBases.last)
        var rewritten: [UInt64] = []
        var left = 0
        while true {
            let next = harness.core.segmentBases.first { !rewritten.contains($0) }
            guard let base = next, base < bound else { break }
            var failure: (any Error)?
            let step = harness.core.sealOne {
                guard rewritten.last != base else { return true }
                rewritten.append(base)
                do {
                    _ = try harness.core.rewriteSegment(base: base) { Self.edit($0, $1) }
                } catch {
                    failure = error
                }
                return true
            }
            if let failure { throw failure }
            if step == .left { left += 1 }
            #expect(!harness.store.paths.contains { $0.hasSuffix(".seal") })
        }
        #expect(left > 0)
        #expect(try Self.faults(harness.core.makeReader(), before, bound: bound).isEmpty)
    }

    @Test(arguments: [false, true])
    func `a reader that was there before sees what is there now`(isSealed: Bool) throws {
        let harness = try SealTests.make()
        if isSealed { SealTests.sealAll(harness) }
        let reader = harness.core.makeReader()
        let bound = try #require(harness.core.segmentBases.last)
        for offset in 0..<bound {
            guard case .record(let old)? = try reader.readRecord(at: offset) else {
                Issue.record("no record \(offset)")
                return
            }
            _ = try Self.rewriteAll(harness)
            guard case .record(let new)? = try reader.readRecord(at: offset) else {
                Issue.record("no record \(offset)")
                return
            }
            let made = TestRecords.make(TestRecords.number(of: old.header.id))
            let isGone = made.keys.user == Self.user
            let text = isGone ? Self.marker : made.line
            #expect(new.line == Array("{\"offset\":\(offset),".utf8) + text)
            #expect(new.digest == (isGone ? [1, 2, 3] : made.digest))
        }
    }

    @Test func `a roll is taken with the next append, and never of an empty segment`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        harness.core.rollSegment()
        harness.append([TestRecords.make(0)])
        #expect(harness.core.segmentBases == [0])
        harness.core.rollSegment()
        harness.append([TestRecords.make(1)])
        harness.append([TestRecords.make(2)])
        #expect(harness.core.segmentBases == [0, 1])
    }

    @Test func `the open segment and one that is not there are left alone`() throws {
        let harness = try SealTests.make()
        let bases = harness.core.segmentBases
        #expect(try harness.core.rewriteSegment(base: bases.last!, { Self.edit($0, $1) }) == .gone)
        #expect(try harness.core.rewriteSegment(base: 1 << 30, { Self.edit($0, $1) }) == .gone)
        let before = try harness.content()
        #expect(
            try harness.core.rewriteSegment(base: 0, goesOn: { false }, { Self.edit($0, $1) })
                == .stopped)
        #expect(try harness.content() == before)
    }

    @Test func `an edit that fails, or is no line, leaves the segment as it was`() throws {
        let harness = try SealTests.make()
        let before = try harness.content()
        #expect(throws: LogError.self) {
            try harness.core.rewriteSegment(base: 0) { _, _ throws(LogError) in
                throw LogError(.invalidRecord, "no")
            }
        }
        for line in [
            [], Array("a\nb".utf8), [UInt8](repeating: 65, count: LogLimits.lineByteLimit + 1),
        ] {
            #expect(throws: LogError.self) {
                try harness.core.rewriteSegment(base: 0) { _, _ in
                    RecordEdit(keys: IndexKeys(), digest: [], line: line)
                }
            }
        }
        #expect(try harness.content() == before)
        #expect(!harness.store.paths.contains { $0.hasSuffix(".seal") })
    }

    @Test func `a damaged segment is refused`() throws {
        let harness = try SealTests.make()
        let path = try #require(harness.store.segmentPaths.sorted().first)
        var bytes = harness.store.bytes(path)
        bytes[4096 + 200] ^= 8
        harness.store.setBytes(path, bytes)
        #expect(try harness.core.rewriteSegment(base: 0, { Self.edit($0, $1) }) == .damaged)
    }

    @Test func `any call may fail, any crash may come: each record is old or new, none is lost`()
        throws
    {
        let operations: [FileError.Operation] = [
            .open, .pread, .pwrite, .fdatasync, .rename, .fsyncDirectory, .truncate,
        ]
        var failed = 0
        for seed in 0..<UInt64(seedCount(4)) {
            for operation in operations {
                for call in 1...6 {
                    let store = SimulatedFileStore(seed: seed)
                    let harness = try SealTests.make(30, store: store)
                    let before = try harness.content().numbers
                    let bound = harness.core.segmentBases.last!
                    if seed % 2 == 0 { SealTests.sealAll(harness) }
                    store.setFaults([
                        .init(operation: operation, call: call, errno: 5, isLasting: false)
                    ])
                    do {
                        _ = try Self.rewriteAll(harness)
                    } catch {
                        failed += 1
                    }
                    store.setFaults([])
                    store.crash()
                    let again = try LogHarness(store)
                    #expect(again.core.recovery.gaps.isEmpty, "seed \(seed) \(operation) \(call)")
                    _ = try Self.rewriteAll(again)
                    let faults = try Self.faults(again.core.makeReader(), before, bound: bound)
                    #expect(faults.isEmpty, "seed \(seed) \(operation) \(call): \(faults)")
                }
            }
        }
        #expect(failed > 20)
    }
}
