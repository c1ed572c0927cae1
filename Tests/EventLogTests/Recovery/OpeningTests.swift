import EventLog
import EventLogTestSupport
import Testing

/// Opening a log whose files are not as they were left.
@Suite struct OpeningTests {
    /// Five segments of one record, closed; then the change; then what opening says.
    private static func open(
        _ change: (SimulatedFileStore, [String]) throws -> Void
    ) throws -> Result<LogHarness, LogError> {
        var options = LogOptions()
        options.segmentByteLimit = 8192
        let store = SimulatedFileStore()
        let harness = try LogHarness(store, options: options)
        for number in 0..<5 { harness.append([TestRecords.make(UInt64(number))]) }
        harness.core.close()
        store.kill()
        try #require(store.segmentPaths.count == 5)
        try change(store, store.segmentPaths)
        return Result { () throws(LogError) in try LogHarness(store, options: options) }
    }

    /// Everything but `lost` is served, the loss is named, and the log goes on.
    private static func expectGap(
        _ lost: UInt64, _ reason: GapReason, _ harness: LogHarness,
        notices: [RecoveryReport.Notice.Kind] = []
    ) throws {
        let content = try harness.content()
        #expect(content.numbers.keys.sorted() == (0..<5).filter { $0 != lost })
        #expect(content.gaps == [lost..<lost + 1] && content.falseOffsets.isEmpty)
        #expect(harness.core.recovery.gaps.map(\.offsets) == [lost..<lost + 1])
        #expect(harness.core.recovery.gaps.map(\.reason) == [reason])
        #expect(harness.core.recovery.notices.map(\.kind) == notices)
        #expect(harness.append([TestRecords.make(9)]).isSuccess)
        #expect(try harness.content().numbers[5] == 9)
    }

    @Test(arguments: [UInt64(0), 2, 3]) func `a missing segment is a gap`(lost: UInt64) throws {
        let harness = try Self.open { store, paths in try store.unlink(paths[Int(lost)]) }.get()
        try Self.expectGap(lost, .missingSegment, harness)
    }

    private static func reopened(
        _ harness: LogHarness, _ change: (SimulatedFileStore) throws -> Void = { _ in }
    ) throws -> LogHarness {
        harness.core.close()
        harness.store.kill()
        try change(harness.store)
        return try LogHarness(harness.store)
    }

    private static func isSound(_ harness: LogHarness) throws -> Bool {
        try LogVerifier(directory: LogHarness.directory, store: harness.store).verify().isSound
    }

    @Test(arguments: [UInt64(0), 2, 3])
    func `a missing segment is missed until it is back`(lost: UInt64) throws {
        var kept: (path: String, bytes: [UInt8]) = ("", [])
        var harness = try Self.open { store, paths in
            kept = (paths[Int(lost)], store.bytes(paths[Int(lost)]))
            try store.unlink(kept.path)
        }.get()
        for number in 5..<8 {
            #expect(harness.core.recovery.gaps.map(\.offsets) == [lost..<lost + 1])
            #expect(try !Self.isSound(harness))
            // Manifests are written meanwhile.
            harness.append([TestRecords.make(UInt64(number))])
            harness = try Self.reopened(harness)
        }
        harness = try Self.reopened(harness) { $0.setBytes(kept.path, kept.bytes) }
        #expect(harness.core.recovery.isClean)
        #expect(try harness.content().numbers.keys.sorted() == Array(0..<8))
        #expect(try Self.isSound(harness))
        // Its ids are known again.
        let again = harness.append([TestRecords.make(lost)])
        #expect(try again.get().outcomes == [.duplicate(offset: lost)])
        harness = try Self.reopened(harness)
        #expect(harness.core.recovery.isClean && harness.store.bytes(kept.path) == kept.bytes)
    }

    @Test func `what is dropped with a missing segment is not missed any more`() throws {
        var harness = try Self.open { store, paths in try store.unlink(paths[1]) }.get()
        try harness.core.dropSegments(below: 3)
        harness = try Self.reopened(harness)
        #expect(harness.core.recovery.isClean)
        #expect(try harness.content().numbers.keys.sorted() == [3, 4])
        #expect(try Self.isSound(harness))
    }

    @Test func `a newest segment that has lost durable records is not sound`() throws {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        for number in 0..<5 { harness.append([TestRecords.make(UInt64(number))]) }
        harness.core.close()
        let path = try #require(store.segmentPaths.first)
        let bytes = store.bytes(path)
        #expect(try Self.isSound(harness))
        for count in [bytes.count - 4096, bytes.count - 8192, 4096] {
            store.setBytes(path, Array(bytes.prefix(count)))
            let report = try LogVerifier(directory: LogHarness.directory, store: store).verify()
            #expect(!report.isSound, "\(count)")
            let lost = report.segments.flatMap(\.findings).compactMap(\.offsets)
            #expect(lost.last?.upperBound == 5, "\(count): \(lost)")
        }
    }

