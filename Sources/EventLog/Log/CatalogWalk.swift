/// Finds what holds an offset: a block, or a gap with its bounds.
struct CatalogWalk {
    let catalog: SegmentCatalog
    let reader: BlockReader

    /// Reads at `offset`, which must be below `end`, the durable offset.
    func read(at offset: UInt64, below end: UInt64, payload: Bool) throws(LogError) -> LogRead {
        guard let segment = catalog.segment(for: offset) else {
            let first = catalog.segments.first?.baseOffset ?? end
            return .gap(offsets: offset..<max(first, offset + 1), reason: .missingBytes)
        }
        do throws(FileError) {
            switch try segment.place(of: offset) {
            case .block(let entry):
                switch try reader.read(entry, of: segment, payload: payload) {
                case .block(let block): return .block(block)
                case .damaged(let reason): return .gap(offsets: entry.offsets, reason: reason)
                }
            case .hole(let lower, let upper):
                let limit = min(segment.offsetLimit ?? end, end)
                let bounds = (lower ?? segment.baseOffset)..<(upper ?? limit)
                return .gap(
                    offsets: bounds, reason: upper == nil ? .missingBytes : .blockHeader)
            }
        } catch {
            throw LogError(error)
        }
    }
}
