/// Writes a standard LZ4 frame chunk by chunk, before its content size is known.
///
/// liblz4's own frame writer wants the content size first; here the 15 bytes of the frame header
/// are filled in at the end, so that a group can be compressed while it is still growing.
/// Independent blocks, no block or content checksums: XXH64 covers the frame as a whole.
struct LZ4FrameWriter {
    private static let magic: UInt32 = 0x184D_2204
    /// Version 01, independent blocks, content size present.
    private static let flags: UInt8 = 0b0110_1000
    /// Blocks of at most 64 KiB.
    private static let blockDescriptor: UInt8 = 0x40
    private static let headerByteCount = 15
    private static let storedBlockBit: UInt32 = 1 << 31

    private let compressor: LZ4Compressor
    private let target: UnsafeMutableRawBufferPointer
    private(set) var byteCount = Self.headerByteCount
    private var plainByteCount = 0

    /// `target` must have room for `capacity(for:)` bytes.
    init(compressor: LZ4Compressor, target: UnsafeMutableRawBufferPointer) {
        self.compressor = compressor
        self.target = target
    }

    static func capacity(for plainByteCount: Int) -> Int {
        let chunkCount = plainByteCount / LogLimits.payloadChunkByteCount + 1
        return headerByteCount + plainByteCount + chunkCount * 4 + 4
            + LZ4Compressor.bound(LogLimits.payloadChunkByteCount)
    }

    mutating func begin() {
        byteCount = Self.headerByteCount
        plainByteCount = 0
    }

    /// Adds one block of the frame; a chunk that does not shrink is stored.
    mutating func append(_ chunk: UnsafeRawBufferPointer) {
        precondition(chunk.count <= LogLimits.payloadChunkByteCount, "a chunk over the limit")
        let room = target.part(byteCount + 4..<target.count)
        var count = compressor.compress(chunk, into: room)
        var head = UInt32(count)
        if count == 0 || count >= chunk.count {
            room.copyMemory(from: chunk)
            count = chunk.count
            head = UInt32(count) | Self.storedBlockBit
        }
        target.put(head, at: byteCount)
        byteCount += 4 + count
        plainByteCount += chunk.count
    }

    /// Writes the end mark and the frame header; `byteCount` is then the length of the frame.
    mutating func finish() {
        target.put(UInt32(0), at: byteCount)
        byteCount += 4
        target.put(Self.magic, at: 0)
        target.put(Self.flags, at: 4)
        target.put(Self.blockDescriptor, at: 5)
        target.put(UInt64(plainByteCount), at: 6)
        target.put(
            Checksum.frameDescriptor(UnsafeRawBufferPointer(target.part(4..<14))), at: 14)
    }
}
