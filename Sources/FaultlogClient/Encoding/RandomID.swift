/// Ids that nobody else makes: 128 random bits as 32 lower-case hexadecimal digits.
enum RandomID {
    static func text() -> String {
        var random = SystemRandomNumberGenerator()
        return text(high: random.next(), low: random.next())
    }

    static func text(high: UInt64, low: UInt64) -> String {
        hex(high) + hex(low)
    }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
