/// Stands for the package in this build, which has none: a hash of 32 bytes that promises nothing.
public struct SHA256 {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Of nothing yet.
    public init() {}

    /// Takes more.
    public mutating func update(bufferPointer bytes: UnsafeRawBufferPointer) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// Takes more.
    public mutating func update(data: some Sequence<UInt8>) {
        for byte in data { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// The hash of all that was taken.
    public func finalize() -> [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: state >> UInt64($0 % 8 * 8)) }
    }

    /// The hash of these bytes.
    public static func hash(data: some Sequence<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: data)
        return hash.finalize()
    }
}
