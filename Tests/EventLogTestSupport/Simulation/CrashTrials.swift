package import EventLog

/// Lives of a log on a simulated disk: appends, faults, crashes, and the promises checked at the
/// end.
package enum CrashTrials {
    /// What one seed has shown.
    package struct Outcome: Sendable {
        package var violations: [String]
        package var acknowledgedCount: Int
    }

    /// Small segments, so that a short life has several.
    package static let options: LogOptions = {
        var options = LogOptions()
        options.segmentByteLimit = 20 * 1024
        return options
    }()

    /// One to four lives from one seed: the same seed is the same run, byte for byte.
    package static func run(seed: UInt64) -> Outcome {
        var random = SeededRandom(seed: seed)
        let store = SimulatedFileStore(seed: seed, bypassesCache: random.chance(oneIn: 2))
        store.setShortCalls(random.chance(oneIn: 2))
        let client = SimulatedClient()
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
            live(store, client, clock, &random)
            if random.chance(oneIn: 4) { store.kill() } else { store.crash() }
        }
        return check(store, client, clock)
    }

    /// The same, and between two lives the disk turns bits, loses sectors or puts them elsewhere.
    package static func runHostile(seed: UInt64) -> Outcome {
        var random = SeededRandom(seed: seed ^ 0x5EED)
        let store = SimulatedFileStore(seed: seed, bypassesCache: random.chance(oneIn: 2))
        let client = SimulatedClient()
        let clock = TestClock()
        for _ in 0..<1 + random.below(3) {
            live(store, client, clock, &random)
            if random.chance(oneIn: 2) { store.kill() } else { store.crash() }
        }
        for _ in 0..<1 + random.below(3) { store.damage(&random) }
        return check(store, client, clock, isHostile: true)
    }

    /// One life: open, append while faults strike, and stop anywhere.
    package static func live(
        _ store: SimulatedFileStore, _ client: SimulatedClient, _ clock: TestClock,
        _ random: inout SeededRandom
    ) {
        guard let harness = try? LogHarness(store, options: options, clock: clock) else { return }
        for _ in 0..<1 + random.below(12) {
            switch random.below(7) {
            case 0, 1, 2:
                let count = 1 + random.below(6)
                let numbers = (0..<count).map { _ in UInt64(random.below(60)) }
                client.submit(
                    numbers, durability: random.chance(oneIn: 4) ? .os : .durable, to: harness.core)
            case 3: harness.core.build()
            case 4: harness.core.flush()
            case 5 where random.chance(oneIn: 6):
                client.drop(
                    below: UInt64(random.below(Int(harness.core.durableOffset) + 1)),
                    in: harness.core)
            case 6: seal(harness, &random)
            default: clock.advance(microseconds: Int64(random.below(2_000_000)))
            }
        }
        if random.chance(oneIn: 3) { harness.core.drain() }
        if random.chance(oneIn: 4) { harness.core.close() }
    }

    /// Seals a segment, or stops in the middle of it.
    private static func seal(_ harness: LogHarness, _ random: inout SeededRandom) {
        var left = random.chance(oneIn: 4) ? random.below(6) : Int.max
        func goesOn() -> Bool {
            left -= 1
            return left > 0
        }
        let step = harness.core.sealOne(quickly: random.chance(oneIn: 2), goesOn: goesOn)
        if step == .nothing { harness.core.repackOne(goesOn: goesOn) }
    }

    private static func check(
        _ store: SimulatedFileStore, _ client: SimulatedClient, _ clock: TestClock,
        isHostile: Bool = false
    ) -> Outcome {
        var found: [String]
        do {
            let harness = try LogHarness(store, options: options, clock: clock)
            found = try client.violations(harness, isHostile: isHostile)
        } catch {
            // A log whose newest segment cannot be told from another's is not opened.
            found = isHostile && error is LogError ? [] : ["did not open: \(error)"]
        }
        return Outcome(
            violations: found, acknowledgedCount: client.current.acknowledged.count)
    }
}

extension Result {
    package var isFailure: Bool {
        if case .failure = self { return true }
        return false
    }
}
