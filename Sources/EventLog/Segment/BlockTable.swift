/// Where one block is and what it holds: what a reader needs to know to read just what it wants.
struct BlockEntry: Hashable, Sendable {
    var position: UInt64
    var baseOffset: UInt64
    var recordCount: UInt32
    /// Bytes before the LZ4 frame.
    var prefixByteCount: UInt32
    var byteCount: UInt32

    init(_ header: BlockHeader) {
        position = header.position
        baseOffset = header.baseOffset
        recordCount = header.recordCount
        prefixByteCount = UInt32(header.prefixByteCount)
        byteCount = header.byteCount
    }

    init(
        position: UInt64, baseOffset: UInt64, recordCount: UInt32, prefixByteCount: UInt32,
        byteCount: UInt32
    ) {
        self.position = position
        self.baseOffset = baseOffset
        self.recordCount = recordCount
        self.prefixByteCount = prefixByteCount
        self.byteCount = byteCount
    }

    var nextOffset: UInt64 { baseOffset + UInt64(recordCount) }
    var offsets: Range<UInt64> { baseOffset..<nextOffset }
    var end: UInt64 { position + UInt64(byteCount) }
}

/// The blocks of one segment in the order of their offsets.
struct BlockTable: Sendable {
    private(set) var entries: [BlockEntry] = []

    /// The place in the middle of a segment from which its blocks are known.
    struct Start: Hashable, Sendable {
        var position: UInt64
        var offset: UInt64
    }

    mutating func append(_ entry: BlockEntry) {
        precondition(
            entries.last.map { $0.nextOffset <= entry.baseOffset } ?? true,
            "blocks are in the order of their offsets")
        entries.append(entry)
    }

    /// What the table says about an offset.
    enum Place: Hashable, Sendable {
        case block(BlockEntry)
        /// No block holds it; the bounds are those of its neighbours, where there are any.
        case hole(lower: UInt64?, upper: UInt64?)
    }

    func place(of offset: UInt64) -> Place {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].baseOffset <= offset { low = middle + 1 } else { high = middle }
        }
        if low > 0, entries[low - 1].offsets.contains(offset) { return .block(entries[low - 1]) }
        return .hole(
            lower: low > 0 ? entries[low - 1].nextOffset : nil,
            upper: low < entries.count ? entries[low].baseOffset : nil)
    }
}
