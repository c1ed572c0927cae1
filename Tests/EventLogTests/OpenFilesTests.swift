import EventLog
import EventLogTestSupport
import Testing

/// Many segments, few files that may be open.
@Suite struct OpenFilesTests {
    /// Every append in a segment of its own.
    private static let options: LogOptions = {
        var options = LogOptions()
        options.segmentByteLimit = 8192
        return options
    }()

    private static func fill(_ harness: LogHarness, count: Int) {
        for number in 0..<UInt64(count) {
            #expect(harness.append([TestRecords.make(number)]).isSuccess)
        }
    }

    private static func isWhole(_ content: LogHarness.Content, count: UInt64) -> Bool {
        content.gaps.isEmpty && content.falseOffsets.isEmpty
            && content.numbers == Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, $0) })
    }

    @Test func `readers of many segments keep few files open`() throws {
        let disk = SimulatedFileStore()
        let store = LimitedFileStore(disk)
        let count = LogLimits.openFileLimit + 30
        let harness = try LogHarness(disk, through: store, options: Self.options)
        Self.fill(harness, count: count)
        for _ in 0..<2 { #expect(Self.isWhole(try harness.content(), count: UInt64(count))) }
        // Those of readers, and the segment that is written.
        #expect(store.openCount <= LogLimits.openFileLimit + 1)
        while harness.core.sealOne() == .sealed {}
        #expect(Self.isWhole(try harness.content(), count: UInt64(count)))
        // The filter of the ids of the first 64 segments is a file besides.
        #expect(store.openCount <= LogLimits.openFileLimit + 2)
    }

    @Test func `where the process may open no more, other segments' files are let go of`() throws {
        let disk = SimulatedFileStore()
        let store = LimitedFileStore(disk)
        let harness = try LogHarness(disk, through: store, options: Self.options)
        Self.fill(harness, count: 30)
        store.setLimit(8)
        #expect(Self.isWhole(try harness.content(), count: 30))
        Self.fill(harness, count: 40)
        #expect(Self.isWhole(try harness.content(), count: 40))
    }

    @Test func `a read that may open nothing is an error, not a gap`() throws {
        let disk = SimulatedFileStore()
        let store = LimitedFileStore(disk)
        let harness = try LogHarness(disk, through: store, options: Self.options)
        Self.fill(harness, count: 10)
        while harness.core.sealOne() == .sealed {}
        harness.core.close()
        disk.kill()
        let again = try LogHarness(disk, through: store, options: Self.options)
        store.setLimit(0)
        let error = #expect(throws: LogError.self) { try again.content() }
        #expect(error?.code == .inputOutput)
        #expect(error?.errno == LimitedFileStore.tooManyOpen)
        #expect(error?.help?.contains("open files") == true)
        let reader = again.core.makeReader()
        #expect(throws: LogError.self) { try reader.readRecord(at: 3) }
        #expect(throws: LogError.self) {
            try reader.offsets(of: .issue, value: 1, below: .max, limit: 9)
        }
        #expect(again.core.recovery.isClean)
        store.setLimit(.max)
        #expect(Self.isWhole(try again.content(), count: 10))
        #expect(again.core.recovery.isClean)
    }

    @Test func `an append that may open nothing fails and is repeated later`() throws {
        let disk = SimulatedFileStore()
        let store = LimitedFileStore(disk)
        let harness = try LogHarness(disk, through: store, options: Self.options)
        Self.fill(harness, count: 3)
        store.setLimit(0)
        guard case .failure(let error) = harness.append([TestRecords.make(3)]) else {
            Issue.record("taken without a file")
            return
        }
        #expect(error.errno == LimitedFileStore.tooManyOpen)
        #expect(harness.core.state == .writable)
        store.setLimit(.max)
        Self.fill(harness, count: 6)
        #expect(Self.isWhole(try harness.content(), count: 6))
    }

    /// However many files may be open: the log is refused with a reason, or it is whole.
    @Test func `opening with any number of files loses nothing`() throws {
        let disk = SimulatedFileStore()
        let harness = try LogHarness(disk, options: Self.options)
        Self.fill(harness, count: 6)
        harness.core.sealOne()
        harness.core.close()
        for limit in 0..<12 {
            let copy = disk.copy(seed: 1)
            let store = LimitedFileStore(copy, limit: limit)
            do {
                let limited = try LogHarness(copy, through: store, options: Self.options)
                #expect(limited.core.recovery.isClean, "limit \(limit)")
                #expect(limited.core.durableOffset == 6, "limit \(limit)")
                store.setLimit(.max)
                #expect(Self.isWhole(try limited.content(), count: 6), "limit \(limit)")
            } catch {
                #expect(error.errno == LimitedFileStore.tooManyOpen, "limit \(limit)")
                #expect(error.help != nil)
            }
        }
    }

    @Test(arguments: FileError.Operation.allCases)
    func `a file system that is read-only stops the start, with a word that helps`(
        operation: FileError.Operation
    ) throws {
        let store = SimulatedFileStore()
        try LogHarness(store).core.close()
        // EROFS.
        store.setFaults([.init(operation: operation, call: 1, errno: 30, isLasting: true)])
        do {
            _ = try LogHarness(store)
        } catch {
            #expect(error.code == .inputOutput)
            #expect(error.help?.contains("read-only") == true)
            #expect(error.path != nil)
        }
    }
}
