/// When copies of the views are made, and which are kept: decided from offsets alone.
package enum SnapshotPlan {
    /// Copies of a view that are kept: with so many, evenly spread, a past of ten million events
    /// begins less than a million away, which is a second of folding; each takes as much of the disk
    /// as the view.
    package static let limit = 12
    /// Records since the last copy that are worth one: they fold in a tenth of a second, with 100,000
    /// issues in one, so nearer copies save little.
    package static let records: UInt64 = 100_000

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

    /// Where a copy is to be made of what is over, since copies lie too far apart there: after an import,
    /// a rebuild or a storm there are few; nil: nowhere.
    ///
    /// - Parameters:
    ///   - offsets: what each copy reflects, in order.
    ///   - first: the first offset that the log has.
    package static func hole(
        in offsets: [UInt64], first: UInt64, records: UInt64 = Self.records, limit: Int = Self.limit
    ) -> UInt64? {
        let copies = offsets.filter { $0 >= first && $0 > 0 }
        // With as many as are kept they lie as evenly as may be.
        guard copies.count < limit, let last = copies.last else { return nil }
        // What is not in the log any more is in no fold from its beginning.
        let starts = (first == 0 ? [0] : []) + copies
        let even = max(records, (last - starts[0]) / UInt64(limit))
        let holes = zip(starts, starts.dropFirst()).map { (start: $0, count: $1 - $0) }
        guard let widest = holes.max(by: { $0.count < $1.count }), widest.count > even else {
            return nil
        }
        // So many copies more fill it evenly; this is the first of them.
        return widest.start + widest.count / ((widest.count + even - 1) / even)
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
