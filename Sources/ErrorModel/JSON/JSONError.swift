/// Why bytes are not JSON that Faultlog takes, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: UInt8, Sendable {
        case unexpectedEnd
        case unexpectedByte
        case invalidNumber
        case invalidEscape
        case controlCharacter
        case invalidUTF8
        case tooDeep
        case tooLong
        case trailingBytes
    }

    package var kind: Kind
    /// The byte at which reading stopped, counted from the first byte of the text.
    package var offset: Int

    package init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    package var description: String {
        "\(reason) at byte \(offset)"
    }

    /// Without the place.
    package var reason: String {
        switch kind {
        case .unexpectedEnd: "the JSON ends too early"
        case .unexpectedByte: "a byte that JSON does not allow here"
        case .invalidNumber: "an invalid number"
        case .invalidEscape: "an invalid escape in a string"
        case .controlCharacter: "a raw control character in a string"
        case .invalidUTF8: "invalid UTF-8 in a string"
        case .tooDeep: "nesting beyond \(JSONLimits.depth) levels"
        case .tooLong: "more bytes than one JSON text may have"
        case .trailingBytes: "something after the end of the JSON value"
        }
    }
}

/// The bounds of every JSON text that Faultlog reads.
package enum JSONLimits {
    /// Deepest nesting of arrays and objects; deeper text is refused, without recursion.
    ///
    /// Real events nest 18 deep at most. A stored line wraps the payload in three more levels and
    /// has to stay below the 256 of older `jq`, with which the log is read.
    package static let depth = 200
    /// Most bytes of one text: offsets are kept in 31 bits.
    package static let byteCount = Int(Int32.max)
}
