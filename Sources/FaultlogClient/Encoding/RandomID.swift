/// Ids that nobody else makes: 128 random bits as 32 lower-case hexadecimal digits.
enum RandomID {
    static func text() -> String {
        var random = SystemRandomNumberGenerator()
        return text(high: random.next(), low: random.next())
    }

    /// Whether the server takes the id as it is, which zeros alone are not.
    ///
    /// Of another it would make a new one each time that the event is sent, and count it each time.
    static func isID(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.contains { $0 != 0x30 }
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
                default: false
                }
            }
    }

    static func text(high: UInt64, low: UInt64) -> String {
        hex(high) + hex(low)
    }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
