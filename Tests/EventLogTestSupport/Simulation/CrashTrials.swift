package import EventLog

/// Lives of a log on a simulated disk: appends, faults, crashes, and the promises checked at the
/// end.
package enum CrashTrials {
    /// What one seed has shown.
    package struct Outcome: Sendable {
        package var violations: [String]
        package var acknowledgedCount: Int
        package var stateCount = 1
        /// The disks that were opened: variants of a crash may leave the same bytes.
        package var images: Set<Int> = []
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
        harness.core.sealOne {
            left -= 1
            return left > 0
        }
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

    /// Crashes a workload before its call number `call`, and checks `variants` of what the disk may
    /// have kept; nil when the workload makes fewer calls.
    package static func crashPoint(
        call: Int, variants: Int, direct: Bool, workload: Workload, isLarge: Bool = false
    ) throws -> Outcome? {
        // Large: groups of a dozen sectors, so that there is much to tear.
        let client = SimulatedClient(recordSize: isLarge ? 2500 : 120)
        let store = SimulatedFileStore(seed: UInt64(call), bypassesCache: direct)
        store.stop(before: call)
        workload.run(store, client, batches: isLarge ? 24 : 8)
        if store.callCount < call { return nil }
        var outcome = Outcome(
            violations: [], acknowledgedCount: client.current.acknowledged.count, stateCount: 0)
        for variant in UInt64(1)...UInt64(variants) {
            let copy = store.copy(seed: variant)
            copy.crash()
            // Most calls leave nothing to tear: what was looked at is not looked at again.
            guard outcome.images.insert(copy.imageHash).inserted else { continue }
            outcome.stateCount += 1
            let harness = try LogHarness(copy, options: options)
            var found = try client.violations(harness)
            if harness.append([TestRecords.make(999)]).isFailure { found.append("not writable") }
            outcome.violations += found.map { "variant \(variant): \($0)" }
        }
        return outcome
    }

    /// What is going on when the crash comes.
    package enum Workload: String, CaseIterable, Sendable {
        /// Batches of three that overlap, some written while the next is built, over segments.
        case append
        /// The same over two lives: the second opens what the first has left.
        case reopen
        /// Every append in a segment of its own.
        case roll
        /// The same, and old segments are dropped in between.
        case drop

        /// Closed segments are sealed while others are written, over two lives.
        case seal

        func run(_ store: SimulatedFileStore, _ client: SimulatedClient, batches: Int) {
            switch self {
            case .append: Self.life(store, client, from: 0, batches: batches, CrashTrials.options)
            case .reopen:
                let half = batches / 2
                Self.life(store, client, from: 0, batches: half, CrashTrials.options)
                store.releaseLocks()
                Self.life(store, client, from: half - 2, batches: half, CrashTrials.options)
            case .roll, .drop:
                var options = CrashTrials.options
                options.segmentByteLimit = 8192
                Self.life(
                    store, client, from: 0, batches: batches * 3 / 4, options,
                    isDropping: self == .drop)
            case .seal:
                var options = CrashTrials.options
                options.segmentByteLimit = 12 * 1024
                let half = max(batches / 2, 5)
                Self.life(store, client, from: 0, batches: half, options, isSealing: true)
                store.releaseLocks()
                Self.life(store, client, from: half - 2, batches: half, options, isSealing: true)
            }
        }

        private static func life(
            _ store: SimulatedFileStore, _ client: SimulatedClient, from first: Int, batches: Int,
            _ options: LogOptions, isDropping: Bool = false, isSealing: Bool = false
        ) {
            guard let harness = try? LogHarness(store, options: options) else { return }
            for batch in first..<first + batches {
                client.submit((0..<3).map { UInt64(batch * 2 + $0) }, to: harness.core)
                harness.core.build()
                if batch % 2 == 1 { harness.core.flush() }
                if isDropping, batch > 2 { client.drop(below: UInt64(batch), in: harness.core) }
                if isSealing, batch % 2 == 0 { harness.core.sealOne() }
                if isSealing, batch % 6 == 5 { client.drop(below: UInt64(batch), in: harness.core) }
            }
            harness.core.close()
        }
    }
}

extension Result {
    package var isFailure: Bool {
        if case .failure = self { return true }
        return false
    }
}
