/// What a board lacks of the snapshots that it is brought up to, one after the other.
///
/// Commits are noted behind them, so that a snapshot may have one that is not noted yet, and what is noted
/// may be of one that the snapshot does not have. A pure value.
struct BoardChanges {
    /// Rows that the board has to read; nil: all.
    private var rows: Set<Int64>?
    /// Everything below was noted, or is in the board.
    private var end: UInt64 = 0
    /// What was noted is not all that a later snapshot changes.
    private var isBroken = false

    /// Of a board that has nothing yet.
    init() {}

    /// Rows to be read; nil: all.
    struct Lacking: Equatable {
        var rows: [Int64]?
    }

    /// - Parameter isNoted: the snapshot is still to come: nothing between the two is lost.
    mutating func add(_ taken: RowChanges.Taken, isNoted: Bool) {
        switch taken {
        case .all(let below):
            rows = nil
            if let below { end = max(end, below) }
            // What came between the snapshot and this is known to nobody.
            if !isNoted { isBroken = true }
        case .some(let more, let below):
            rows?.formUnion(more)
            end = max(end, below ?? end)
        }
    }

    /// What a snapshot changes, which reflects everything below `snapshot`; nil: some of it is not noted yet.
    func lacking(of snapshot: UInt64) -> Lacking? {
        guard let rows else { return Lacking(rows: nil) }
        return end >= snapshot ? Lacking(rows: Array(rows)) : nil
    }

    /// The board is now as the snapshot is.
    mutating func leave(_ snapshot: UInt64) {
        if isBroken {
            self = BoardChanges()
        } else if end > snapshot, rows != nil {
            // Some rows are of commits that the snapshot has not: they are read once more.
        } else {
            rows = []
        }
        end = max(end, snapshot)
    }
}
