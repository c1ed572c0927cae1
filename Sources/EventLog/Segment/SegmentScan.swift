/// Walks the block headers of a segment file, over damage as well.
///
/// Reads 128 bytes a block. A header that does not check out is passed over sector by sector to
/// the next one that does: damage takes away its own block, not those behind it.
struct SegmentScan {
    /// What a walk has found.
    struct Result {
        var headers: [BlockHeader] = []
        /// Header checksums, in step with `headers`.
        var checksums: [UInt64] = []
        /// Where the last block ends: nothing valid begins at or behind this position.
        var end: UInt64
        /// Bytes of the file behind `end`.
        var trailingByteCount: UInt64
    }

    let file: any File
    let seed: SegmentSeed
    /// Blocks that reach above this offset are not part of the segment and are not counted.
    let offsetLimit: UInt64
    /// Where the walk ends; nil: at the end of the file.
    var positionLimit: UInt64?

    /// Walks from `position`, where the record `offset` is expected, to the end of the file.
    func walk(from position: UInt64, expecting offset: UInt64) throws(FileError) -> Result {
        var headers: [BlockHeader] = []
        var checksums: [UInt64] = []
        var result = try forEachHeader(from: position, expecting: offset) { header, checksum in
            headers.append(header)
            checksums.append(checksum)
        }
        result.headers = headers
        result.checksums = checksums
        return result
    }

    /// The same, header by header with its checksum; the result has none of them.
    ///
    /// A segment may have 65,000 blocks, whose headers take 8 MB.
    @discardableResult
    func forEachHeader(
        from position: UInt64, expecting offset: UInt64,
        _ body: (BlockHeader, _ checksum: UInt64) -> Void
    ) throws(FileError) -> Result {
        let length = min(try file.size(), positionLimit ?? UInt64.max)
        var result = Result(end: position, trailingByteCount: 0)
        var expected = offset
        var position = position
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: BlockHeader.byteCount, alignment: 16)
        defer { buffer.deallocate() }
        while position < length {
            if try file.readFully(into: buffer, at: position) == buffer.count,
                let header = accept(UnsafeRawBufferPointer(buffer), position, expected, length)
            {
                guard header.nextOffset <= offsetLimit else { break }
                body(header, BlockHeader.checksum(of: UnsafeRawBufferPointer(buffer)))
                position += UInt64(header.byteCount)
                expected = header.nextOffset
                result.end = position
            } else if let next = try nextHeader(after: position, expected, length) {
                position = next
            } else {
                break
            }
        }
        result.trailingByteCount = length > result.end ? length - result.end : 0
        return result
    }

    private func accept(
        _ bytes: UnsafeRawBufferPointer, _ position: UInt64, _ expected: UInt64, _ length: UInt64
    ) -> BlockHeader? {
        guard let header = BlockHeader.decode(bytes, position: position, seed: seed),
            header.baseOffset >= expected, position + UInt64(header.byteCount) <= length
        else { return nil }
        return header
    }

    /// The position of the next valid header behind `position`.
    private func nextHeader(
        after position: UInt64, _ expected: UInt64, _ length: UInt64
    )
        throws(FileError) -> UInt64?
    {
        let sector = LogLimits.sectorByteCount
        let window = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.windowByteCount, alignment: sector)
        defer { window.deallocate() }
        var start = position + UInt64(sector)
        while start < length {
            let count = try file.readFully(into: window, at: start)
            var inside = 0
            while inside + BlockHeader.byteCount <= count {
                let bytes = UnsafeRawBufferPointer(window)
                    .part(inside..<inside + BlockHeader.byteCount)
                if accept(bytes, start + UInt64(inside), expected, length) != nil {
                    return start + UInt64(inside)
                }
                inside += sector
            }
            if count < window.count { return nil }
            start += UInt64(window.count)
        }
        return nil
    }

    /// Damage is rare: the window may be large, and few calls pass over it.
    private static var windowByteCount: Int { 1 << 20 }
}
