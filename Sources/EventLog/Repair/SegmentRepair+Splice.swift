/// Single blocks from a copy of the very same file.
extension SegmentRepair {
    /// Writes the file with what is damaged in it replaced, durable but for its name.
    func splice(
        _ copied: SegmentAdmission.Candidate, _ header: SegmentHeader, to draft: String
    ) throws -> Result<Made, RepairRefusal> {
        let there = try WholeBlocks(copied.path, header, place.nextBase, store)
        let here = try place.file.map {
            try WholeBlocks($0.path, header, place.nextBase, store)
        }
        let plan: SplicePlan
        switch SplicePlan.make(
            base: place.base, chain: header.previousChain, end: end(here, there),
            here: here?.blocks ?? [:], there: there.blocks)
        {
        case .failure(let refusal): return .failure(refusal)
        case .success(let made): plan = made
        }
        if let wrong = try wrongEnd(plan, header, here, there) { return .failure(wrong) }
        let file = try store.open(draft, .write)
        try file.truncate(to: 0)
        if let here { try Self.copy(here.file, 0..<here.byteCount, to: file) }
        var made = Made(offsets: [], byteCount: 0)
        func take(_ range: Range<UInt64>) throws {
            try Self.copy(there.file, range, to: file)
            made.byteCount += UInt64(range.count)
        }
        if place.file?.validHeader == nil { try take(0..<UInt64(SegmentHeader.byteCount)) }
        for block in plan.taken {
            try take(block.position..<block.position + UInt64(block.byteCount))
            if made.offsets.last?.upperBound == block.baseOffset {
                let start = made.offsets.removeLast().lowerBound
                made.offsets.append(start..<block.nextOffset)
            } else {
                made.offsets.append(block.offsets)
            }
        }
        // The footer is made of the blocks and checked with them when the file is done.
        if header.isSealed, plan.end < there.byteCount, !isFooterWhole(here, header) {
            try take(plan.end..<there.byteCount)
        }
        try file.fdatasync()
        return .success(made)
    }

    private func isFooterWhole(_ here: WholeBlocks?, _ header: SegmentHeader) -> Bool {
        guard let here, let footer = try? SegmentFooter.read(here.file, header) else {
            return false
        }
        var check = FooterCheck(footer)
        let reader = BlockReader()
        for block in here.blocks.values.sorted(by: { $0.header.position < $1.header.position }) {
            guard
                case .block(let read)? = try? reader.read(
                    BlockEntry(block.header), from: here.file,
                    here.seed, .all)
            else { return false }
            check.add(block.header, read)
        }
        return (try? check.isRight(in: here.file)) ?? false
    }

    /// The offset behind which nothing is taken.
    ///
    /// The newest segment of a log may have gone on otherwise than its copy, so only what was there
    /// is put back.
    private func end(_ here: WholeBlocks?, _ there: WholeBlocks) -> UInt64 {
        if let next = place.nextBase { return next }
        guard let here else { return .max }
        let last = here.blocks.values.map(\.header.nextOffset).max() ?? place.base
        return max(last, place.durableOffset ?? 0)
    }

    /// Where the blocks must end, when that is known; nil: they do.
    private func wrongEnd(
        _ plan: SplicePlan, _ header: SegmentHeader, _ here: WholeBlocks?, _ there: WholeBlocks
    ) throws -> RepairRefusal? {
        if place.nextBase == nil {
            guard here == nil, let durable = place.durableOffset, plan.nextOffset < durable else {
                return nil
            }
            return RepairRefusal(
                "the copy ends at offset \(plan.nextOffset), and the log had all below \(durable): "
                    + "offsets would be given twice")
        }
        // A sealed segment's last block is not what the next one continues.
        guard let next = place.nextHeader, !header.isSealed, let chain = plan.chain,
            plan.nextOffset == place.nextBase, next.previousChain != chain
        else { return nil }
        return RepairRefusal("the next segment does not continue the copy's blocks")
    }
}

/// Which blocks are taken from where.
///
/// Pure.
struct SplicePlan: Hashable, Sendable {
    /// From the copy, in their order.
    private(set) var taken: [BlockHeader] = []
    /// Where the last block ends.
    private(set) var end = UInt64(SegmentHeader.byteCount)
    private(set) var nextOffset: UInt64
    /// The header checksum of the last block; nil where damage hides it.
    private(set) var chain: UInt64?

    /// A block that is whole, and its header checksum.
    struct Block: Hashable, Sendable {
        var header: BlockHeader
        var checksum: UInt64
    }

    /// `here` and `there` are whole blocks by their position; nothing at or above the offset `end`
    /// is taken from there.
    static func make(
        base: UInt64, chain: UInt64, end: UInt64, here: [UInt64: Block], there: [UInt64: Block]
    ) -> Result<SplicePlan, SegmentRepair.RepairRefusal> {
        var plan = SplicePlan(nextOffset: base, chain: chain)
        let positions = Set(here.keys).union(there.keys).sorted()
        var last = 0
        while last < positions.count {
            let position = positions[last]
            last += 1
            guard position >= plan.end else { continue }
            let isNext = position == plan.end
            if !isNext { plan.chain = nil }
            if let block = here[position] {
                guard plan.isContinued(by: block, isNext) else {
                    return .failure(
                        .init(
                            "the blocks of the copy and those of the log do not continue each other"
                        ))
                }
                plan.append(block)
            } else if let block = there[position], block.header.baseOffset < end,
                plan.isContinued(by: block, isNext)
            {
                plan.taken.append(block.header)
                plan.append(block)
            }
        }
        return .success(plan)
    }

    private init(nextOffset: UInt64, chain: UInt64?) {
        self.nextOffset = nextOffset
        self.chain = chain
    }

    private func isContinued(by block: Block, _ isNext: Bool) -> Bool {
        guard block.header.baseOffset >= nextOffset else { return false }
        guard isNext else { return true }
        return block.header.baseOffset == nextOffset
            && (chain == nil || chain == block.header.chain)
    }

    private mutating func append(_ block: Block) {
        end = block.header.position + UInt64(block.header.byteCount)
        nextOffset = block.header.nextOffset
        chain = block.checksum
    }
}

/// A file's blocks that are whole, by their position.
struct WholeBlocks {
    let file: any File
    let seed: SegmentSeed
    let byteCount: UInt64
    private(set) var blocks: [UInt64: SplicePlan.Block] = [:]

    init(
        _ path: String, _ header: SegmentHeader, _ nextBase: UInt64?, _ store: any FileStore
    ) throws(FileError) {
        file = try store.open(path, .read)
        seed = SegmentSeed(header.uuid)
        byteCount = try file.size()
        let walk = try SegmentScan(file: file, seed: seed, offsetLimit: nextBase ?? .max)
            .walk(from: UInt64(SegmentHeader.byteCount), expecting: header.baseOffset)
        let reader = BlockReader()
        for (header, checksum) in zip(walk.headers, walk.checksums) {
            let read = try reader.read(
                BlockEntry(header), from: file, seed, .all)
            guard case .block(let block) = read, LineCheck.firstWrongLine(of: block) == nil else {
                continue
            }
            blocks[header.position] = .init(header: header, checksum: checksum)
        }
    }
}
