import EventLog
import EventLogTestSupport
import Testing

/// What was carried elsewhere: lines, and whole segments.
@Suite struct CopyTests {
    private static func lines(
        _ log: EventLog, _ selection: LogExporter.Selection = .init()
    ) throws -> (lines: [String], report: LogExporter.Report) {
        var lines: [String] = []
        let report = try LogExporter(log).run(selection) {
            lines.append(String(decoding: $0, as: UTF8.self))
        }
        return (lines, report)
    }

    private static func log(_ harness: LogHarness) throws -> EventLog {
        try EventLog.openReadOnly(directory: LogHarness.directory, store: harness.store)
    }

    @Test(arguments: [false, true])
    func `an export has the lines wanted, each whole`(isSealed: Bool) throws {
        let harness = try SealTests.make()
        if isSealed { SealTests.sealAll(harness) }
        let log = try Self.log(harness)
        let all = try Self.lines(log)
        #expect(all.lines.count == 60 && all.report.gaps.isEmpty)
        for (offset, line) in all.lines.enumerated() {
            #expect(line.hasPrefix("{\"offset\":\(offset),") && line.hasSuffix("}\n"))
        }
        let some = try Self.lines(log, .init(offsets: 7..<31))
        #expect(some.lines == Array(all.lines[7..<31]))
        let project = try Self.lines(log, .init(project: 2))
        #expect(project.lines.count == 20 && project.report.recordCount == 20)
        let start = TestRecords.make(10).time
        let times = try Self.lines(log, .init(times: start..<start + 5))
        #expect(times.lines == Array(all.lines[10..<15]))
        #expect(try Self.lines(log, .init(offsets: 60..<100)).lines.isEmpty)
    }

    @Test func `what cannot be read is named`() throws {
        let harness = try SealTests.make()
        let path = try #require(harness.store.segmentPaths.sorted().first)
        var bytes = harness.store.bytes(path)
        bytes[4096 + 300] ^= 1
        harness.store.setBytes(path, bytes)
        let found = try Self.lines(try Self.log(harness))
        #expect(found.report.gaps == [0..<3])
        #expect(found.lines.count == 57)
    }

    @Test(arguments: [false, true], [0, 2])
    func `copied segments open without manifests`(isSealed: Bool, first: Int) throws {
        let harness = try SealTests.make()
        if isSealed { SealTests.sealAll(harness) }
        let before = try harness.content().numbers
        let copy = SimulatedFileStore()
        let paths = harness.store.segmentPaths.sorted().dropFirst(first)
        let base = harness.core.segmentBases[first]
        harness.core.close()
        try copy.createDirectory(LogHarness.directory + "/log")
        for path in paths {
            let file = try copy.open(path, .write)
            try harness.store.bytes(path).withUnsafeBytes { try file.writeFully($0, at: 0) }
        }
        let again = try LogHarness(copy)
        #expect(again.core.recovery.gaps.isEmpty && again.core.firstOffset == base)
        let content = try again.content()
        #expect(content.numbers == before.filter { $0.key >= base })
        #expect(content.falseOffsets.isEmpty)
        #expect(again.append([TestRecords.make(900)]).isSuccess)
    }

    @Test func `a segment that is missing in the middle of a copy is a named gap`() throws {
        let harness = try SealTests.make()
        let bases = harness.core.segmentBases
        harness.core.close()
        let copy = SimulatedFileStore()
        try copy.createDirectory(LogHarness.directory + "/log")
        for (index, path) in harness.store.segmentPaths.sorted().enumerated() where index != 1 {
            let file = try copy.open(path, .write)
            try harness.store.bytes(path).withUnsafeBytes { try file.writeFully($0, at: 0) }
        }
        let again = try LogHarness(copy)
        #expect(again.core.recovery.gaps.map(\.offsets) == [bases[1]..<bases[2]])
        #expect(try again.content().numbers.count == 60 - Int(bases[2] - bases[1]))
    }
}
