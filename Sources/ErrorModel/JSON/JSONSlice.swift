/// Where a scalar stands in a JSON text: a string without its quotes, a number or a literal.
///
/// A slice is two small numbers, no pointer: it is read through the `JSONBytes` it came from.
package struct JSONSlice: Equatable, Sendable {
    package let offset: UInt32
    private let lengthAndFlag: UInt32

    private static let escapeFlag: UInt32 = 1 << 31

    package init(offset: Int, count: Int, hasEscapes: Bool = false) {
        self.offset = UInt32(truncatingIfNeeded: offset)
        lengthAndFlag =
            UInt32(truncatingIfNeeded: count) & ~Self.escapeFlag
            | (hasEscapes ? Self.escapeFlag : 0)
    }

    /// Stands for a field that is missing, null or of the wrong type.
    package static let missing = JSONSlice(offset: Int(UInt32.max), count: 0)

    package var isMissing: Bool { offset == UInt32.max }
    /// Bytes as they stand in the text, escapes included.
    package var count: Int { Int(lengthAndFlag & ~Self.escapeFlag) }
    /// True where the text holds a backslash, so that the bytes are not the value yet.
    package var hasEscapes: Bool { lengthAndFlag & Self.escapeFlag != 0 }
    /// True for a missing field and for the empty string.
    package var isEmpty: Bool { count == 0 }
    package var range: Range<Int> { Int(offset)..<(Int(offset) + count) }
}
