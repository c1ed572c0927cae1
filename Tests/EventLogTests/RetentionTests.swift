import EventLog
import EventLogTestSupport
import Testing

@Suite struct RetentionTests {
    /// Five segments of 100 bytes, begun an hour apart from each other, the last one 0 hours ago.
    private static let hour: Int64 = 3_600_000_000
    private static let segments = (0..<5).map {
        RetentionPlan.Facts(
            baseOffset: UInt64($0) * 10, byteCount: 100, created: Int64($0) * hour)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var hours: Int64?
        var bytes: UInt64?
        var floor = UInt64.max
        var first: UInt64
        var testDescription: String {
            "age \(hours.map(String.init) ?? "any"), bytes \(bytes.map(String.init) ?? "any")"
        }
    }

    @Test(arguments: [
        Row(hours: nil, bytes: nil, first: 0),
        Row(hours: 100, bytes: 1000, first: 0),
        // The records of a segment are as old as the next one, at least.
        Row(hours: 4, bytes: nil, first: 0),
        Row(hours: 3, bytes: nil, first: 0),
        Row(hours: 2, bytes: nil, first: 10),
        Row(hours: 1, bytes: nil, first: 20),
        Row(hours: 0, bytes: nil, first: 30),
        Row(hours: -1, bytes: nil, first: 40),
        Row(hours: nil, bytes: 500, first: 0),
        Row(hours: nil, bytes: 499, first: 10),
        Row(hours: nil, bytes: 300, first: 20),
        // The newest stays, whatever the policy wants.
        Row(hours: nil, bytes: 0, first: 40),
        Row(hours: 2, bytes: 200, first: 30),
        Row(hours: nil, bytes: 0, floor: 29, first: 20),
        Row(hours: nil, bytes: 0, floor: 9, first: 0),
    ]) func `whole segments go, from the oldest on, never above the floor`(row: Row) {
        let plan = RetentionPlan.make(
            Self.segments,
            RetentionPolicy(
                ageLimitMicroseconds: row.hours.map { $0 * Self.hour }, byteLimit: row.bytes),
            now: 4 * Self.hour, floor: row.floor)
        #expect(plan.firstOffset == row.first)
        #expect(plan.segmentCount == Int(row.first / 10))
        #expect(plan.byteCount == row.first * 10)
    }

    @Test func `what was dropped is a named gap, and all else is as it was`() throws {
        var options = LogOptions()
        options.segmentByteLimit = 8192
        let store = SimulatedFileStore()
        let harness = try LogHarness(store, options: options)
        for number in 0..<6 { harness.append([TestRecords.make(UInt64(number))]) }
        try harness.core.dropSegments(below: 3)
        #expect(store.segmentPaths.count == 3)
        // Dropped is forgotten: the same record is new.
        #expect(
            try harness.append([TestRecords.make(1), TestRecords.make(4)]).get().outcomes
                == [.appended(offset: 6), .duplicate(offset: 4)])
        harness.core.close()
        store.crash()
        let again = try LogHarness(store, options: options)
        #expect(again.core.firstOffset == 3 && again.core.recovery.isClean)
        let read = try again.core.makeReader().readBlock(containing: 0, payload: false)
        guard case .gap(0..<3, .dropped)? = read else {
            Issue.record("\(String(describing: read))")
            return
        }
        #expect(try again.content().numbers == [3: 3, 4: 4, 5: 5, 6: 1])
        #expect(
            try LogVerifier(directory: LogHarness.directory, store: store).verify().isSound)
    }

    @Test func `a crash between the manifest and the files leaves nothing behind`() throws {
        var options = LogOptions()
        options.segmentByteLimit = 8192
        let store = SimulatedFileStore()
        let harness = try LogHarness(store, options: options)
        for number in 0..<6 { harness.append([TestRecords.make(UInt64(number))]) }
        store.setFaults([.init(operation: .unlink, call: 1, errno: 5, isLasting: true)])
        #expect(throws: LogError.self) { try harness.core.dropSegments(below: 3) }
        #expect(store.segmentPaths.count == 6)
        store.crash()
        let again = try LogHarness(store, options: options)
        #expect(again.core.firstOffset == 3 && again.core.recovery.notices.isEmpty)
        #expect(store.segmentPaths.count == 3)
    }
}
