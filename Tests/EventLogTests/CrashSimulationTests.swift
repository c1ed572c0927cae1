import EventLog
import EventLogTestSupport
import Testing

/// A workload on a disk that loses power: what was acknowledged is there, nothing is invented.
///
/// `faultlog-torture` runs the same trials in numbers.
@Suite struct CrashSimulationTests {
    private static func run(
        _ count: Int, _ trial: (UInt64) -> CrashTrials.Outcome
    ) -> (failing: [UInt64], acknowledged: Int) {
        var failing: [UInt64] = []
        var acknowledged = 0
        for seed in UInt64(1)...UInt64(count) {
            let outcome = trial(seed)
            acknowledged += outcome.acknowledgedCount
            guard !outcome.violations.isEmpty else { continue }
            failing.append(seed)
            if failing.count < 4 { print("seed \(seed): \(outcome.violations)") }
        }
        print("seeds \(count), acknowledged \(acknowledged), failing \(failing.prefix(20))")
        return (failing, acknowledged)
    }

    @Test func `nothing acknowledged is lost over crashes, kills and faults`() {
        let count = seedCount(2000)
        let result = Self.run(count, CrashTrials.run(seed:))
        #expect(result.failing.isEmpty)
        #expect(result.acknowledged > count)
    }

    @Test func `a bad disk never gives a wrong record, and what it takes is named`() {
        #expect(Self.run(seedCount(1000), CrashTrials.runHostile(seed:)).failing.isEmpty)
    }

    @Test func `the same seed gives the same bytes`() {
        func run() -> [[UInt8]] {
            var random = SeededRandom(seed: 77)
            let store = SimulatedFileStore(seed: 77)
            let clock = TestClock()
            for _ in 0..<3 {
                CrashTrials.live(store, SimulatedClient(), clock, &random)
                store.crash()
            }
            return store.paths.map { store.bytes($0) }
        }
        #expect(run() == run())
    }

    @Test(arguments: CrashWorkload.all, [true, false])
    func `a crash after any call of a workload loses nothing`(
        workload: CrashWorkload, direct: Bool
    ) {
        let tally = CrashPoints.Tally()
        CrashPoints(workload, direct: direct, isLarge: false).run(variants: 20, into: tally)
        let outcome = tally.outcome
        print("crash states of \(workload): \(outcome.distinctCount)")
        #expect(outcome.examples == [])
        #expect(outcome.violationCount == 0)
        #expect(outcome.callCount > 10)
    }
}
