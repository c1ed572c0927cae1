/// What the body of a store request holds, once its Content-Encoding is undone.
package enum StoreBody: Equatable, Sendable {
    /// The event's JSON, as the body has it.
    case json
    /// The event's JSON, out of base64.
    case decoded([UInt8])
    /// Out of base64: zlib data of the event's JSON, to be inflated within bounds.
    case deflated([UInt8])
    /// An envelope, by its content type.
    case envelope
    /// Neither JSON nor base64.
    case invalid

    /// Tells the forms apart; the content type may be empty.
    package static func classify(_ body: [UInt8], contentType: String) -> StoreBody {
        let mediaType = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        if mediaType == "application/x-sentry-envelope" { return .envelope }
        guard let first = body.first(where: { !ASCII.isSpace($0) }) else { return .invalid }
        if first == UInt8(ascii: "{") { return .json }
        guard let decoded = Base64.decode(body), let start = decoded.first else {
            // Not an event either way: as JSON it gets the better error.
            return first == UInt8(ascii: "[") || first == UInt8(ascii: "\"") ? .json : .invalid
        }
        return start == UInt8(ascii: "{") ? .decoded(decoded) : .deflated(decoded)
    }
}
