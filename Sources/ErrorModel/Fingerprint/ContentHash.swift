/// Which parts of a bundle's file name are the hash of its content, new with every build.
enum ContentHash {
    /// Appends the name without such parts; one that is the first part becomes `<hash>`.
    static func appendWithout(_ name: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        var start = 0
        for end in 0...name.count where end == name.count || isDivider(name[end]) {
            if !isHash(name.part(start..<end)) {
                bytes.append(contentsOf: name[max(start - 1, 0)..<end])
            } else if start == 0 {
                bytes.append(contentsOf: "<hash>".utf8)
            }
            start = end + 1
        }
    }

    private static func isDivider(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    static func isHash(_ part: UnsafeRawBufferPointer) -> Bool {
        guard (6...64).contains(part.count) else { return false }
        var letters = Letters()
        for byte in part where !letters.note(byte) { return false }
        if letters.isHexadecimalHash { return true }
        return part.count == 8 && (letters.isBase32 || letters.hasDigit && letters.hasUpper)
    }

    /// What kinds of ASCII letters and digits a part is made of.
    private struct Letters {
        var hasDigit = false
        var hasUpper = false
        var hasLower = false
        var isHexadecimal = true
        /// Capitals and the digits 2 to 7 only.
        var isBase32 = true

        /// False for anything but a letter or digit.
        mutating func note(_ byte: UInt8) -> Bool {
            if ASCII.isDigit(byte) {
                hasDigit = true
                if byte < UInt8(ascii: "2") || byte > UInt8(ascii: "7") { isBase32 = false }
            } else if ASCII.isUpper(byte) {
                hasUpper = true
            } else if ASCII.isLower(byte) {
                hasLower = true
                isBase32 = false
            } else {
                return false
            }
            if !ASCII.isHex(byte) { isHexadecimal = false }
            return true
        }

        var isHexadecimalHash: Bool {
            isHexadecimal && hasDigit && hasUpper != hasLower
        }
    }
}
