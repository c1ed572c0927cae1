/// Where one chunk of the LZ4 frame of a sealed block is, and what proves it.
///
/// The byte table is in docs/FORMAT.md, "Chunk entry".
struct ChunkEntry: Hashable, Sendable {
    static let byteCount = 16

    /// XXH64 of its bytes in the frame, seeded as those of the block.
    var checksum: UInt64
    /// Its bytes in the frame.
    var byteCount: Int
    /// They are the lines as they are.
    var isStored: Bool
    var plainByteCount: Int

    func encode(into bytes: UnsafeMutableRawBufferPointer) {
        bytes.put(checksum, at: 0)
        bytes.put(UInt32(byteCount) | (isStored ? FrameStyle.storedChunkBit : 0), at: 8)
        bytes.put(UInt32(plainByteCount), at: 12)
    }

    init(checksum: UInt64, byteCount: Int, isStored: Bool, plainByteCount: Int) {
        self.checksum = checksum
        self.byteCount = byteCount
        self.isStored = isStored
        self.plainByteCount = plainByteCount
    }

    /// Nil when no chunk looks like this.
    init?(_ bytes: UnsafeRawBufferPointer) {
        let head = bytes.half(8)
        checksum = bytes.word(0)
        byteCount = Int(head & ~FrameStyle.storedChunkBit)
        isStored = head & FrameStyle.storedChunkBit != 0
        plainByteCount = Int(bytes.half(12))
        guard byteCount > 0, byteCount <= LogLimits.blockByteLimit, plainByteCount > 0,
            plainByteCount <= LogLimits.plainByteLimit, !isStored || byteCount == plainByteCount
        else { return nil }
    }
}
