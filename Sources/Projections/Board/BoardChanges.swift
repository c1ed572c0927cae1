/// What a board lacks of the snapshots that it is brought up to, one after the other.
///
/// Commits are announced before they can be seen, so that of what is noted a snapshot may lack the end. A
/// pure value.
struct BoardChanges<Edit: RowEdit> {
    /// The board has to read all rows; then it is not known what commits up to this offset have changed.
    private var unknownEnd: UInt64? = 0
    /// Those that are noted, and not in the board.
    private var commits: [RowChanges<Edit>.Commit] = []

    /// Of a board that has nothing yet.
    init() {}

    /// What brings a board up to a snapshot.
    struct Lacking {
        /// To be read in it, whatever edits say of them; nil: all.
        var rows: Set<Int64>?
        /// Then these are made, in their order.
        var edits: [Edit] = []
    }

    /// Adds what was taken; to be called before a snapshot is opened, so that all is noted from then on,
    /// and behind it, for what it has that was noted meanwhile.
    mutating func add(_ taken: RowChanges<Edit>.Taken) {
        switch taken {
        case .all(let below):
            unknownEnd = max(unknownEnd ?? 0, below)
            commits = []
        case .some(let more):
            commits += more
        }
    }

    /// What a snapshot changes, which reflects everything below `snapshot`.
    func lacking(of snapshot: UInt64) -> Lacking {
        if unknownEnd != nil { return Lacking(rows: nil) }
        // Rows of commits that the snapshot may lack are read now, and once more then: it may have a part
        // of what several commits have changed. An edit must be made once, and in its snapshot.
        return Lacking(
            rows: commits.reduce(into: Set()) { $0.formUnion($1.rows) },
            edits: commits.filter { $0.end <= snapshot }.flatMap(\.edits))
    }

    /// The board is now as the snapshot is.
    mutating func leave(_ snapshot: UInt64) {
        // What lies between the snapshot and the end of what is unknown is read with the next one.
        if let unknownEnd, unknownEnd > snapshot { return }
        unknownEnd = nil
        commits.removeAll { $0.end <= snapshot }
    }
}
