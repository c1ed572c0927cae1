/// The footer of a sealed segment, for readers.
///
/// All of it is derived from the blocks: where a part is damaged, `nil` is the answer and the
/// blocks are asked instead.
struct SegmentFooter: Sendable {
    let trailer: SealedTrailer
    let baseOffset: UInt64
    private let file: any File
    let seed: SegmentSeed

    /// `file` is that of the segment `header`, and ends with `trailer`.
    init(trailer: SealedTrailer, file: any File, header: SegmentHeader) {
        self.trailer = trailer
        self.file = file
        baseOffset = header.baseOffset
        seed = SegmentSeed(header.uuid)
    }

    /// Reads the trailer at the end of `file`; nil when there is no whole one.
    static func read(_ file: any File, _ header: SegmentHeader) throws(FileError) -> SegmentFooter?
    {
        let size = try file.size()
        let count = UInt64(SealedTrailer.byteCount)
        guard size >= count + UInt64(SegmentHeader.byteCount) else { return nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SealedTrailer.byteCount, alignment: 16)
        defer { buffer.deallocate() }
        guard try file.readFully(into: buffer, at: size - count) == buffer.count,
            let trailer = SealedTrailer.decode(
                UnsafeRawBufferPointer(buffer), position: size - count, header: header)
        else { return nil }
        return SegmentFooter(trailer: trailer, file: file, header: header)
    }

    /// The blocks with what is known of each; nil when the table is damaged.
    func zones() throws(FileError) -> [BlockZone]? {
        let layout = trailer.layout
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: layout.blockTableByteCount, alignment: 16)
        defer { buffer.deallocate() }
        guard try file.readFully(into: buffer, at: layout.position) == buffer.count else {
            return nil
        }
        let bytes = UnsafeRawBufferPointer(buffer)
        guard bytes.half(0) == FooterHead.magic, bytes.word(8) == FooterHead.tag,
            Checksum.hash(bytes.part(0..<bytes.count - 8), seed: seed.at(layout.position))
                == bytes.word(bytes.count - 8)
        else { return nil }
        return decodeZones(bytes)
    }

    /// The blocks must lie side by side and hold all offsets, from the header to the footer.
    private func decodeZones(_ bytes: UnsafeRawBufferPointer) -> [BlockZone]? {
        var zones: [BlockZone] = []
        zones.reserveCapacity(trailer.layout.blockCount)
        var position = UInt64(SegmentHeader.byteCount)
        var offset = baseOffset
        for index in 0..<trailer.layout.blockCount {
            let start = FooterLayout.headByteCount + index * FooterLayout.blockEntryByteCount
            guard
                let zone = BlockZone(
                    bytes.part(start..<start + FooterLayout.blockEntryByteCount)),
                zone.entry.position == position, zone.entry.baseOffset == offset
            else { return nil }
            position = zone.entry.end
            offset = zone.entry.nextOffset
            zones.append(zone)
        }
        guard position == trailer.layout.position, offset == trailer.nextOffset else { return nil }
        return zones
    }

    /// The newest offsets below `end`, newest first, of records that may have a key of this
    /// hash; nil when the table is damaged.
    func candidates(
        in table: FooterTable, _ hash: UInt64, below end: UInt64, limit: Int, _ buffer: PageBuffer
    ) throws(FileError) -> [UInt64]? {
        guard end > baseOffset else { return [] }
        return try keys(table, buffer).newest(hash, below: end - baseOffset, limit: limit)?
            .map { baseOffset + $0 }
    }

    private func keys(_ table: FooterTable, _ buffer: PageBuffer) -> KeyTable {
        KeyTable(
            file: file, seed: seed, position: trailer.layout.tablePosition(table),
            form: trailer.layout.form(of: table),
            entryCount: trailer.layout.entryCounts[table.rawValue], buffer: buffer)
    }

    /// Records that were appended as unique.
    var idCount: Int { trailer.layout.entryCounts[FooterTable.id.rawValue] }

    /// Calls `body` with the hash of every id, as far as the table has it; false when the table is
    /// damaged.
    func forEachID(
        _ buffer: PageBuffer, _ body: (UInt64) -> Void
    ) throws(FileError) -> Bool {
        try keys(.id, buffer).forEach { body($0 & ~KeyEntry.offsetMask) }
    }

    /// Bytes of all pages of the filter.
    var filterByteCount: Int { trailer.layout.filterPageCount * KeyPage.byteCount }

    /// Reads all pages of the filter into `bytes`, which has their length; false when one is damaged.
    func readFilter(into bytes: UnsafeMutableRawBufferPointer) throws(FileError) -> Bool {
        let start = trailer.layout.filterPosition
        guard trailer.filterKind == KeyFilter.kind else {
            // It excludes nothing.
            bytes.initializeMemory(as: UInt8.self, repeating: 0xFF)
            return true
        }
        guard try file.readFully(into: bytes, at: start) == bytes.count else { return false }
        return stride(from: 0, to: bytes.count, by: KeyPage.byteCount).allSatisfy { index in
            let page = UnsafeRawBufferPointer(bytes.part(index..<index + KeyPage.byteCount))
            return KeyPage.isWhole(page, at: start + UInt64(index), seed)
        }
    }

    /// False when no record has an id of this hash; true, too, when the filter is damaged.
    func mayHold(id hash: UInt64, _ buffer: PageBuffer) throws(FileError) -> Bool {
        let pageCount = trailer.layout.filterPageCount
        guard pageCount > 0 else { return false }
        guard trailer.filterKind == KeyFilter.kind else { return true }
        let page = KeyFilter.page(hash, of: pageCount)
        let position = trailer.layout.filterPosition + UInt64(page * KeyPage.byteCount)
        guard let bytes = try buffer.read(file, at: position, seed) else { return true }
        return KeyFilter.mayHold(hash, bytes)
    }
}
