import CZstd

/// Decodes with the system's zstd (RFC 8878).
enum Zstandard {
    /// What a frame may make the decoder keep: 8 MiB, which RFC 8878 asks of every decoder.
    private static let windowLog: Int32 = 23

    /// One frame, or several one after the other.
    static func decode(_ bytes: [UInt8], limit: Int) throws(ContentCodingError) -> [UInt8] {
        guard let context = ZSTD_createDCtx() else { throw .outOfMemory }
        defer { ZSTD_freeDCtx(context) }
        guard
            ZSTD_isError(
                ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, windowLog)) == 0
        else { throw .outOfMemory }
        var result: Result<[UInt8], ContentCodingError> = .failure(.corrupt(at: 0))
        bytes.withUnsafeBytes { input in
            do throws(ContentCodingError) {
                result = .success(try decodeAll(context, input, limit: limit))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private static func decodeAll(
        _ context: OpaquePointer, _ bytes: UnsafeRawBufferPointer, limit: Int
    ) throws(ContentCodingError) -> [UInt8] {
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var output = BoundedOutput(limit: limit)
        while true {
            let place = input.pos
            let (left, isFull) = output.write { space in
                var target = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
                let left = ZSTD_decompressStream(context, &target, &input)
                return ((left, target.pos == space.count), target.pos)
            }
            try output.check()
            guard ZSTD_isError(left) == 0 else { throw .corrupt(at: place) }
            if left == 0, input.pos == input.size { return output.bytes }
            // More of a frame is wanted, and there is nothing: it was cut.
            if input.pos == input.size, !isFull { throw .corrupt(at: input.pos) }
        }
    }
}
