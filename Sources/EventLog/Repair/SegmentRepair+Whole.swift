/// A whole segment from a copy in another form: sealed meanwhile, or not yet.
extension SegmentRepair {
    /// Copies the segment when it is proven to hold the same records, durable but for its name.
    func takeWhole(
        _ copied: SegmentAdmission.Candidate, _ header: SegmentHeader, to draft: String
    ) throws -> Result<Made, RepairRefusal> {
        guard let nextBase = place.nextBase, let next = place.nextHeader else {
            return .failure(
                .init("it is the newest, or the next one is damaged: nothing proves its end"))
        }
        if let known = place.header, !header.isForm(of: known) {
            return .failure(.init("the copy's segment is another one"))
        }
        // The manifest tells two forms apart by their length.
        if let entry = place.entry, entry.header.uuid != header.uuid,
            entry.byteCount == copied.byteCount
        {
            return .failure(
                .init("the copy's segment is as long as another form that the manifest lists"))
        }
        guard let content = try CopiedSegment(copied, header, nextBase, store) else {
            return .failure(.init("the copy's segment is damaged too, or ends too early"))
        }
        guard next.previousBase == place.base, next.previousChain == content.originalChain else {
            return .failure(.init("the next segment does not continue the copy's"))
        }
        if let refusal = try refusal(of: content) { return .failure(refusal) }
        let byteCount = try copyFile(content.file, to: draft)
        return .success(Made(offsets: [place.base..<nextBase], byteCount: byteCount))
    }

    /// Why the copy's records may not be those of the log; nil: they are.
    private func refusal(of content: CopiedSegment) throws -> RepairRefusal? {
        guard let known = place.header, let file = place.file else {
            return try redactionRefusal(content)
        }
        let here = try WholeBlocks(file.path, known, place.nextBase, store)
        if try !content.agrees(with: here) {
            return RepairRefusal("records that can be read here are others in the copy")
        }
        if known.isSealed, let footer = try SegmentFooter.read(here.file, known) {
            return footer.trailer.lineChecksum == content.sum.lines
                && footer.trailer.lineByteCount == content.sum.lineByteCount
                ? nil : RepairRefusal("the lines of the copy are others: redacted here, or there")
        }
        return try redactionRefusal(content)
    }

    private func redactionRefusal(_ content: CopiedSegment) throws -> RepairRefusal? {
        if content.hasRedactions {
            return RepairRefusal("records are redacted in the copy, and perhaps not in the log")
        }
        return try mayBeRedacted(place.nextBase ?? place.base)
            ? RepairRefusal(
                "records of the log were redacted, and whether in this segment cannot be seen any "
                    + "more: the copy would bring back what was erased") : nil
    }
}

/// A segment of the copy that is whole.
struct CopiedSegment {
    let file: any File
    let sum: ContentSum.Value
    /// What the segment behind it continues.
    let originalChain: UInt64
    private(set) var hasRedactions = false
    private let entries: [BlockEntry]
    private let seed: SegmentSeed

    /// Nil when a block is damaged or missing; a sealed one must have its footer.
    init?(
        _ copied: SegmentAdmission.Candidate, _ header: SegmentHeader, _ nextBase: UInt64,
        _ store: any FileStore
    ) throws(FileError) {
        file = try store.open(copied.path, .read)
        seed = SegmentSeed(header.uuid)
        let walk = try SegmentScan(file: file, seed: seed, offsetLimit: nextBase)
            .walk(from: UInt64(SegmentHeader.byteCount), expecting: header.baseOffset)
        let reader = BlockReader()
        let sum = ContentSum()
        var check: FooterCheck?
        if header.isSealed {
            guard let footer = try SegmentFooter.read(file, header) else { return nil }
            check = FooterCheck(footer)
        }
        var position = UInt64(SegmentHeader.byteCount)
        var offset = header.baseOffset
        var chain = header.previousChain
        for (index, block) in walk.headers.enumerated() {
            let read = try reader.read(
                BlockEntry(block), from: file, seed, .all)
            guard block.position == position, block.baseOffset == offset, block.chain == chain,
                case .block(let records) = read, LineCheck.firstWrongLine(of: records) == nil
            else { return nil }
            sum.add(records)
            check?.add(block, records)
            if !hasRedactions {
                hasRedactions = (0..<records.count).contains { records.isRedacted(at: $0) }
            }
            position += UInt64(block.byteCount)
            offset = block.nextOffset
            chain = walk.checksums[index]
        }
        guard offset == nextBase else { return nil }
        if var check {
            guard try check.isRight(in: file) else { return nil }
            originalChain = check.originalChain
        } else {
            originalChain = chain
        }
        self.sum = sum.value
        entries = walk.headers.map(BlockEntry.init)
    }

    /// True when every record of these blocks is the same here.
    func agrees(with blocks: WholeBlocks) throws(FileError) -> Bool {
        let reader = BlockReader()
        var mine: LogBlock?
        for block in blocks.blocks.values.sorted(by: { $0.header.position < $1.header.position }) {
            let read = try reader.read(
                BlockEntry(block.header), from: blocks.file,
                blocks.seed, .all)
            guard case .block(let theirs) = read else { return false }
            for index in 0..<theirs.count {
                let offset = theirs.baseOffset + UInt64(index)
                if mine?.offsets.contains(offset) != true {
                    mine = try self.block(at: offset, reader)
                }
                guard let mine, mine.isSame(offset, as: theirs) else { return false }
            }
        }
        return true
    }

    private func block(at offset: UInt64, _ reader: BlockReader) throws(FileError) -> LogBlock? {
        guard let entry = entries.first(where: { $0.offsets.contains(offset) }),
            case .block(let block) = try reader.read(
                entry, from: file, seed, .all)
        else { return nil }
        return block
    }
}

extension LogBlock {
    /// True when both have the same record at `offset`, in every byte.
    fileprivate func isSame(_ offset: UInt64, as other: LogBlock) -> Bool {
        let mine = Int(offset - baseOffset)
        let theirs = Int(offset - other.baseOffset)
        guard let lines = payload, let otherLines = other.payload else { return false }
        return header(at: mine) == other.header(at: theirs)
            && flags(at: mine) == other.flags(at: theirs)
            && section[digestRange(at: mine)].elementsEqual(
                other.section[other.digestRange(at: theirs)])
            && lines[lineRange(at: mine)].elementsEqual(otherLines[other.lineRange(at: theirs)])
    }
}
