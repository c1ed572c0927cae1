internal import CLZ4

/// Writes one standard LZ4 frame of any length, piece by piece, with a checksum of its content.
///
/// One thread at a time. Memory stays at some hundred KiB.
package final class LZ4StreamWriter {
    private let context: OpaquePointer
    private let room: UnsafeMutableRawBufferPointer
    private var preferences = LZ4F_preferences_t()
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private var hasBegun = false

    /// Bytes compressed in one call.
    private static let pieceByteCount = 256 * 1024

    /// `sink` gets the packed bytes, in order.
    package init(sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        var context: OpaquePointer?
        let code = LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(code) == 0, let context else {
            // No input leads here: a few hundred bytes were not to be had, and nothing else would be.
            fatalError("no memory for an LZ4 writer")
        }
        self.context = context
        self.sink = sink
        preferences.frameInfo.blockSizeID = LZ4F_max256KB
        preferences.frameInfo.blockMode = LZ4F_blockLinked
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
        room = .allocate(
            byteCount: LZ4F_compressBound(Self.pieceByteCount, &preferences)
                + Self.headerByteLimit, alignment: 16)
    }

    deinit {
        LZ4F_freeCompressionContext(context)
        room.deallocate()
    }

    /// `LZ4F_HEADER_SIZE_MAX`.
    private static let headerByteLimit = 19

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        try begin()
        var done = 0
        while done < bytes.count {
            let piece = bytes.part(done..<min(bytes.count, done + Self.pieceByteCount))
            try send(
                LZ4F_compressUpdate(
                    context, room.baseAddress, room.count, piece.baseAddress, piece.count, nil))
            done += piece.count
        }
    }

    /// Ends the frame; nothing may be written afterwards.
    package func finish() throws {
        try begin()
        try send(LZ4F_compressEnd(context, room.baseAddress, room.count, nil))
    }

    private func begin() throws {
        guard !hasBegun else { return }
        hasBegun = true
        try send(LZ4F_compressBegin(context, room.baseAddress, room.count, &preferences))
    }

    private func send(_ count: Int) throws {
        precondition(LZ4F_isError(count) == 0, "the room is large enough for every call")
        if count > 0 { try sink(UnsafeRawBufferPointer(room.part(0..<count))) }
    }
}

/// Reads LZ4 frames one behind the other, skippable ones passed over, piece by piece.
///
/// One thread at a time. Memory does not grow with what is read.
package final class LZ4StreamReader {
    private let context: OpaquePointer
    private let room: UnsafeMutableRawBufferPointer
    /// True where the input may end: no frame is begun.
    package private(set) var isBetweenFrames = true

    private static let roomByteCount = 256 * 1024

    /// The bytes are no LZ4 frame, or damaged.
    package struct Damage: Error, Hashable, Sendable {}

    package init() {
        var context: OpaquePointer?
        let code = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(code) == 0, let context else {
            // As for a writer.
            fatalError("no memory for an LZ4 reader")
        }
        self.context = context
        room = .allocate(byteCount: Self.roomByteCount, alignment: 16)
    }

    deinit {
        LZ4F_freeDecompressionContext(context)
        room.deallocate()
    }

    /// Takes the next packed bytes, as many as there are, and hands on what they decode to.
    ///
    /// Throws `Damage`, or what `onPlain` throws; then nothing more may be read.
    package func read(
        _ packed: UnsafeRawBufferPointer, _ onPlain: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var read = 0
        while true {
            var sourceCount = packed.count - read
            var targetCount = room.count
            let hint = LZ4F_decompress(
                context, room.baseAddress, &targetCount,
                packed.baseAddress.map { $0 + read }, &sourceCount, nil)
            guard LZ4F_isError(hint) == 0 else { throw Damage() }
            read += sourceCount
            if sourceCount > 0 || targetCount > 0 { isBetweenFrames = hint == 0 }
            if targetCount > 0 {
                try onPlain(UnsafeRawBufferPointer(room.part(0..<targetCount)))
            }
            if read == packed.count && targetCount < room.count { return }
        }
    }
}
