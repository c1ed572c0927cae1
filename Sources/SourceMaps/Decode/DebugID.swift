import ErrorModel

/// The UUID that a map and its generated file share.
package struct DebugID: Hashable, Sendable, CustomStringConvertible {
    /// The first half, most significant byte first.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 32 hexadecimal digits of either case, with or without the four dashes of a UUID.
    package init?(_ text: some StringProtocol) {
        self.init(bytes: text.utf8)
    }

    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 36 || bytes.count == 32 else { return nil }
        let hasDashes = bytes.count == 36
        var halves: (UInt64, UInt64) = (0, 0)
        var count = 0
        for (place, byte) in bytes.enumerated() {
            if hasDashes, place == 8 || place == 13 || place == 18 || place == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = ASCII.hexValue(byte) else { return nil }
            if count < 16 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
            count += 1
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// In lower case, with dashes.
    package var description: String {
        var text: [UInt8] = []
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                text.append(UInt8(ascii: "-"))
            }
            let half = digit < 16 ? high : low
            text.append(ASCII.hexDigits[Int(half >> UInt64(60 - digit % 16 * 4) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
