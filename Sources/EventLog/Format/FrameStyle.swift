/// How the lines of a block are cut and marked inside their LZ4 frame.
///
/// The byte table is in docs/FORMAT.md, "LZ4 frame".
struct FrameStyle: Hashable, Sendable {
    /// Plain bytes of a block, lines and digest section together; one record may be larger.
    var groupByteLimit: Int
    /// Plain bytes of every chunk but the last.
    var chunkByteCount: Int
    /// BD: the largest block a decoder has to expect.
    var blockDescriptor: UInt8
    var effort: LZ4Compressor.Effort
    /// For the digest section; nil stores it as it is.
    ///
    /// Digests are half random. In the open segment, which is sealed later, packing them would make
    /// an event 8 % smaller and appending 4 % slower.
    var sectionEffort: LZ4Compressor.Effort?
    /// The block lists its chunks, so that one can be read and checked alone.
    ///
    /// LZ4's own block checksums are not used for that: behind a frame with them the lz4 tool
    /// (1.9.4) may lose its place in the file, also when it has made the frame itself.
    var listsChunks: Bool
    /// The digest section is stored with lengths for ends, which packs better.
    var packsEnds: Bool

    /// FLG: version 01, independent blocks, content size present.
    static let flags: UInt8 = 0b0110_1000
    static let magic: UInt32 = 0x184D_2204
    static let headerByteCount = 15
    static let storedChunkBit: UInt32 = 1 << 31

    /// Of the open segment: the checksum of the block covers the frame as a whole.
    static let open = FrameStyle(
        groupByteLimit: LogLimits.groupByteLimit, chunkByteCount: LogLimits.payloadChunkByteCount,
        blockDescriptor: 0x40, effort: .fast, sectionEffort: nil,
        listsChunks: false, packsEnds: false)

    /// Of a sealed segment.
    static let sealed = FrameStyle(
        groupByteLimit: LogLimits.sealedGroupByteLimit,
        chunkByteCount: LogLimits.sealedChunkByteCount, blockDescriptor: 0x60, effort: .high,
        sectionEffort: .high, listsChunks: true, packsEnds: true)

    /// Of a segment that is sealed in a hurry.
    static var sealedQuickly: FrameStyle {
        var style = sealed
        style.effort = .quick
        style.sectionEffort = .quick
        return style
    }
}
