/// Decodes base64 (RFC 4648), with or without padding; white space is passed over.
package enum Base64 {
    /// The bytes; nil where a character is none of the alphabet or the length cannot be.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(text.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var count = 0
        var isPadded = false
        for byte in text {
            if ASCII.isSpace(byte) { continue }
            if byte == UInt8(ascii: "=") {
                isPadded = true
                continue
            }
            guard !isPadded, let value = value(byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 1
            if count % 4 == 0 {
                output.append(UInt8(truncatingIfNeeded: bits >> 16))
                output.append(UInt8(truncatingIfNeeded: bits >> 8))
                output.append(UInt8(truncatingIfNeeded: bits))
            }
        }
        switch count % 4 {
        case 1:
            return nil
        case 2:
            output.append(UInt8(truncatingIfNeeded: bits >> 4))
        case 3:
            output.append(UInt8(truncatingIfNeeded: bits >> 10))
            output.append(UInt8(truncatingIfNeeded: bits >> 2))
        default:
            break
        }
        return output
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        if ASCII.isUpper(byte) { return byte - 0x41 }
        if ASCII.isLower(byte) { return byte - 0x61 + 26 }
        if ASCII.isDigit(byte) { return byte - 0x30 + 52 }
        switch byte {
        case UInt8(ascii: "+"): return 62
        case UInt8(ascii: "/"): return 63
        default: return nil
        }
    }
}
