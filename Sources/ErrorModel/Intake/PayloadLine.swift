/// Makes a payload fit to stand on one line of the log: legal JSON without a line break.
enum PayloadLine {
    /// What stands for what cannot be kept.
    ///
    /// A space for each line break and tab between tokens; U+FFFD for each raw control character in a string, for what is not UTF-8, and for the escape of half a surrogate pair, which
    /// other readers of JSON refuse. Escaped NUL stays.
    ///
    /// - Parameter payload: JSON but for such characters.
    static func mended(_ payload: UnsafeRawBufferPointer) -> [UInt8] {
        let text =
            UTF8Check.isValid(payload)
            ? Array(payload) : Array(String(decoding: payload, as: UTF8.self).utf8)
        return text.withUnsafeBytes(mendedText)
    }

    private static func mendedText(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var isInString = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            var count = 1
            if byte < 0x20 {
                output.append(contentsOf: isInString ? JSONEscapes.replacement : [0x20])
            } else if isInString, byte == UInt8(ascii: "\\"), index + 1 < text.count {
                count = appendEscape(text, at: index, to: &output)
            } else {
                if byte == UInt8(ascii: "\"") { isInString.toggle() }
                output.append(byte)
            }
            index += count
        }
        return output
    }

    /// Appends the escape whose backslash is at `index`; gives its length.
    private static func appendEscape(
        _ text: UnsafeRawBufferPointer, at index: Int, to output: inout [UInt8]
    ) -> Int {
        guard text[index + 1] == UInt8(ascii: "u"), index + 6 <= text.count else {
            output.append(contentsOf: text[index..<index + 2])
            return 2
        }
        let escape = JSONEscapes.unicode(text, at: index)
        if escape.scalar == nil {
            output.append(contentsOf: JSONEscapes.replacement)
        } else {
            output.append(contentsOf: text[index..<index + escape.count])
        }
        return escape.count
    }
}
