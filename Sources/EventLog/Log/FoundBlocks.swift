/// A block that was looked up.
struct FoundBlock {
    var block: LogBlock
    /// As it was looked up before the block was read: where another file has taken its place since, the
    /// block is read again, for the lines of a rewritten segment are others.
    var segment: Segment?
    /// What the reader knew last of chunks; of this block where the seed is its own.
    var chunks: BlockReader.ChunkTable?

    func holds(_ offset: UInt64, of segment: Segment?) -> Bool {
        block.offsets.contains(offset) && self.segment === segment
    }
}

/// The blocks that one lookup has met, the newest last; a plain value.
struct FoundBlocks {
    /// The newest events of a rare issue are each in a block of its own, and a page of them is 50.
    static let countLimit = 64
    /// Bytes of their sections: 64 blocks of events of 4 KB, whose columns are some 30 KB.
    static let byteLimit = 4 << 20

    private var blocks: [FoundBlock] = []
    private var byteCount = 0

    func block(at offset: UInt64, of segment: Segment?) -> FoundBlock? {
        // Runs go on where they were.
        blocks.last { $0.holds(offset, of: segment) }
    }

    mutating func insert(_ found: FoundBlock) {
        if blocks.count >= Self.countLimit || byteCount > Self.byteLimit { removeAll() }
        blocks.append(found)
        byteCount += found.block.section.count
    }

    mutating func removeAll() {
        blocks.removeAll(keepingCapacity: true)
        byteCount = 0
    }
}
