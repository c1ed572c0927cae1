/// Rewrites one closed segment: the same records in larger blocks, packed tighter, with a footer;
/// some of them edited, where that is asked for.
///
/// One thread. Blocks. Nothing of the log changes before `Outcome.written`: then a whole, synced
/// file lies beside the segment, to be renamed over it.
final class SegmentSealer {
    /// What became of an attempt.
    enum Outcome {
        case written(SegmentHeader, byteCount: UInt64)
        /// The segment is damaged, or holds what a sealed one cannot: it stays as it is.
        case refused
        /// `goesOn` said so.
        case stopped
    }

    private let store: any FileStore
    private let reader = BlockReader()
    private let builder: BlockBuilder
    private let packing: SealedTrailer.Packing
    private let buffer = AlignedBuffer(byteCount: LogLimits.blockByteLimit)

    /// `style` says how hard to compress.
    init(store: any FileStore, _ style: FrameStyle = .sealed) {
        self.store = store
        builder = BlockBuilder(style)
        packing = style.effort == .high ? .tight : .loose
    }

    /// Writes the sealed form of `segment` to `path`, syncs it and reads it again.
    ///
    /// `goesOn` is asked after every block; it may rest. `edit` gets each block and gives the one
    /// that is written, with the same offsets; nil: the segment is refused.
    func write(
        _ segment: Segment, to path: String, uuid: SegmentUUID, keySeed: UInt64,
        goesOn: () -> Bool, edit: (LogBlock) -> LogBlock? = { $0 }
    ) throws(FileError) -> Outcome {
        guard let limit = segment.offsetLimit, let source = try findSource(segment, limit),
            var origin = try Self.origin(of: segment, source)
        else { return .refused }
        var header = segment.header
        header.formatVersion = SegmentHeader.sealedVersion
        header.uuid = uuid
        let file = try store.open(path, .writeSegment)
        try file.truncate(to: 0)
        let target = Target(file: file, header: header, limit: limit)
        builder.reset()
        let before = ContentSum()
        for entry in source.blocks.entries {
            guard case .block(let found) = try reader.read(entry, of: segment, .all),
                LineCheck.firstWrongLine(of: found) == nil, let block = edit(found),
                Self.fits(block)
            else { return .refused }
            before.add(block)
            try copy(block, to: target)
            guard goesOn() else { return .stopped }
        }
        if builder.recordCount > 0 { try finishBlock(to: target) }
        var footer = FooterBuilder(
            version: header.formatVersion, baseOffset: header.baseOffset, keySeed: keySeed,
            recordCount: Int(limit - header.baseOffset))
        guard try readAgain(target, &footer, goesOn) == before.value else {
            return goesOn()
                ? try Self.wrong(path) : .stopped
        }
        origin.lineChecksum = before.value.lines
        origin.lineByteCount = before.value.lineByteCount
        origin.packing = packing
        let end = try writeFooter(
            &footer, origin, notOfLengths: [segment.byteCount, source.byteCount], to: target)
        try writeHeader(to: target)
        guard goesOn() else { return .stopped }
        try file.fdatasync()
        return .written(header, byteCount: end)
    }

    /// What is read: all blocks of a segment that is whole.
    private struct Source {
        var blocks: BlockTable
        /// The header checksum of the last block.
        var chain: UInt64
        var byteCount: UInt64
    }

    /// Nil unless the blocks lie side by side, continue each other and hold every offset.
    private func findSource(_ segment: Segment, _ limit: UInt64) throws(FileError) -> Source? {
        let base = segment.baseOffset
        guard limit > base, limit - base <= LogLimits.segmentRecordLimit else { return nil }
        let file = try segment.readFile()
        var position = UInt64(SegmentHeader.byteCount)
        var offset = base
        var chain = segment.header.previousChain
        var blocks = BlockTable()
        var isWhole = true
        try SegmentScan(file: file, seed: segment.seed, offsetLimit: limit)
            .forEachHeader(from: position, expecting: base) { header, checksum in
                isWhole =
                    isWhole && header.position == position && header.baseOffset == offset
                    && header.chain == chain
                position = header.position + UInt64(header.byteCount)
                offset = header.nextOffset
                chain = checksum
                if isWhole { blocks.append(BlockEntry(header)) }
            }
        guard isWhole, offset == limit else { return nil }
        return Source(blocks: blocks, chain: chain, byteCount: try file.size())
    }

