/// Finds what holds an offset: a block, or a gap with its bounds.
struct CatalogWalk {
    let catalog: SegmentCatalog
    let reader: BlockReader

    /// Reads at `offset`, which must be below `end`, the durable offset.
    func read(
        at offset: UInt64, below end: UInt64, _ part: BlockReader.Part
    ) throws(LogError) -> LogRead {
        if let gap = catalog.gap(at: offset), gap.reason.isWholeSegment {
            let upper = min(gap.offsets.upperBound, end)
            return .gap(offsets: gap.offsets.lowerBound..<upper, reason: gap.reason)
        }
        guard let segment = catalog.segment(for: offset) else {
            return .gap(offsets: 0..<max(catalog.firstOffset, offset + 1), reason: .dropped)
        }
        do throws(FileError) {
            switch try segment.place(of: offset) {
            case .block(let entry):
                switch try reader.read(entry, of: segment, part) {
                case .block(let block): return .block(block)
                case .damaged(let reason): return gap(entry.offsets, reason, segment)
                }
            case .hole(let lower, let upper):
                let limit = min(segment.offsetLimit ?? end, end)
                let bounds = (lower ?? segment.baseOffset)..<(upper ?? limit)
                return gap(bounds, upper == nil ? .missingBytes : .blockHeader, segment)
            }
        } catch {
            throw LogError(error)
        }
    }

    /// What a read has found is in the status from then on.
    private func gap(_ offsets: Range<UInt64>, _ reason: GapReason, _ segment: Segment) -> LogRead {
        catalog.note([.init(path: segment.path, offsets: offsets, reason: reason)])
        return .gap(offsets: offsets, reason: reason)
    }
}
