import EventLog
import EventLogTestSupport
import Synchronization
import Testing

@Suite struct DedupeTests {
    @Test func `a record is appended once, in a batch, in flight, later and after reopening`()
        throws
    {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        let record = TestRecords.make(5)
        let first = try harness.append([record, TestRecords.make(6), record]).get()
        #expect(
            first.outcomes == [.appended(offset: 0), .appended(offset: 1), .duplicate(offset: 0)])
        let later = try harness.append([TestRecords.make(6)]).get()
        #expect(later.outcomes == [.duplicate(offset: 1)])
        harness.core.close()
        store.kill()
        let again = try LogHarness(store)
        #expect(try again.append([record]).get().outcomes == [.duplicate(offset: 0)])
        #expect(again.core.durableOffset == 2)
    }

    @Test func `another project, or a record that is not unique, is no duplicate`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        var other = TestRecords.make(5)
        other.project += 1
        var plain = TestRecords.make(5)
        plain.isUnique = false
        let outcomes = try harness.append([plain, TestRecords.make(5), other, plain]).get().outcomes
        #expect(outcomes.map(\.offset) == [0, 1, 2, 3])
    }

    @Test func `a duplicate of a record in flight is answered when that one is durable`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        let answers = Answers()
        harness.core.submit([TestRecords.make(1)]) { answers.add("first", $0) }
        harness.core.build()
        harness.core.submit([TestRecords.make(1)]) { answers.add("second", $0) }
        harness.core.build()
        #expect(answers.names == [])
        harness.core.flush()
        #expect(answers.names == ["first"])
        harness.core.flush()
        #expect(answers.names == ["first", "second"])
    }

    @Test func `when a group fails, its duplicates fail with it and its ids are free again`() throws
    {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        try #require(harness.append([TestRecords.make(0)]).isSuccess)
        let answers = Answers()
        harness.core.submit([TestRecords.make(1)]) { answers.add("first", $0) }
        harness.core.build()
        harness.core.submit([TestRecords.make(1)]) { answers.add("second", $0) }
        harness.core.build()
        store.setFaults([.init(operation: .pwrite, call: 1, errno: 5)])
        harness.core.drain()
        #expect(answers.failures == ["first", "second"])
        #expect(try harness.append([TestRecords.make(1)]).get().outcomes == [.appended(offset: 1)])
        #expect(try harness.append([TestRecords.make(0)]).get().outcomes == [.duplicate(offset: 0)])
    }

    @Test func `many ids stay distinct while the table grows`() throws {
        let harness = try LogHarness(SimulatedFileStore())
        for batch in 0..<20 {
            let records = (0..<2000).map { TestRecords.make(UInt64(batch * 2000 + $0), size: 60) }
            try #require(harness.append(records).isSuccess)
        }
        let again = (0..<40).map { TestRecords.make(UInt64($0 * 997), size: 60) }
        #expect(
            try harness.append(again).get().outcomes
                == (0..<40).map { .duplicate(offset: $0 * 997) })
    }
}

/// The answers of several batches in the order they came.
final class Answers: Sendable {
    private let list = Mutex<[(name: String, code: LogError.Code?)]>([])
    func add(_ name: String, _ result: Result<AppendReceipt, LogError>) {
        list.withLock { $0.append((name, result.code)) }
    }
    var names: [String] { list.withLock { $0.map(\.name) } }
    var failures: [String] { list.withLock { $0.filter { $0.code != nil }.map(\.name) } }
    var codes: [LogError.Code] { list.withLock { $0.compactMap(\.code) } }
}
