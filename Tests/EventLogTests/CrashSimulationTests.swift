import EventLog
import EventLogTestSupport
import Synchronization
import Testing

/// A workload on a disk that loses power: what was acknowledged is there, nothing is invented.
@Suite struct CrashSimulationTests {
    /// What the client knows.
    final class Client: Sendable {
        struct State {
            /// Offsets by record number, as acknowledged.
            var acknowledged: [UInt64: UInt64] = [:]
            var submitted: Set<UInt64> = []
            var answerCount = 0
            var violations: [String] = []
        }
        let state = Mutex(State())

        func submit(_ numbers: [UInt64], to core: LogCore) {
            state.withLock { $0.submitted.formUnion(numbers) }
            core.submit(numbers.map { TestRecords.make($0) }) { result in
                self.state.withLock { state in
                    state.answerCount += 1
                    guard case .success(let receipt) = result else { return }
                    for (number, outcome) in zip(numbers, receipt.outcomes) {
                        if outcome.offset >= receipt.durableOffset {
                            state.violations.append(
                                "acknowledged \(number) above the durable offset")
                        }
                        if let earlier = state.acknowledged[number], earlier != outcome.offset {
                            state.violations.append(
                                "\(number) at \(earlier) and at \(outcome.offset)")
                        }
                        state.acknowledged[number] = outcome.offset
                    }
                }
            }
        }
    }

    /// Compares what a log holds with what its client knows.
    static func violations(_ harness: LogHarness, _ client: Client) throws -> [String] {
        let content = try harness.content()
        var found = client.state.withLock { $0.violations }
        if !content.gaps.isEmpty { found.append("gaps \(content.gaps)") }
        if !content.falseOffsets.isEmpty { found.append("false records \(content.falseOffsets)") }
        if content.numbers.keys.sorted() != Array(0..<UInt64(content.numbers.count)) {
            found.append("offsets are not dense")
        }
        if Set(content.numbers.values).count != content.numbers.count {
            found.append("a record twice")
        }
        let (acknowledged, submitted) = client.state.withLock { ($0.acknowledged, $0.submitted) }
        for (number, offset) in acknowledged where content.numbers[offset] != number {
            found.append("lost \(number), acknowledged at \(offset)")
        }
        if !submitted.isSuperset(of: content.numbers.values) {
            found.append("a record nobody sent")
        }
        return found
    }

    private static func options() -> LogOptions {
        var options = LogOptions()
        options.segmentByteLimit = 20 * 1024
        return options
    }

    /// One life: open, append while faults strike, crash or be killed.
    ///
    /// Returns calls made.
    private static func live(
        _ store: SimulatedFileStore, _ client: Client, _ clock: TestClock,
        _ random: inout SeededRandom
    ) {
        guard let harness = try? LogHarness(store, options: options(), clock: clock) else { return }
        for _ in 0..<1 + random.below(12) {
            switch random.below(6) {
            case 0, 1, 2:
                let count = 1 + random.below(6)
                client.submit((0..<count).map { _ in UInt64(random.below(60)) }, to: harness.core)
            case 3: harness.core.build()
            case 4: harness.core.flush()
            default: clock.advance(microseconds: Int64(random.below(2_000_000)))
            }
        }
        if random.chance(oneIn: 3) { harness.core.drain() }
        if random.chance(oneIn: 4) { harness.core.close() }
    }

    @Test func `nothing acknowledged is lost over crashes, kills and faults`() throws {
        let count = seedCount(2000)
        var failing: [UInt64] = []
        var acknowledgedCount = 0
        for seed in UInt64(1)...UInt64(count) {
            var random = SeededRandom(seed: seed)
            let store = SimulatedFileStore(seed: seed, bypassesCache: random.chance(oneIn: 2))
            store.setShortCalls(random.chance(oneIn: 2))
            let client = Client()
            let clock = TestClock()
            for _ in 0..<1 + random.below(4) {
                if random.chance(oneIn: 2) {
                    let codes: [Int32] = [5, 28]
                    store.setFaults([
                        .init(
                            call: 1 + random.below(80), errno: codes[random.below(2)],
                            isLasting: random.chance(oneIn: 3))
                    ])
                }
                Self.live(store, client, clock, &random)
                if random.chance(oneIn: 4) { store.kill() } else { store.crash() }
            }
            let found: [String]
            do {
                found = try Self.violations(
                    try LogHarness(store, options: Self.options(), clock: clock), client)
            } catch {
                found = ["did not open: \(error)"]
            }
            acknowledgedCount += client.state.withLock { $0.acknowledged.count }
            if !found.isEmpty {
                failing.append(seed)
                if failing.count < 4 { print("seed \(seed): \(found)") }
            }
        }
        print(
            "seeds \(count), records acknowledged \(acknowledgedCount), failing seeds \(failing.prefix(20))"
        )
        #expect(failing.isEmpty)
        #expect(acknowledgedCount > count)
    }

    @Test func `the same seed gives the same bytes`() throws {
        func run() -> [[UInt8]] {
            var random = SeededRandom(seed: 77)
            let store = SimulatedFileStore(seed: 77)
            let clock = TestClock()
            for _ in 0..<3 {
                Self.live(store, Client(), clock, &random)
                store.crash()
            }
            return store.paths.map { store.bytes($0) }
        }
        #expect(run() == run())
    }

    @Test(arguments: [true, false]) func `a crash after any call of a workload loses nothing`(
        direct: Bool
    ) throws {
        func work(_ store: SimulatedFileStore, _ client: Client) {
            guard let harness = try? LogHarness(store, options: Self.options()) else { return }
            for batch in 0..<8 {
                client.submit((0..<3).map { UInt64(batch * 2 + $0) }, to: harness.core)
                harness.core.build()
                if batch % 2 == 1 { harness.core.flush() }
            }
            harness.core.close()
        }
        let measure = SimulatedFileStore(seed: 1, bypassesCache: direct)
        work(measure, Client())
        var stateCount = 0
        for call in 1...measure.callCount + 1 {
            // From this call on nothing works any more: the process might as well be dead.
            let client = Client()
            let store = SimulatedFileStore(seed: UInt64(call), bypassesCache: direct)
            store.setFaults([.init(call: call, errno: 5, isLasting: true)])
            work(store, client)
            for variant in UInt64(1)...20 {
                let copy = store.copy(seed: variant)
                copy.crash()
                stateCount += 1
                let harness = try LogHarness(copy, options: Self.options())
                let found = try Self.violations(harness, client)
                #expect(found.isEmpty, "call \(call), variant \(variant)")
                #expect(harness.append([TestRecords.make(999)]).isSuccess)
            }
        }
        print("crash states: \(stateCount)")
    }
}