    /// What the footer says of the segment as it was first written; nil: it was sealed, and its
    /// footer, which remembers that, is damaged.
    private static func origin(
        of segment: Segment, _ source: Source
    ) throws(FileError) -> FooterBuilder.Origin? {
        guard segment.header.isSealed else {
            return .init(
                uuid: segment.header.uuid, chain: source.chain, lineChecksum: 0, lineByteCount: 0)
        }
        guard let trailer = try segment.footer()?.trailer else { return nil }
        return .init(
            uuid: trailer.originalUUID, chain: trailer.originalChain, lineChecksum: 0,
            lineByteCount: 0)
    }

    /// A record over a limit of today's writer does not fit its buffers.
    private static func fits(_ block: LogBlock) -> Bool {
        (0..<block.count).allSatisfy {
            block.lineRange(at: $0).count
                <= LogLimits.linePrefixByteLimit + LogLimits.lineByteLimit
                && block.digestRange(at: $0).count <= LogLimits.digestByteLimit
        }
    }

    /// The file that is written, and how far it is.
    private final class Target {
        let file: any File
        let header: SegmentHeader
        let seed: SegmentSeed
        let limit: UInt64
        var position = UInt64(SegmentHeader.byteCount)
        var chain: UInt64
        var blocks: [BlockHeader] = []

        init(file: any File, header: SegmentHeader, limit: UInt64) {
            self.file = file
            self.header = header
            self.limit = limit
            seed = SegmentSeed(header.uuid)
            chain = header.previousChain
        }
    }

    private func copy(_ block: LogBlock, to target: Target) throws(FileError) {
        for index in 0..<block.count {
            if !builder.hasRoom(for: block, at: index) { try finishBlock(to: target) }
            builder.add(block, at: index)
        }
        builder.compressWholeChunks()
    }

    private func finishBlock(to target: Target) throws(FileError) {
        let built = builder.finish(
            .init(
                seed: target.seed, position: target.position, chain: target.chain,
                durableOffset: target.limit),
            into: buffer.bytes)
        let count = Int(built.header.byteCount)
        try target.file.writeFully(
            UnsafeRawBufferPointer(buffer.bytes.part(0..<count)), at: target.position)
        target.position += UInt64(count)
        target.chain = built.headerChecksum
        target.blocks.append(built.header)
    }

    /// Reads what was written, past the cache where the file allows it.
    ///
    /// Returns what it holds; nil where a block does not check out, or `goesOn` ended it.
    private func readAgain(
        _ target: Target, _ footer: inout FooterBuilder, _ goesOn: () -> Bool
    ) throws(FileError) -> ContentSum.Value? {
        let sum = ContentSum()
        for header in target.blocks {
            let outcome = try reader.read(
                BlockEntry(header), from: target.file, target.seed, .all)
            guard case .block(let block) = outcome, goesOn() else { return nil }
            sum.add(block)
            footer.add(header, block)
        }
        return sum.value
    }

    /// The disk does not give back what was written to it.
    private static func wrong(_ path: String) throws(FileError) -> Outcome {
        throw FileError(operation: .pread, path: path, errno: FileError.wrongBytes)
    }

    private func writeFooter(
        _ footer: inout FooterBuilder, _ origin: FooterBuilder.Origin,
        notOfLengths lengths: [UInt64], to target: Target
    ) throws(FileError) -> UInt64 {
        let layout = footer.layout(at: target.position, notOfLengths: lengths)
        try footer.encode(layout, origin, seed: target.seed) { part, position throws(FileError) in
            try target.file.writeFully(part, at: position)
        }
        return layout.end
    }

    private func writeHeader(to target: Target) throws(FileError) {
        let bytes = buffer.bytes.part(0..<SegmentHeader.byteCount)
        target.header.encode(into: bytes)
        try target.file.writeFully(UnsafeRawBufferPointer(bytes), at: 0)
    }
}
