/// Where the log stood at a time.
extension LogReader {
    /// The offset of the first record that was received after `time` (microseconds since 1970); the
    /// end of the log where there is none.
    ///
    /// Nothing below it was received later, also where the clock went back: what came behind a
    /// record of a later time counts as later. Of sealed segments only the zone maps are read, of
    /// others the header fields.
    package func firstOffset(receivedAfter time: Int64) throws(LogError) -> UInt64 {
        guard time < Int64.max else { return catalog.durableOffset }
        let filter = ZoneFilter(times: time + 1..<Int64.max)
        let end = catalog.durableOffset
        var next = catalog.firstOffset
        while true {
            next = skip(from: next, to: filter)
            guard next < end, let found = try read(at: next, .columns) else { return end }
            switch found {
            case .gap(let offsets, _):
                next = offsets.upperBound
            case .block(let block):
                let start = Int(next - block.baseOffset)
                if let index = (start..<block.count).first(where: { block.time(at: $0) > time }) {
                    return min(block.baseOffset + UInt64(index), end)
                }
                next = block.nextOffset
            }
        }
    }

    /// When the record at `offset` was received, in microseconds since 1970; nil where that cannot
    /// be read.
    package func time(at offset: UInt64) throws(LogError) -> Int64? {
        guard case .block(let block)? = try columns(at: offset) else { return nil }
        return block.time(at: Int(offset - block.baseOffset))
    }
}
