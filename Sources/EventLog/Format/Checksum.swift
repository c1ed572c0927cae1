internal import CXXHash

/// The seeds of all checksums of one segment.
///
/// A block that stands in another segment, or at another position of its own, fails its
/// checksums: misdirected, recycled and reordered bytes are found like damaged ones.
struct SegmentSeed: Hashable, Sendable {
    private let mix: UInt64

    init(_ uuid: SegmentUUID) {
        let words = (uuid.high.littleEndian, uuid.low.littleEndian)
        mix = withUnsafeBytes(of: words) { Checksum.hash($0, seed: 0) }
    }

    /// The seed for a block that begins at `position` of the file.
    func at(_ position: UInt64) -> UInt64 { mix ^ position }
}

/// XXH64, the only checksum of the format.
enum Checksum {
    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        XXH64(bytes.baseAddress, bytes.count, seed)
    }

    /// The header checksum byte of an LZ4 frame.
    static func frameDescriptor(_ bytes: UnsafeRawBufferPointer) -> UInt8 {
        UInt8(truncatingIfNeeded: XXH32(bytes.baseAddress, bytes.count, 0) >> 8)
    }
}

/// XXH64 over bytes that come in parts.
///
/// One thread at a time.
final class RunningChecksum {
    private let state: OpaquePointer

    init() {
        guard let state = XXH64_createState() else { fatalError("no memory for a checksum") }
        self.state = state
        XXH64_reset(state, 0)
    }

    deinit { XXH64_freeState(state) }

    func add(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        XXH64_update(state, base, bytes.count)
    }

    /// Of all bytes so far.
    var value: UInt64 { XXH64_digest(state) }
}
