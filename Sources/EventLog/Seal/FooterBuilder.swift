/// Makes the footer of a sealed segment from its blocks.
///
/// A plain value; no file. The same blocks give the same bytes, so a check makes it again.
struct FooterBuilder {
    private let version: UInt16
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

    /// - Parameters:
    ///   - version: of the segment.
    ///   - recordCount: how many records there will be; their keys need no more room than that.
    init(version: UInt16, baseOffset: UInt64, keySeed: UInt64, recordCount: Int) {
        self.version = version
        self.baseOffset = baseOffset
        self.keySeed = keySeed
        for table in entries.indices { entries[table].reserveCapacity(recordCount) }
        idHashes.reserveCapacity(recordCount)
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
                append(hash, place, to: .id)
            }
            for kind in IndexKeyKind.allCases {
                let key = block.key(kind, at: index)
                if key == 0 { continue }
                append(KeyHash.hash(key, seed: keySeed), place, to: FooterTable(kind))
            }
        }
    }

    private mutating func append(_ hash: UInt64, _ place: UInt64, to table: FooterTable) {
        let form = FooterLayout.form(of: table, version)
        entries[table.rawValue].append(form.entry(hash, index: place))
    }

    /// The layout of the footer behind blocks that end at `position`.
    ///
    /// The manifest tells files apart by their length: one that would be as long as before it
    /// was sealed gets a sector more.
    func layout(at position: UInt64, notOfLengths lengths: [UInt64]) -> FooterLayout {
        var layout = FooterLayout(
            version: version, position: position, blockCount: zones.count,
            entryCounts: entries.map(\.count))
        while lengths.contains(layout.end) {
            layout.paddingByteCount += LogLimits.sectorByteCount
        }
        return layout
    }

    /// Hands the footer's parts to `write`, one behind the other, each with its position, and sorts on the
    /// way; the builder is empty behind it.
    ///
    /// In parts, since the whole of it is some MB that nobody else needs.
    mutating func encode(
        _ layout: FooterLayout, _ origin: Origin, seed: SegmentSeed,
        _ write: (_ part: UnsafeRawBufferPointer, _ position: UInt64) throws(FileError) -> Void
    ) throws(FileError) {
        let tables = FooterTable.allCases.map { layout.pageCount($0) * KeyPage.byteCount }
        let last = Int(layout.end - layout.filterPosition)
        let buffer = AlignedBuffer(
            byteCount: max(layout.blockTableByteCount, tables.max() ?? 0, last))
        func part(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
            let part = buffer.bytes.part(0..<byteCount)
            part.initializeMemory(as: UInt8.self, repeating: 0)
            return part
        }
        var bytes = part(layout.blockTableByteCount)
        encodeBlocks(layout, seed, into: bytes)
        try write(UnsafeRawBufferPointer(bytes), layout.position)
        for table in FooterTable.allCases where tables[table.rawValue] > 0 {
            entries[table.rawValue].sort()
            bytes = part(tables[table.rawValue])
            encodeEntries(table, layout, seed, into: bytes)
            entries[table.rawValue] = []
            try write(UnsafeRawBufferPointer(bytes), layout.tablePosition(table))
        }
        bytes = part(last)
        encodeFilter(layout, seed, into: bytes)
        idHashes = []
        let trailer = SealedTrailer(
            layout: layout, nextOffset: zones.last?.entry.nextOffset ?? baseOffset,
            minTime: minTime, maxTime: maxTime, originalUUID: origin.uuid,
            originalChain: origin.chain, lineChecksum: origin.lineChecksum,
            lineByteCount: origin.lineByteCount, keySeed: keySeed, packing: origin.packing)
        trailer.encode(
            into: bytes.part(last - SealedTrailer.byteCount..<last), baseOffset: baseOffset,
            seed: seed)
        try write(UnsafeRawBufferPointer(bytes), layout.filterPosition)
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
        let form = layout.form(of: table)
        for page in 0..<layout.pageCount(table) {
            let start = page * KeyPage.byteCount
            let position = layout.tablePosition(table) + UInt64(start)
            let bytes = target.part(start..<start + KeyPage.byteCount)
            let first = page * form.pageCount
            for index in first..<min(first + form.pageCount, sorted.count) {
                form.put(sorted[index], into: bytes, index - first)
            }
            KeyPage.close(bytes, at: position, seed)
        }
    }

    private func encodeFilter(
        _ layout: FooterLayout, _ seed: SegmentSeed, into target: UnsafeMutableRawBufferPointer
    ) {
        let pageCount = layout.filterPageCount
        func page(_ index: Int) -> UnsafeMutableRawBufferPointer {
            let first = index * KeyPage.byteCount
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
