import ErrorModel

/// Why a `data:` URL gives no bytes.
package enum DataURLError: Error, Equatable, Sendable, CustomStringConvertible {
    case noComma
    case invalidBase64
    case empty

    package var description: String {
        switch self {
        case .noComma: "the data URL has no comma between its type and its content"
        case .invalidBase64: "the data URL's content is no base64"
        case .empty: "the data URL has no content"
        }
    }
}

/// Maps that stand in the comment of their file.
package enum DataURL {
    package static func isOne(_ url: String) -> Bool {
        let scheme = Array("data:".utf8)
        return url.utf8.count >= scheme.count
            && url.utf8.prefix(scheme.count).map(ASCII.lowered) == scheme
    }

    /// The content, whatever the type says: a map is judged by what it is.
    package static func decode(_ url: String) throws(DataURLError) -> [UInt8] {
        var bytes = ArraySlice(Array(url.utf8)).dropFirst("data:".utf8.count)
        if let mark = bytes.firstIndex(of: UInt8(ascii: "#")) { bytes = bytes[..<mark] }
        guard let comma = bytes.firstIndex(of: UInt8(ascii: ",")) else {
            throw DataURLError.noComma
        }
        let content = PercentEncoding.decoded(bytes[(comma + 1)...])
        let result = isBase64(bytes[..<comma]) ? try base64(content) : content
        if result.isEmpty { throw DataURLError.empty }
        return result
    }

    /// True where the type ends with `;base64`, blanks before the word allowed.
    private static func isBase64(_ type: ArraySlice<UInt8>) -> Bool {
        let word = Array("base64".utf8)
        let type = type.map(ASCII.lowered)
        var end = type.count
        while end > 0, ASCII.isSpace(type[end - 1]) { end -= 1 }
        guard end >= word.count, type[end - word.count..<end].elementsEqual(word) else {
            return false
        }
        end -= word.count
        while end > 0, type[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return end > 0 && type[end - 1] == UInt8(ascii: ";")
    }

    /// Forgiving, as browsers are: white space is dropped, padding may be missing but not be wrong.
    private static func base64(_ content: [UInt8]) throws(DataURLError) -> [UInt8] {
        var text = content.filter { !ASCII.isSpace($0) }
        if text.count % 4 == 0 {
            for _ in 0..<2 where text.last == UInt8(ascii: "=") { text.removeLast() }
        }
        guard !text.contains(UInt8(ascii: "=")), let bytes = Base64.decode(text) else {
            throw DataURLError.invalidBase64
        }
        return bytes
    }
}

/// `%` and two hexadecimal digits for a byte.
enum PercentEncoding {
    /// What is no such triple stays as it is.
    static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.endIndex,
                let high = ASCII.hexValue(bytes[index + 1]),
                let low = ASCII.hexValue(bytes[index + 2])
            {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return output
    }
}
