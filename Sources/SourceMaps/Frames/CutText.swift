/// Shortens texts between two characters.
package enum CutText {
    /// Where a text that begins at `start` ends, so that it has at most `limit` bytes of whole UTF-8.
    static func end(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, limit: Int
    ) -> Int {
        var end = min(range.upperBound, range.lowerBound + limit)
        while end < range.upperBound, end > range.lowerBound, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }

    /// The text, at most so many bytes of it.
    package static func text(_ text: String, limit: Int) -> String {
        if text.utf8.count <= limit { return text }
        let bytes = Array(text.utf8.prefix(limit + 1))
        return bytes.withUnsafeBytes { bytes in
            let end = end(bytes, 0..<bytes.count, limit: limit)
            return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[..<end]), as: UTF8.self)
        }
    }
}
