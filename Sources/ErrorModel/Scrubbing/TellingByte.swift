/// What a byte of a string may be the sign of.
///
/// They are looked up for every place that `TellingPlaces` gives, and switched over.
enum TellingByte: UInt8 {
    /// Nothing; all others are worth a second look.
    case dull
    /// Behind `Bearer` and `Basic`.
    case space
    /// In tokens of services, and in front of a private key.
    case dash
    /// `_`, `I` and `z`, in tokens of services.
    case inToken
    /// In a JSON Web Token.
    case inWebToken
    case equals
    case colon
    case percent
    case at
    /// The string ends.
    case quote

    private init(_ byte: UInt8) {
        self =
            switch byte {
            case UInt8(ascii: " "): .space
            case UInt8(ascii: "-"): .dash
            case UInt8(ascii: "_"), UInt8(ascii: "I"), UInt8(ascii: "z"): .inToken
            case UInt8(ascii: "J"): .inWebToken
            case UInt8(ascii: "="): .equals
            case UInt8(ascii: ":"): .colon
            case UInt8(ascii: "%"): .percent
            case UInt8(ascii: "@"): .at
            case UInt8(ascii: "\""): .quote
            default: .dull
            }
    }

    /// One for each value of a byte.
    ///
    /// A pointer is read without the checks that a static array has. Made once and never freed; nobody
    /// writes to it once the closure has returned.
    nonisolated(unsafe) static let all: UnsafePointer<TellingByte> = {
        let table = UnsafeMutablePointer<TellingByte>.allocate(capacity: 256)
        for byte in UInt8.min...UInt8.max { (table + Int(byte)).initialize(to: .init(byte)) }
        return UnsafePointer(table)
    }()
}
