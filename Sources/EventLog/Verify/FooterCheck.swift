/// Makes the footer of a sealed segment again from its blocks, and compares.
struct FooterCheck {
    private let footer: SegmentFooter
    private var builder: FooterBuilder
    private let sum = ContentSum()
    /// A block that cannot be read leaves nothing to compare with.
    private var isWhole = true

    init(_ footer: SegmentFooter) {
        self.footer = footer
        builder = FooterBuilder(
            version: footer.trailer.layout.version, baseOffset: footer.baseOffset,
            keySeed: footer.trailer.keySeed,
            recordCount: Int(
                min(
                    footer.trailer.nextOffset &- footer.baseOffset,
                    LogLimits.segmentRecordLimit)))
    }

    /// What the first block behind the segment continues.
    var originalChain: UInt64 { footer.trailer.originalChain }

    /// Adds the next block; nil when it is damaged.
    mutating func add(_ header: BlockHeader, _ block: LogBlock?) {
        guard let block, isWhole else {
            isWhole = false
            return
        }
        builder.add(header, block)
        sum.add(block)
    }

    /// False when the file has another footer than its blocks make.
    mutating func isRight(in file: any File) throws(FileError) -> Bool {
        guard isWhole else { return true }
        var layout = builder.layout(at: footer.trailer.layout.position, notOfLengths: [])
        layout.paddingByteCount = footer.trailer.layout.paddingByteCount
        guard layout == footer.trailer.layout else { return false }
        let origin = FooterBuilder.Origin(
            uuid: footer.trailer.originalUUID, chain: footer.trailer.originalChain,
            lineChecksum: sum.value.lines, lineByteCount: sum.value.lineByteCount,
            packing: footer.trailer.packing)
        var isSame = true
        try builder.encode(layout, origin, seed: footer.seed) { made, position throws(FileError) in
            guard isSame else { return }
            let found = AlignedBuffer(byteCount: made.count)
            isSame =
                try file.readFully(into: found.bytes, at: position) == made.count
                && made.elementsEqual(found.bytes)
        }
        return isSame
    }
}
