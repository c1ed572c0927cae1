/// Passing over what cannot be wanted, without reading it.
extension LogReader {
    /// The first offset from `offset` on that lies in a block which may hold what `filter` is
    /// after; the end of the log where there is none.
    ///
    /// Sealed segments know that of their blocks; of all others every block may. What is passed
    /// over is not read, so that damage there goes unnoticed: `readBlock` finds it, and so does a
    /// verification.
    package func skip(from offset: UInt64, to filter: ZoneFilter) -> UInt64 {
        let end = catalog.durableOffset
        var next = offset
        while next < end, let zones = catalog.zones(at: next) {
            let first = zones.partitioningIndex { $0.entry.nextOffset > next }
            // Between two segments something is missing.
            guard first < zones.count, zones[first].entry.baseOffset <= next else { break }
            if let zone = zones[first...].first(where: filter.mayTake) {
                return max(next, zone.entry.baseOffset)
            }
            next = zones[zones.count - 1].entry.nextOffset
        }
        return min(next, max(offset, end))
    }
}

extension [BlockZone] {
    /// The first index for which `isBehind` holds, in an array where it holds from there on.
    fileprivate func partitioningIndex(_ isBehind: (BlockZone) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
