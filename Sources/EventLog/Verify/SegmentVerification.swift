/// Checks one segment, byte for byte.
struct SegmentVerification {
    /// What the segments before say about the one to come.
    struct Link {
        var previousBase: UInt64?
        /// The header checksum of the last block; nil where damage hides it.
        var chain: UInt64?
        /// True until the first segment has been seen: what came before it may have been dropped.
        var isFirst = true
    }

    private(set) var summary: LogVerifier.SegmentSummary
    private let candidate: SegmentAdmission.Candidate
    /// What the manifest says of the segment.
    private let entry: Manifest.Entry?
    /// The base offset in the name.
    private let base: UInt64
    private let store: any FileStore
    /// Where the next segment begins; nil for the newest.
    private let nextBase: UInt64?
    /// What the manifest says was durable, of the newest one.
    private let durableOffset: UInt64?
    private let reader = BlockReader()

    init(
        candidate: SegmentAdmission.Candidate, entry: Manifest.Entry?, store: any FileStore,
        nextBase: UInt64?, durableOffset: UInt64?
    ) {
        self.durableOffset = nextBase == nil ? durableOffset : nil
        self.candidate = candidate
        self.entry = entry
        base = candidate.nameBase ?? 0
        self.store = store
        self.nextBase = nextBase
        summary = LogVerifier.SegmentSummary(
            path: candidate.path, baseOffset: base, byteCount: candidate.byteCount)
    }

    /// Walks the segment and moves `link` on.
    ///
    /// `progress` gets the bytes done.
    mutating func run(_ link: inout Link, progress: (UInt64) -> Bool) throws(FileError) {
        guard let header = checkHeader(&link) else { return }
        let file = try store.open(candidate.path, .read)
        let seed = SegmentSeed(header.uuid)
        let footer = header.isSealed ? try SegmentFooter.read(file, header) : nil
        var check = footer.map { FooterCheck($0) }
        let limit = min(nextBase ?? .max, header.offsetEnd)
        let walk = try SegmentScan(file: file, seed: seed, offsetLimit: limit)
            .walk(from: UInt64(SegmentHeader.byteCount), expecting: header.baseOffset)
        var position = UInt64(SegmentHeader.byteCount)
        var expected = header.baseOffset
        for (index, block) in walk.headers.enumerated() {
            if block.position != position || block.baseOffset != expected {
                noteHole(position, expected..<block.baseOffset)
                link.chain = nil
            }
            if let chain = link.chain, chain != block.chain {
                note(
                    .chain, block.position, block.offsets,
                    "The block does not continue the one before it.")
            }
            link.chain = walk.checksums[index]
            let isNewest =
                nextBase == nil && index == walk.headers.count - 1
                && block.nextOffset > durableOffset ?? 0
            let read = try checkBlock(block, file, seed, isNewest: isNewest)
            check?.add(block, read)
            position = block.position + UInt64(block.byteCount)
            expected = block.nextOffset
            if !progress(position) { return }
        }
        try checkEnd(walk, expected, isSealed: header.isSealed, &link)
        if header.isSealed { try checkFooter(check, file, walk.end, &link) }
    }

    /// The footer must be what its blocks make it; the next segment continues what it remembers.
    private mutating func checkFooter(
        _ check: FooterCheck?, _ file: any File, _ end: UInt64, _ link: inout Link
    ) throws(FileError) {
        guard var check else {
            note(.footer, end, nil, "The footer is damaged; the blocks are read without it.")
            link.chain = nil
            return
        }
        link.chain = check.originalChain
        if try !check.isRight(in: file) {
            note(.footer, end, nil, "The footer is not that of the blocks before it.")
        }
    }

    private mutating func checkHeader(_ link: inout Link) -> SegmentHeader? {
        guard let header = usableHeader() else {
            if nextBase == nil && candidate.byteCount <= UInt64(SegmentHeader.byteCount) {
                note(.unfinishedTail, 0, nil, "The segment was being made.")
            } else {
                let end = nextBase.map { base..<max(base, $0) }
                note(.segmentHeader, 0, end, "The header is damaged, foreign or of a newer format.")
            }
            link = Link(previousBase: base, chain: nil, isFirst: false)
            return nil
        }
        if !link.isFirst && header.previousBase != link.previousBase ?? SegmentHeader.noBase {
            note(.missingSegment, 0, nil, "The segment does not follow the one before it here.")
            link.chain = nil
        }
        if let chain = link.chain, chain != header.previousChain {
            note(.chain, 0, nil, "The segment does not continue the last block of the one before.")
        }
        link.previousBase = header.baseOffset
        link.isFirst = false
        link.chain = header.previousChain
        return header
    }

    /// The header of the file, or where it is damaged the one that the manifest remembers.
    private mutating func usableHeader() -> SegmentHeader? {
        switch candidate.header {
        case .valid(let header) where header.baseOffset == base:
            return header
        case .damaged:
            guard let entry, candidate.byteCount > UInt64(SegmentHeader.byteCount) else {
                return nil
            }
            note(.segmentHeader, 0, nil, "The header is damaged; the manifest tells the same.")
            return entry.header
        case .valid, .foreign, .newer, nil:
            return nil
        }
    }

    private mutating func checkBlock(
        _ header: BlockHeader, _ file: any File, _ seed: SegmentSeed, isNewest: Bool
    ) throws(FileError) -> LogBlock? {
        let outcome = try reader.read(
            BlockEntry(header), from: file, seed, .all)
        switch outcome {
        case .block(let block):
            summary.blockCount += 1
            if let index = LineCheck.firstWrongLine(of: block) {
                let offset = block.baseOffset + UInt64(index)
                note(
                    .lines, header.position, offset..<offset + 1,
                    "The line does not begin with the offset of its record.")
            } else {
                summary.recordCount += UInt64(block.count)
            }
            return block
        case .damaged(let reason):
            let kind: LogVerifier.Finding.Kind =
                switch reason {
                case .blockHeader: .blockHeader
                case .digestSection: .digestSection
                case .payload: .payload
                case .missingBytes, .segmentHeader, .missingSegment, .foreignSegment, .dropped:
                    .missingBytes
                }
            note(
                isNewest ? .unfinishedTail : kind, header.position, header.offsets,
                "The block is damaged (\(reason.rawValue)).")
            return nil
        }
    }

    private mutating func checkEnd(
        _ walk: SegmentScan.Result, _ expected: UInt64, isSealed: Bool, _ link: inout Link
    ) throws(FileError) {
        if let nextBase, expected < nextBase {
            note(
                walk.trailingByteCount > 0 ? .blockHeader : .missingBytes, walk.end,
                expected..<nextBase, "The segment ends before the next one begins.")
            link.chain = nil
        } else if let durableOffset, expected < durableOffset {
            note(
                .missingBytes, walk.end, expected..<durableOffset,
                "The segment ends before what the manifest says was durable.")
        } else if walk.trailingByteCount > 0 && !isSealed {
            note(
                .unfinishedTail, walk.end, nil,
                "\(walk.trailingByteCount) bytes behind the last block are not a block.")
        }
    }

    private mutating func noteHole(_ position: UInt64, _ offsets: Range<UInt64>) {
        note(.blockHeader, position, offsets, "There is no whole block here.")
    }

    private mutating func note(
        _ kind: LogVerifier.Finding.Kind, _ position: UInt64, _ offsets: Range<UInt64>?,
        _ message: String
    ) {
        summary.findings.append(
            .init(
                kind: kind, path: candidate.path, position: position, offsets: offsets,
                message: message))
    }
}
