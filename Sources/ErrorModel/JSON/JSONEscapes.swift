/// Undoes the escapes of a JSON string whose grammar was checked by the scanner.
enum JSONEscapes {
    /// U+FFFD in UTF-8: what stands for text that cannot be kept.
    static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    static func append(_ source: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + source.count)
        var index = 0
        while index < source.count {
            let byte = source[index]
            if byte != UInt8(ascii: "\\") {
                bytes.append(byte)
                index += 1
            } else if index + 1 < source.count {
                index = appendEscape(source, at: index + 1, to: &bytes)
            } else {
                return
            }
        }
    }

    /// Appends what the escape at `index` (just after its backslash) means; returns what follows.
    private static func appendEscape(
        _ source: UnsafeRawBufferPointer, at index: Int, to bytes: inout [UInt8]
    ) -> Int {
        switch source[index] {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "u"):
            let escape = unicode(source, at: index - 1)
            if let scalar = escape.scalar {
                appendScalar(scalar, to: &bytes)
            } else {
                bytes.append(contentsOf: replacement)
            }
            return index - 1 + escape.count
        default: bytes.append(source[index])
        }
        return index + 1
    }

    /// What the `\u` escape, or the pair of them, means whose backslash is at `index`, and how many bytes it
    /// has; nil: half of a surrogate pair.
    static func unicode(
        _ source: UnsafeRawBufferPointer, at index: Int
    ) -> (scalar: UInt32?, count: Int) {
        let unit = codeUnit(source, at: index + 2)
        guard (0xD800...0xDFFF).contains(unit) else { return (unit, 6) }
        let next = index + 6
        guard unit < 0xDC00, next + 6 <= source.count, source[next] == UInt8(ascii: "\\"),
            source[next + 1] == UInt8(ascii: "u"),
            source[next + 2..<next + 6].allSatisfy(ASCII.isHex)
        else { return (nil, 6) }
        let low = codeUnit(source, at: next + 2)
        guard (0xDC00...0xDFFF).contains(low) else { return (nil, 6) }
        return (0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), 12)
    }

    private static func codeUnit(_ source: UnsafeRawBufferPointer, at index: Int) -> UInt32 {
        var unit: UInt32 = 0
        for position in index..<min(index + 4, source.count) {
            unit = unit << 4 | UInt32(ASCII.hexValue(source[position]) ?? 0)
        }
        return unit
    }

    static func appendScalar(_ value: UInt32, to bytes: inout [UInt8]) {
        switch value {
        case 0..<0x80:
            bytes.append(UInt8(value))
        case 0x80..<0x800:
            bytes.append(UInt8(0xC0 | value >> 6))
            bytes.append(UInt8(0x80 | value & 0x3F))
        case 0x800..<0x10000:
            bytes.append(UInt8(0xE0 | value >> 12))
            bytes.append(UInt8(0x80 | value >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | value & 0x3F))
        default:
            bytes.append(UInt8(0xF0 | value >> 18 & 0x07))
            bytes.append(UInt8(0x80 | value >> 12 & 0x3F))
            bytes.append(UInt8(0x80 | value >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | value & 0x3F))
        }
    }
}
