/// Makes the footer of a sealed segment from its blocks.
///
/// A plain value; no file. The same blocks give the same bytes, so a check makes it again.
struct FooterBuilder {
    private let baseOffset: UInt64
    private let keySeed: UInt64
    private var zones: [BlockZone] = []
    private var entries: [[UInt64]] = FooterTable.allCases.map { _ in [] }
    private var idHashes: [UInt64] = []
    private var minTime = Int64.max
    private var maxTime = Int64.min

    /// What the trailer says besides.
    struct Origin: Hashable, Sendable {
        var uuid: SegmentUUID
        var chain: UInt64
        var lineChecksum: UInt64
        var lineByteCount: UInt64
        var packing = SealedTrailer.Packing.tight
    }

    init(baseOffset: UInt64, keySeed: UInt64) {
        self.baseOffset = baseOffset
        self.keySeed = keySeed
    }

    /// Adds the next block: its header, and its records.
    mutating func add(_ header: BlockHeader, _ block: LogBlock) {
        zones.append(BlockZone(header, block))
        minTime = min(minTime, header.minTime)
        maxTime = max(maxTime, header.maxTime)
        for index in 0..<block.count {
            let place = block.baseOffset + UInt64(index) - baseOffset
            if block.isUnique(at: index) {
                let hash = KeyHash.hash(block.uniqueKey(at: index), seed: keySeed)
                idHashes.append(hash)
                entries[FooterTable.id.rawValue].append(KeyHash.entry(hash, index: place))
            }
            for kind in IndexKeyKind.allCases {
                let key = block.key(kind, at: index)
                if key == 0 { continue }
                entries[FooterTable(kind).rawValue].append(
                    KeyHash.entry(KeyHash.hash(key, seed: keySeed), index: place))
            }
        }
    }

    /// The layout of the footer behind blocks that end at `position`.
    ///
    /// The manifest tells files apart by their length: one that would be as long as before it
    /// was sealed gets a sector more.
    func layout(at position: UInt64, notOfLengths lengths: [UInt64]) -> FooterLayout {
        var layout = FooterLayout(
            position: position, blockCount: zones.count, entryCounts: entries.map(\.count))
        while lengths.contains(layout.end) {
            layout.paddingByteCount += LogLimits.sectorByteCount
        }
        return layout
    }

    /// Writes the whole footer into `target`, which has exactly its length, and sorts on the way.
    mutating func encode(
        _ layout: FooterLayout, _ origin: Origin, seed: SegmentSeed,
        into target: UnsafeMutableRawBufferPointer
    ) {
        precondition(target.count == Int(layout.end - layout.position), "a footer fits exactly")
        target.initializeMemory(as: UInt8.self, repeating: 0)
        encodeBlocks(layout, seed, into: target.part(0..<layout.blockTableByteCount))
        for table in FooterTable.allCases {
            entries[table.rawValue].sort()
            encodeEntries(table, layout, seed, into: target)
        }
        encodeFilter(layout, seed, into: target)
        let trailer = SealedTrailer(
            layout: layout, nextOffset: zones.last?.entry.nextOffset ?? baseOffset,
            minTime: minTime, maxTime: maxTime, originalUUID: origin.uuid,
            originalChain: origin.chain, lineChecksum: origin.lineChecksum,
            lineByteCount: origin.lineByteCount, keySeed: keySeed, packing: origin.packing)
        trailer.encode(
            into: target.part(target.count - SealedTrailer.byteCount..<target.count),
            baseOffset: baseOffset, seed: seed)
    }

    private func encodeBlocks(
        _ layout: FooterLayout, _ seed: SegmentSeed, into target: UnsafeMutableRawBufferPointer
    ) {
        target.put(FooterHead.magic, at: 0)
        target.put(UInt32(layout.trailerPosition - layout.position - 8), at: 4)
        target.put(FooterHead.tag, at: 8)
        for (index, zone) in zones.enumerated() {
            let start = FooterLayout.headByteCount + index * FooterLayout.blockEntryByteCount
            zone.encode(into: target.part(start..<start + FooterLayout.blockEntryByteCount))
        }
        let covered = UnsafeRawBufferPointer(target.part(0..<target.count - 8))
        target.put(
            Checksum.hash(covered, seed: seed.at(layout.position)), at: target.count - 8)
    }

    private func encodeEntries(
        _ table: FooterTable, _ layout: FooterLayout, _ seed: SegmentSeed,
        into target: UnsafeMutableRawBufferPointer
    ) {
        let sorted = entries[table.rawValue]
        for page in 0..<layout.pageCount(table) {
            let position = layout.tablePosition(table) + UInt64(page * KeyPage.byteCount)
            let start = Int(position - layout.position)
            let bytes = target.part(start..<start + KeyPage.byteCount)
            let first = page * FooterLayout.pageEntryCount
            for index in first..<min(first + FooterLayout.pageEntryCount, sorted.count) {
                bytes.put(sorted[index], at: 8 * (index - first))
            }
            KeyPage.close(bytes, at: position, seed)
        }
    }

    private func encodeFilter(
        _ layout: FooterLayout, _ seed: SegmentSeed, into target: UnsafeMutableRawBufferPointer
    ) {
        let start = Int(layout.filterPosition - layout.position)
        let pageCount = layout.filterPageCount
        func page(_ index: Int) -> UnsafeMutableRawBufferPointer {
            let first = start + index * KeyPage.byteCount
            return target.part(first..<first + KeyPage.byteCount)
        }
        for hash in idHashes {
            KeyFilter.insert(hash, into: page(KeyFilter.page(hash, of: pageCount)))
        }
        for index in 0..<pageCount {
            let position = layout.filterPosition + UInt64(index * KeyPage.byteCount)
            KeyPage.close(page(index), at: position, seed)
        }
    }
}

/// The first 16 bytes of a footer: the head of a skippable frame, up to the trailer, and a tag.
enum FooterHead {
    static let magic: UInt32 = 0x184D_2A5C
    /// "FLOGIDX2" as a little-endian number.
    static let tag: UInt64 = 0x3258_4449_474F_4C46
}
