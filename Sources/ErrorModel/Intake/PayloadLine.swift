/// Makes a payload fit to stand on one line of the log: legal JSON without a line break.
enum PayloadLine {
    /// A space for each line break and tab between tokens, U+FFFD for each raw control character
    /// in a string and for what is not UTF-8.
    static func mended(_ payload: UnsafeRawBufferPointer) -> [UInt8] {
        let text =
            UTF8Check.isValid(payload)
            ? Array(payload) : Array(String(decoding: payload, as: UTF8.self).utf8)
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var isInString = false
        var isEscaped = false
        for byte in text {
            if byte < 0x20 {
                if isInString {
                    output.append(contentsOf: JSONEscapes.replacement)
                } else {
                    output.append(0x20)
                }
                isEscaped = false
                continue
            }
            output.append(byte)
            if isEscaped {
                isEscaped = false
            } else if isInString {
                isEscaped = byte == UInt8(ascii: "\\")
                if byte == UInt8(ascii: "\"") { isInString = false }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            }
        }
        return output
    }
}
