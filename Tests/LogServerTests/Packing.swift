import CZlib

/// Packs bytes with zlib as an SDK does.
enum Packing {
    static func gzip(_ bytes: [UInt8]) -> [UInt8] { pack(bytes, windowBits: 31) }
    static func deflate(_ bytes: [UInt8]) -> [UInt8] { pack(bytes, windowBits: 15) }

    private static func pack(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: bytes.count + 1_024)
        let capacity = output.count
        return input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(capacity)
                CZlib.deflate(&stream, Z_FINISH)
                return Array(output.prefix(capacity - Int(stream.avail_out)))
            }
        }
    }
}
