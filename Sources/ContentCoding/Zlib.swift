import CZlib

/// Inflates with the system's zlib.
enum Zlib {
    /// The window bits by which zlib tells its formats apart.
    enum Format: Int32 {
        case zlib = 15
        case raw = -15
        case gzip = 31
    }

    static func decode(
        _ bytes: [UInt8], format: Format, limit: Int
    ) throws(ContentCodingError) -> [UInt8] {
        var stream = z_stream()
        let status = inflateInit2_(
            &stream, format.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .outOfMemory }
        defer { inflateEnd(&stream) }
        var result: Result<[UInt8], ContentCodingError> = .failure(.corrupt(at: 0))
        bytes.withUnsafeBufferPointer { input in
            do throws(ContentCodingError) {
                result = .success(try inflateAll(&stream, input, format, limit: limit))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { bytes in
            var sum: UInt = 0
            var start = 0
            // zlib counts in 32 bits.
            while start < bytes.count {
                let count = min(bytes.count - start, Int(Int32.max))
                sum = CZlib.crc32(sum, bytes.baseAddress.map { $0 + start }, UInt32(count))
                start += count
            }
            return UInt32(truncatingIfNeeded: sum)
        }
    }

    private static func inflateAll(
        _ stream: inout z_stream, _ input: UnsafeBufferPointer<UInt8>, _ format: Format, limit: Int
    ) throws(ContentCodingError) -> [UInt8] {
        // zlib counts in 32 bits; our bodies are bounded far below.
        guard input.count <= Int(UInt32.max) else { throw .tooLarge(limit: limit) }
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        var output = BoundedOutput(limit: limit)
        while true {
            let status = output.write { space in
                stream.next_out = space.baseAddress
                stream.avail_out = UInt32(space.count)
                let status = inflate(&stream, Z_NO_FLUSH)
                return (status, space.count - Int(stream.avail_out))
            }
            try output.check()
            let offset = input.count - Int(stream.avail_in)
            switch status {
            case Z_OK:
                continue
            case Z_STREAM_END:
                guard format == .gzip, isMember(input, offset) else { return output.bytes }
                // A gzip file may hold several members, one after the other.
                guard inflateReset(&stream) == Z_OK else { throw .corrupt(at: offset) }
            case Z_MEM_ERROR:
                throw .outOfMemory
            default:
                throw .corrupt(at: offset)
            }
        }
    }

    private static func isMember(_ input: UnsafeBufferPointer<UInt8>, _ offset: Int) -> Bool {
        offset + 1 < input.count && input[offset] == 0x1F && input[offset + 1] == 0x8B
    }
}
