import EventLog
import EventLogTestSupport
import Synchronization
import Testing

/// Calls that fail, while the process goes on.
@Suite struct FaultTests {
    private static func options() -> LogOptions {
        var options = LogOptions()
        options.segmentByteLimit = 16 * 1024
        return options
    }

    struct Kind: CustomTestStringConvertible, Sendable {
        var operation: FileError.Operation?
        var errno: Int32
        var testDescription: String { "\(operation?.rawValue ?? "any call") \(errno)" }
    }

    @Test(arguments: [
        Kind(operation: nil, errno: 28), Kind(operation: nil, errno: 5),
        Kind(operation: .pwrite, errno: 5), Kind(operation: .pwrite, errno: 28),
        Kind(operation: .fdatasync, errno: 5), Kind(operation: .fsyncDirectory, errno: 5),
        Kind(operation: .allocate, errno: 28),
    ])
    func `whichever call fails, the log says so, goes on and loses nothing`(kind: Kind) throws {
        for call in 1...60 {
            let store = SimulatedFileStore(seed: UInt64(call))
            let client = SimulatedClient()
            let harness = try LogHarness(store, options: Self.options())
            store.setFaults([.init(operation: kind.operation, call: call, errno: kind.errno)])
            for batch in 0..<10 {
                client.submit((0..<3).map { UInt64(batch * 3 + $0) }, to: harness.core)
                if batch % 3 != 0 { harness.core.drain() }
            }
            harness.core.drain()
            store.setFaults([])
            #expect(client.current.answerCount == 10)
            let missing = (0..<30).filter { number in
                client.current.acknowledged[UInt64(number)] == nil
            }
            client.submit(missing.map(UInt64.init) + [100], to: harness.core)
            harness.core.drain()
            #expect(client.current.acknowledged.count == 31, "call \(call)")
            #expect(try client.violations(harness) == [], "call \(call)")
            store.crash()
            let again = try LogHarness(store, options: Self.options())
            #expect(try client.violations(again) == [], "after call \(call)")
        }
    }

    @Test func `a full disk is named, and is over when there is space again`() throws {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        try #require(harness.append([TestRecords.make(0)]).isSuccess)
        store.setFaults([.init(operation: .pwrite, call: 1, errno: 28)])
        store.setFreeSpace(0)
        #expect(harness.append([TestRecords.make(1)]).code == .diskFull)
        guard case .full = harness.core.state else {
            Issue.record("\(harness.core.state)")
            return
        }
        store.setFaults([])
        #expect(harness.append([TestRecords.make(1)]).code == .diskFull)
        #expect(try harness.content().numbers == [0: 0])
        store.setFreeSpace(1 << 40)
        #expect(harness.append([TestRecords.make(1)]).isSuccess)
        #expect(harness.core.state == .writable)
    }

    @Test func `the ballast is given up when the disk is full and taken again after it`() throws {
        let store = SimulatedFileStore()
        store.setFreeSpace(1 << 40)
        let harness = try LogHarness(store)
        harness.core.settleBallast()
        let path = LogHarness.directory + "/ballast"
        try #require(store.paths.contains(path))
        store.setFaults([.init(operation: .pwrite, call: 1, errno: 28)])
        #expect(harness.append([TestRecords.make(1)]).code == .diskFull)
        #expect(!store.paths.contains(path))
        store.setFaults([])
        #expect(harness.append([TestRecords.make(1)]).isSuccess)
        #expect(store.paths.contains(path))
        store.setFreeSpace(1000)
        harness.core.settleBallast()
        #expect(!store.paths.contains(path))
    }

    @Test func `a clock that goes backwards moves nothing but the printed times`() throws {
        var options = LogOptions()
        options.segmentAgeMicroseconds = 1_000_000
        let store = SimulatedFileStore()
        let clock = TestClock()
        let harness = try LogHarness(store, options: options, clock: clock)
        for number in 0..<8 {
            #expect(harness.append([TestRecords.make(UInt64(number))]).isSuccess)
            clock.advance(microseconds: number % 2 == 0 ? -3_600_000_000 : 1_500_000)
        }
        #expect(try harness.content().numbers.count == 8)
        harness.core.close()
        store.crash()
        #expect(try LogHarness(store, options: options, clock: clock).content().numbers.count == 8)
    }

    @Test
    func `a failed sync is not repeated: the segment ends, a second failure ends the writing`()
        throws
    {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        try #require(harness.append([TestRecords.make(0)]).isSuccess)
        store.setFaults([.init(operation: .fdatasync, call: 1, errno: 5)])
        #expect(harness.append([TestRecords.make(1)]).code == .syncFailed)
        #expect(harness.core.state == .writable)
        #expect(harness.append([TestRecords.make(2)]).isSuccess)
        #expect(store.segmentPaths.count == 2)
        store.setFaults([.init(operation: .fdatasync, call: 1, errno: 5)])
        #expect(harness.append([TestRecords.make(3)]).code == .syncFailed)
        #expect(harness.append([TestRecords.make(4)]).code == .readOnly)
        #expect(try harness.content().numbers == [0: 0, 1: 2])
        store.crash()
        let again = try LogHarness(store)
        let numbers = try again.content().numbers
        #expect(numbers[0] == 0 && numbers[1] == 2)
        #expect(again.append([TestRecords.make(5)]).isSuccess)
    }
}