    @Test func `another file in a segment's place is a gap`() throws {
        let harness = try Self.open { store, paths in
            store.setBytes(paths[2], [UInt8](repeating: 1, count: 9000))
        }.get()
        try Self.expectGap(2, .foreignSegment, harness)
    }

    @Test func `a segment that has lost its end is a gap`() throws {
        let harness = try Self.open { store, paths in
            store.setBytes(paths[2], Array(store.bytes(paths[2]).prefix(4096)))
        }.get()
        try Self.expectGap(2, .missingBytes, harness)
    }

    @Test func `two segments that change names are two gaps`() throws {
        let harness = try Self.open { store, paths in
            let first = store.bytes(paths[1])
            store.setBytes(paths[1], store.bytes(paths[3]))
            store.setBytes(paths[3], first)
        }.get()
        let content = try harness.content()
        #expect(content.falseOffsets.isEmpty && content.gaps == [1..<2, 3..<4])
        #expect(content.numbers.count == 3)
    }

    @Test func `a damaged header costs nothing where the manifest knows the segment`() throws {
        let harness = try Self.open { store, paths in
            // One byte longer, so that the file is not taken for the one in the manifest.
            store.setBytes(paths[2], [0xFF] + store.bytes(paths[2]).dropFirst() + [0])
        }.get()
        #expect(try harness.content().numbers.count == 5)
        #expect(harness.core.recovery.notices.map(\.kind) == [.segmentHeader])
        #expect(!harness.core.recovery.isClean)
    }

    @Test func `a file that does not belong is left alone and named`() throws {
        let harness = try Self.open { store, _ in
            store.setBytes(LogHarness.directory + "/log/copy.seg", [1])
        }.get()
        #expect(try harness.content().numbers.count == 5)
        #expect(harness.core.recovery.notices.map(\.kind) == [.strayFile])
    }

    @Test func `without its newest segment a log is not opened for writing`() throws {
        let error = try Self.open { store, paths in try store.unlink(paths[4]) }
        #expect(error.code == .missingSegment)
        let foreign = try Self.open { store, paths in
            store.setBytes(paths[4], [UInt8](repeating: 1, count: 9000))
        }
        #expect(foreign.code == .foreignFile)
    }

    @Test(arguments: [["a"], ["b"], ["a", "b"]])
    func `damaged manifests are made again`(copies: [String]) throws {
        let harness = try Self.open { store, _ in
            for copy in copies {
                store.setBytes("/data/manifest." + copy, [UInt8](repeating: 7, count: 4096))
            }
        }.get()
        #expect(try harness.content().numbers.count == 5)
        #expect(harness.core.recovery.notices.map(\.kind) == copies.map { _ in .manifest })
        harness.core.close()
        harness.store.kill()
        let again = try LogHarness(harness.store)
        #expect(again.append([TestRecords.make(9)]).isSuccess)
        #expect(try again.content().numbers.count == 6)
    }

    @Test func `a newest segment that is cut short is a gap`() throws {
        let harness = try Self.open { store, paths in store.setBytes(paths[4], [1, 2, 3]) }.get()
        #expect(try harness.content().gaps == [4..<5])
        #expect(harness.append([TestRecords.make(9)]).isSuccess)
        #expect(try harness.content().numbers[5] == 9)
    }

    @Test func `rot in the last block of a log that was closed is not taken for a torn tail`()
        throws
    {
        let harness = try Self.open { store, paths in
            var bytes = store.bytes(paths[4])
            bytes[5000] ^= 1
            store.setBytes(paths[4], bytes)
        }.get()
        try Self.expectGap(4, .digestSection, harness)
        #expect(harness.core.recovery.cuts.isEmpty)
    }

    @Test func `the calls that opening makes do not grow with the blocks`() throws {
        func calls(blocks: Int) throws -> Int {
            let store = SimulatedFileStore()
            let harness = try LogHarness(store)
            for number in 0..<blocks { harness.append([TestRecords.make(UInt64(number))]) }
            harness.core.close()
            store.kill()
            store.setFaults([])
            let again = try LogHarness(store)
            let count = store.callCount
            #expect(again.append([TestRecords.make(0)]).code == nil)
            #expect(try again.content().numbers.count == blocks)
            return count
        }
        #expect(try calls(blocks: 3) == calls(blocks: 300))
    }
}
