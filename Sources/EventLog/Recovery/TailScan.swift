/// Finds the facts about the end of the newest segment.
///
/// Headers are walked from the last checkpoint, or from the start where there is none; only the
/// last block, which no later one proves durable, is read and checked whole.
struct TailScan {
    /// What was found.
    struct Result {
        var facts: TailRecovery.Facts
        var table: BlockTable
        /// Where the walk began, when that was not the first block.
        var start: BlockTable.Start?
        /// The header checksum of the last block, or what the first one would carry.
        var chain: UInt64
        /// The last block: nothing but its own bytes says that it was ever durable.
        var unproven: BlockEntry?
    }

    let segment: Segment
    /// Of this segment; everything below it was durable.
    var checkpoint: Manifest.Checkpoint?

    /// `file` is read for the last block only, past the page cache when it can.
    func scan(_ file: any File) throws(FileError) -> Result {
        if segment.header.isSealed { return try scanSealed() }
        let source = try segment.readFile()
        // A file that ends before the checkpoint has to be looked at from its start.
        let size = try source.size()
        let mark = checkpoint.flatMap { size >= $0.position ? $0 : nil }
        let walk = try SegmentScan(
            file: source, seed: segment.seed, offsetLimit: segment.header.offsetEnd
        )
        .walk(
            from: mark?.position ?? UInt64(SegmentHeader.byteCount),
            expecting: mark?.offset ?? segment.baseOffset)
        var headers = walk.headers
        var end = walk.end
        var trailing = walk.trailingByteCount
        // A block is begun only after the one before it was synced.
        var known = max(segment.baseOffset, checkpoint?.offset ?? 0)
        if let last = headers.last {
            known = max(known, last.baseOffset, last.durableOffset)
            if try !isWhole(last, file) {
                headers.removeLast()
                trailing += end - last.position
                end = last.position
            }
        }
        var table = BlockTable()
        for header in headers { table.append(BlockEntry(header)) }
        return Result(
            facts: TailRecovery.Facts(
                end: end,
                nextOffset: headers.last?.nextOffset ?? mark?.offset ?? segment.baseOffset,
                trailingByteCount: trailing, knownDurableOffset: known),
            table: table, start: mark.map { .init(position: $0.position, offset: $0.offset) },
            chain: headers.isEmpty
                ? mark?.chain ?? segment.header.previousChain
                : walk.checksums[headers.count - 1],
            unproven: table.last)
    }

    /// A sealed segment is the newest when the one behind it held nothing, or is gone.
    ///
    /// It has no tail: all of it was synced before it took its name.
    private func scanSealed() throws(FileError) -> Result {
        let footer = try segment.footer()
        let source = try segment.readFile()
        var table = BlockTable()
        var proven = segment.baseOffset
        try SegmentScan(
            file: source, seed: segment.seed, offsetLimit: segment.header.offsetEnd
        )
        .forEachHeader(from: UInt64(SegmentHeader.byteCount), expecting: segment.baseOffset) {
            header, _ in
            table.append(BlockEntry(header))
            proven = max(proven, header.durableOffset)
        }
        let known = max(proven, footer?.trailer.nextOffset ?? 0, checkpoint?.offset ?? 0)
        return Result(
            facts: TailRecovery.Facts(
                end: try source.size(),
                nextOffset: table.last?.nextOffset ?? segment.baseOffset,
                trailingByteCount: 0, knownDurableOffset: known),
            table: table, start: nil, chain: footer?.trailer.originalChain ?? 0, unproven: nil)
    }

    private func isWhole(_ header: BlockHeader, _ file: any File) throws(FileError) -> Bool {
        let outcome = try BlockReader().read(
            BlockEntry(header), from: file, segment.seed, .all)
        if case .block = outcome { return true }
        return false
    }
}
