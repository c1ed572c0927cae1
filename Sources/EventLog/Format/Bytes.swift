/// Little-endian numbers in raw bytes, at any alignment.
///
/// Bounds are checked by the buffer.
extension UnsafeRawBufferPointer {
    /// The 64-bit number at `position`.
    package func word(_ position: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// The 32-bit number at `position`.
    package func half(_ position: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    /// The 16-bit number at `position`.
    package func short(_ position: Int) -> UInt16 {
        UInt16(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt16.self))
    }

    /// The bytes of a range, as a buffer of their own.
    package func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes `value` at `position`.
    package func put(_ value: some FixedWidthInteger, at position: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: position, as: type(of: value).self)
    }

    /// The bytes of a range, as a buffer of their own.
    package func part(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: self[range])
    }
}
