/// The 16-byte id of an event, as SDKs make it (a UUID); written as 32 lower-case hex digits.
package struct EventID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 32 hexadecimal digits of either case, with or without the four dashes of a UUID.
    package init?(_ text: String) {
        var text = text
        guard let id = text.withUTF8({ EventID(utf8: UnsafeRawBufferPointer($0)) }) else {
            return nil
        }
        self = id
    }

    package init?(utf8 text: UnsafeRawBufferPointer) {
        guard text.count == 32 || text.count == 36 else { return nil }
        let hasDashes = text.count == 36
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in text.enumerated() {
            if hasDashes, index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = ASCII.hexValue(byte) else { return nil }
            words.0 = words.0 << 4 | words.1 >> 60
            words.1 = words.1 << 4 | UInt64(digit)
        }
        self.init(high: words.0, low: words.1)
    }

    /// 32 lower-case hexadecimal digits.
    package var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package func append(to bytes: inout [UInt8]) {
        HexText.append(high, to: &bytes)
        HexText.append(low, to: &bytes)
    }
}

/// 64-bit values as 16 lower-case hexadecimal digits.
package enum HexText {
    package static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 1) { text in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15
                text[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            bytes.append(contentsOf: text)
        }
    }

    package static func text(_ value: UInt64) -> String {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads exactly 16 hexadecimal digits of either case.
    package static func value(_ text: String) -> UInt64? {
        guard text.utf8.count == 16 else { return nil }
        var value: UInt64 = 0
        for byte in text.utf8 {
            guard let digit = ASCII.hexValue(byte) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}
