/// Turns down nearly all names that are none of a secret, the common ones at once, others at a few
/// instructions a byte.
///
/// Three letters of each word of `SensitiveKey` are its sign; a name without any of them is none.
/// What stands between letters is passed over, as it is there.
struct SensitiveKeyFilter {
    /// A bit for each three letters, of five bits each.
    private let signs: UnsafePointer<UInt64>
    private let plain = PlainNames.shared
    /// What a byte of a name is: 1 to 26 for letters, and the values below.
    private let letters: UnsafePointer<UInt8>

    /// No letter, and nothing that stands between two: a digit.
    private static let otherCode: UInt8 = 31
    /// A backslash: a letter may be written otherwise.
    private static let specialCode: UInt8 = 32

    /// What was seen of a name so far.
    private struct Scan {
        var recent: UInt64 = 0
        var hits: UInt64 = 0
        var hasEscape = false

        /// False where the name is none of a secret.
        @inline(__always)
        var isSuspicious: Bool { hits & 1 == 1 || hasEscape || recent == SensitiveKeyFilter.ip }
    }

    /// The only word with less than three letters.
    private static let ip = UInt64(code(UInt8(ascii: "i")) << 5 | code(UInt8(ascii: "p")))

    private static func code(_ letter: UInt8) -> UInt64 { UInt64(letter & 31) }

    @inline(__always)
    private func take(_ code: UInt8, _ scan: inout Scan) {
        // Digits and letters have five bits; the fourth letter back goes.
        scan.recent = (scan.recent &<< 5 | UInt64(code)) & 0x7FFF
        scan.hits |= signs[Int(truncatingIfNeeded: scan.recent &>> 6)] &>> scan.recent
    }

    /// What a name says of its value.
    @inline(__always)
    func sensitivity(_ name: UnsafeRawBufferPointer) -> KeySensitivity {
        plain.role(name) != nil ? .none : sensitivityOfUnknown(name)
    }

    /// The same of a name that `PlainNames` does not know.
    func sensitivityOfUnknown(_ name: UnsafeRawBufferPointer) -> KeySensitivity {
        let text = JSONBytes(name)
        var scan = Scan()
        for index in 0..<text.count {
            let code = letters[Int(text[index])]
            if code == 0 { continue }
            if code < Self.specialCode {
                take(code, &scan)
            } else {
                scan.hasEscape = true
            }
        }
        return scan.isSuspicious ? SensitiveKey.classify(name) : .none
    }

    /// False where no name of a secret ends before `end`, whatever string that is in.
    ///
    /// `TextView.name(before:)` finds none there either; it needs to know where the string begins, and
    /// costs ten times as much. Looked at are the same letters, from the last to the first, and perhaps
    /// one more: that of an escape such as `\n`.
    func mayHoldName(_ text: JSONBytes, before end: Int) -> Bool {
        var index = end &- 1
        while index >= 0, end &- index < TextView.nameSpaceLimit, text[index] == UInt8(ascii: " ") {
            index &-= 1
        }
        guard index >= 0 else { return false }
        if text[index] == UInt8(ascii: "]") { return true }
        if text[index] == UInt8(ascii: "'") || text[index] == UInt8(ascii: "\"") {
            index &-= 1
            while index >= 0, text[index] == UInt8(ascii: "\\") { index &-= 1 }
        }
        let bound = max(0, index &- SecretText.nameByteLimit)
        var recent: UInt64 = 0
        var hits: UInt64 = 0
        while index >= bound {
            let code = letters[Int(text[index])]
            if code == 0 || code == Self.specialCode {
                // What else stands in names; behind a percent sign brackets and quotes may be encoded.
                guard TextView.isInName(text[index]) else {
                    return hits & 1 == 1 || text[index] == UInt8(ascii: "%")
                }
            } else {
                recent = recent &>> 5 | UInt64(code) &<< 10
                hits |= signs[Int(truncatingIfNeeded: recent &>> 6)] &>> recent
            }
            index &-= 1
        }
        return hits & 1 == 1
    }

    /// Made once and never freed; nobody writes to its tables once the closure has returned.
    nonisolated(unsafe) static let shared: SensitiveKeyFilter = {
        let signs = UnsafeMutablePointer<UInt64>.allocate(capacity: 1 << 9)
        signs.initialize(repeating: 0, count: 1 << 9)
        for word in SensitiveKey.words where word.sign.count == 3 {
            let packed = word.sign.reduce(0) { $0 << 5 | code($1) }
            signs[Int(packed >> 6)] |= 1 << (packed & 63)
        }
        let letters = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        letters.initialize(repeating: 0, count: 256)
        for byte in UInt8.min...UInt8.max {
            if ASCII.isLetter(byte) { letters[Int(byte)] = byte & 31 }
            if ASCII.isDigit(byte) { letters[Int(byte)] = otherCode }
        }
        letters[Int(UInt8(ascii: "\\"))] = specialCode
        return SensitiveKeyFilter(signs: UnsafePointer(signs), letters: UnsafePointer(letters))
    }()
}
