/// The newest blocks, without their lines, as the writer has built them.
///
/// Those who follow the log read what was written a moment ago: from here they get it without a
/// read, a checksum or an LZ4 block, once for all of them. A plain value; its owner locks.
struct RecentBlocks {
    /// Bytes of digest sections kept: several seconds of full load, and little beside what the
    /// process has otherwise.
    static let byteLimit = 4 << 20

    /// In the order of their offsets, each beginning where the one before ends.
    private var blocks: [LogBlock] = []
    private var byteCount = 0

    /// Adds the block that is durable now.
    mutating func append(_ block: LogBlock) {
        if let last = blocks.last, last.nextOffset != block.baseOffset { removeAll() }
        blocks.append(block)
        byteCount += block.section.count
        guard byteCount > Self.byteLimit else { return }
        // Down to the half, so that the list is moved seldom.
        var dropped = 0
        while byteCount > Self.byteLimit / 2, dropped < blocks.count - 1 {
            byteCount -= blocks[dropped].section.count
            dropped += 1
        }
        blocks.removeFirst(dropped)
    }

    /// The block that holds `offset`, if it is one of the newest.
    func block(containing offset: UInt64) -> LogBlock? {
        guard let first = blocks.first, offset >= first.baseOffset else { return nil }
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
        }
        let block = blocks[low - 1]
        return block.offsets.contains(offset) ? block : nil
    }

    private mutating func removeAll() {
        blocks = []
        byteCount = 0
    }
}
