import CBrotli

/// Decodes with the system's brotli.
enum Brotli {
    static func decode(_ bytes: [UInt8], limit: Int) throws(ContentCodingError) -> [UInt8] {
        guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { throw .outOfMemory }
        defer { BrotliDecoderDestroyInstance(state) }
        var result: Result<[UInt8], ContentCodingError> = .failure(.corrupt(at: 0))
        bytes.withUnsafeBufferPointer { input in
            do throws(ContentCodingError) {
                result = .success(try decodeAll(state, input, limit: limit))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private static func decodeAll(
        _ state: OpaquePointer, _ input: UnsafeBufferPointer<UInt8>, limit: Int
    ) throws(ContentCodingError) -> [UInt8] {
        var next = input.baseAddress
        var remaining = input.count
        var output = BoundedOutput(limit: limit)
        while true {
            let status = output.write { space in
                var place = space.baseAddress
                var free = space.count
                let status = BrotliDecoderDecompressStream(
                    state, &remaining, &next, &free, &place, nil)
                return (status, space.count - free)
            }
            try output.check()
            switch status {
            case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: continue
            case BROTLI_DECODER_RESULT_SUCCESS where remaining == 0: return output.bytes
            default: throw .corrupt(at: input.count - remaining)
            }
        }
    }
}
