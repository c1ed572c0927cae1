/// Writes a standard LZ4 frame chunk by chunk, before its content size is known.
///
/// liblz4's own frame writer wants the content size first; here the 15 bytes of the frame header
/// are filled in at the end, so that a group can be compressed while it is still growing.
/// Independent blocks, no content checksum: XXH64 covers the frame as a whole.
struct LZ4FrameWriter {
    private let style: FrameStyle
    private let compressor: LZ4Compressor
    private let target: UnsafeMutableRawBufferPointer
    private(set) var byteCount = FrameStyle.headerByteCount
    private var plainByteCount = 0
    /// What `append` has made of its chunks.
    private(set) var chunks: [Chunk] = []

    struct Chunk {
        /// Where in the frame it is.
        var bytes: Range<Int>
        var isStored: Bool
        var plainByteCount: Int
    }

    /// `target` must have room for `capacity(for:_:)` bytes.
    init(_ style: FrameStyle, target: UnsafeMutableRawBufferPointer) {
        self.style = style
        compressor = LZ4Compressor(style.effort)
        self.target = target
    }

    static func capacity(for plainByteCount: Int, _ style: FrameStyle) -> Int {
        let chunkCount = plainByteCount / style.chunkByteCount + 1
        return FrameStyle.headerByteCount + plainByteCount + chunkCount * 4 + 4
            + LZ4Compressor.bound(style.chunkByteCount)
    }

    mutating func begin() {
        byteCount = FrameStyle.headerByteCount
        plainByteCount = 0
        chunks.removeAll(keepingCapacity: true)
    }

    /// Adds one block of the frame; a chunk that does not shrink is stored.
    mutating func append(_ chunk: UnsafeRawBufferPointer) {
        precondition(chunk.count <= style.chunkByteCount, "a chunk over the limit")
        let room = target.part(byteCount + 4..<target.count)
        var count = compressor.compress(chunk, into: room)
        var head = UInt32(count)
        if count == 0 || count >= chunk.count {
            room.copyMemory(from: chunk)
            count = chunk.count
            head = UInt32(count) | FrameStyle.storedChunkBit
        }
        target.put(head, at: byteCount)
        byteCount += 4 + count
        chunks.append(
            Chunk(
                bytes: byteCount - count..<byteCount, isStored: head != UInt32(count),
                plainByteCount: chunk.count))
        plainByteCount += chunk.count
    }

    /// Writes the end mark and the frame header; `byteCount` is then the length of the frame.
    mutating func finish() {
        target.put(UInt32(0), at: byteCount)
        byteCount += 4
        target.put(FrameStyle.magic, at: 0)
        target.put(FrameStyle.flags, at: 4)
        target.put(style.blockDescriptor, at: 5)
        target.put(UInt64(plainByteCount), at: 6)
        target.put(
            Checksum.frameDescriptor(UnsafeRawBufferPointer(target.part(4..<14))), at: 14)
    }
}
