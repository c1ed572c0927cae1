import EventLog

/// What is going on when a crash comes; one row of `all` each.
package struct CrashWorkload: Sendable {
    package let name: String
    let segmentByteLimit: UInt64
    /// How often the log is opened, and works for its share of the batches.
    let lifeCount: Int
    /// Lives but the last end with a loss of power instead of cleanly.
    var tears = false
    /// What is done for each batch.
    let step: @Sendable (Life, Int) -> Void

    /// Every workload whose calls are crashed.
    package static let all: [CrashWorkload] = [
        // Batches that overlap, some written while the next is built, over segments.
        .init("append", segmentBytes: 20 * 1024) { life, batch in life.append(batch) },
        // The second life opens what the first has left.
        .init("reopen", segmentBytes: 20 * 1024, lives: 2) { life, batch in life.append(batch) },
        // The same, with a torn tail in between.
        .init("recover", segmentBytes: 20 * 1024, lives: 4, tears: true) { life, batch in
            life.append(batch)
        },
        // Every append in a segment of its own.
        .init("roll", segmentBytes: 8 * 1024) { life, batch in life.append(batch) },
        // Old segments are dropped in between.
        .init("drop", segmentBytes: 8 * 1024) { life, batch in
            life.append(batch)
            if batch > 2 { life.drop(below: batch) }
        },
        // Every other batch is followed by a manifest.
        .init("checkpoint", segmentBytes: 40 * 1024, lives: 2) { life, batch in
            life.append(batch)
            if batch % 2 == 1 { life.checkpoint() }
        },
        // Closed segments are sealed while others are written, and dropped.
        .init("seal", segmentBytes: 12 * 1024, lives: 2) { life, batch in
            life.append(batch)
            if batch % 2 == 0 { life.seal() }
            if batch % 6 == 5 { life.drop(below: batch) }
        },
        // Segments are sealed in a hurry, and packed anew when there is time.
        .init("repack", segmentBytes: 12 * 1024, lives: 2) { life, batch in
            life.append(batch)
            if batch % 2 == 0 { life.seal(quickly: true) }
            if batch % 3 == 0 { life.repack() }
            if batch % 6 == 5 { life.drop(below: batch) }
        },
        // A user is erased from segments that are sealed and from those that are not.
        .init("erase", segmentBytes: 12 * 1024, lives: 2) { life, batch in
            life.append(batch)
            if batch % 3 == 0 { life.seal() }
            if batch % 4 == 3 { life.erase() }
        },
    ]

    private init(
        _ name: String, segmentBytes: UInt64, lives: Int = 1, tears: Bool = false,
        step: @escaping @Sendable (Life, Int) -> Void
    ) {
        self.name = name
        segmentByteLimit = segmentBytes
        lifeCount = lives
        self.tears = tears
        self.step = step
    }

    /// One opening of the log, as the steps of a workload see it.
    struct Life {
        let core: LogCore
        let client: SimulatedClient

        /// Sends three records, of which the next batch repeats one; every other batch is
        /// committed while the next one waits.
        func append(_ batch: Int) {
            client.submit((0..<3).map { UInt64(batch * 2 + $0) }, to: core)
            core.build()
            if batch % 2 == 1 { core.flush() }
        }

        func seal(quickly: Bool = false) { core.sealOne(quickly: quickly) }
        func repack() { core.repackOne() }
        func erase() { client.erase(in: core) }
        func checkpoint() { core.checkpoint() }
        func drop(below offset: Int) { client.drop(below: UInt64(offset), in: core) }
    }

    func run(_ store: SimulatedFileStore, _ client: SimulatedClient, batches: Int) {
        var options = LogOptions()
        options.segmentByteLimit = segmentByteLimit
        // So that a few sealed segments make a group.
        options.idGroupSegmentCount = 2
        let share = max(batches / lifeCount, 5)
        for life in 0..<lifeCount {
            guard let harness = try? LogHarness(store, options: options) else { return }
            let first = life * (share - 2)
            for batch in first..<first + share {
                step(Life(core: harness.core, client: client), batch)
            }
            if tears, life < lifeCount - 1 {
                store.crash()
            } else {
                harness.core.close()
                store.releaseLocks()
            }
        }
    }
}

extension CrashWorkload: CustomStringConvertible {
    package var description: String { name }
}
