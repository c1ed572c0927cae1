/// What each byte means in a list of mappings.
enum Base64Digits {
    static let comma: UInt8 = 64
    static let semicolon: UInt8 = 65
    /// Any other byte; also the quote that ends the list.
    static let other: UInt8 = 66

    /// Of each byte: its digit, from 0 to 63, or one of the three above.
    static let meanings: [UInt8] = {
        var meanings = [UInt8](repeating: other, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, byte) in alphabet.utf8.enumerated() { meanings[Int(byte)] = UInt8(value) }
        meanings[Int(UInt8(ascii: ","))] = comma
        meanings[Int(UInt8(ascii: ";"))] = semicolon
        return meanings
    }()
}
