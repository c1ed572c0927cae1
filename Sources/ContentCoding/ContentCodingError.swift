/// Why a body could not be decoded.
package enum ContentCodingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No decoder for this Content-Encoding.
    case unknownEncoding(String)
    /// The decoded body would be larger than `limit` bytes.
    case tooLarge(limit: Int)
    /// The input is broken, or ends too early, at about this byte of it.
    case corrupt(at: Int)
    /// The system had no memory for the decoder.
    case outOfMemory

    package var description: String {
        switch self {
        case .unknownEncoding(let name): "unknown content encoding '\(name)'"
        case .tooLarge(let limit): "the decoded body is larger than \(limit) bytes"
        case .corrupt(let offset): "the encoded body is broken near byte \(offset)"
        case .outOfMemory: "no memory for the decoder"
        }
    }
}
