import EventLog
import EventLogTestSupport
import Synchronization
import Testing

/// When an append is answered, by the class that it asks for.
@Suite struct DurabilityTests {
    @Test func `os is answered after the write, durable after the sync`() throws {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        try #require(harness.append([TestRecords.make(0)]).isSuccess)
        let answers = Answers()
        for (number, durability) in [(UInt64(1), Durability.os), (2, .durable), (3, .os)] {
            harness.core.submit([TestRecords.make(number)], durability: durability) {
                answers.add(durability.rawValue, $0)
            }
        }
        store.setFaults([.init(operation: .fdatasync, call: 1, errno: 5)])
        harness.core.drain()
        #expect(answers.names == ["os", "os", "durable"])
        #expect(answers.codes == [.syncFailed])
        #expect(harness.core.durableOffset == 1)
    }

    @Test func `a receipt names its class and never an offset below what is durable`() throws {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        let receipts = Mutex<[AppendReceipt]>([])
        for (number, durability) in [(UInt64(1), Durability.os), (2, .durable)] {
            harness.core.submit([TestRecords.make(number)], durability: durability) { result in
                if case .success(let receipt) = result { receipts.withLock { $0.append(receipt) } }
            }
        }
        harness.core.drain()
        let given = receipts.withLock { $0 }
        #expect(given.map(\.durability) == [.os, .durable])
        #expect(given.map(\.durableOffset) == [0, 2])
        #expect(given.map(\.outcomes) == [[.appended(offset: 0)], [.appended(offset: 1)]])
    }

    @Test func `async is answered at once, without an offset, and is written all the same`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let log = try EventLog.open(directory: directory.path)
        let receipt = try await log.append([TestRecords.make(7)], durability: .async)
        #expect(receipt.durability == .async && receipt.outcomes.isEmpty)
        log.close()
        #expect(log.durableOffset == 1)
    }
}
