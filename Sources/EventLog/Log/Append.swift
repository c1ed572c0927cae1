/// Where one record of a batch ended up.
package enum AppendOutcome: Hashable, Sendable {
    case appended(offset: UInt64)
    /// A record with the same project, type and id is in the log already, at `offset`.
    case duplicate(offset: UInt64)

    package var offset: UInt64 {
        switch self {
        case .appended(let offset), .duplicate(let offset): offset
        }
    }
}

/// The answer to a batch: when it is given, what `durability` promises holds for its records.
package struct AppendReceipt: Sendable {
    /// One outcome for each record of the batch, in its order; none when `durability` is `async`.
    package var outcomes: [AppendOutcome]
    /// Everything below this offset is on disk.
    package var durableOffset: UInt64
    /// What the answer stands for.
    package var durability: Durability

    package init(
        outcomes: [AppendOutcome], durableOffset: UInt64, durability: Durability = .durable
    ) {
        self.outcomes = outcomes
        self.durableOffset = durableOffset
        self.durability = durability
    }
}
