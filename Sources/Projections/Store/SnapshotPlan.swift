/// When copies of the views are made, and which are kept: decided from offsets alone.
package enum SnapshotPlan {
    /// Copies of a view that are kept: with so many, evenly spread, a past of ten million events
    /// begins less than a million away, which is a second of folding; each takes as much of the disk
    /// as the view.
    package static let limit = 12
    /// Records since the last copy that are worth one: they fold in some 0.2 s, so nearer copies
    /// save little.
    package static let records: UInt64 = 200_000

    /// Whether the views are to be copied: a segment was closed since, and enough came in it.
    ///
    /// - Parameters:
    ///   - newest: what the newest copies reflect, the oldest of them; nil: a view has none.
    ///   - bases: where the segments begin.
    ///   - end: how far the views are, the one that is least far.
    package static func isDue(
        newest: UInt64?, bases: [UInt64], end: UInt64, records: UInt64 = Self.records
    ) -> Bool {
        let newest = newest ?? 0
        return end >= newest && end - newest >= records
            && bases.contains { $0 > newest && $0 <= end }
    }

    /// Those of the copies that are to be deleted.
    ///
    /// Of no use are those from below the log's beginning, once there is one above; of the others
    /// the oldest and the newest stay, and those between them as evenly as may be.
    ///
    /// - Parameters:
    ///   - offsets: what each copy reflects, in order.
    ///   - first: the first offset that the log has.
    package static func surplus(
        of offsets: [UInt64], first: UInt64, limit: Int = Self.limit
    ) -> [UInt64] {
        var kept = offsets.filter { $0 >= first }
        // Nothing that the log goes on from: better an old copy than none.
        if kept.isEmpty { kept = offsets.suffix(1) }
        while kept.count > max(2, limit) {
            let gaps = zip(kept, kept.dropFirst(2)).map { $1 - $0 }
            guard let least = gaps.indices.min(by: { gaps[$0] < gaps[$1] }) else { break }
            kept.remove(at: least + 1)
        }
        return offsets.filter { !kept.contains($0) }
    }
}
