/// Turns the text of a JSON number into a value; never traps, whatever its size.
package enum JSONNumber {
    /// The whole number, nil where it has a fraction, an exponent or more than 64 bits.
    package static func int64(_ text: UnsafeRawBufferPointer) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.count <= 19 else { return nil }
        var value: Int64 = 0
        if digits.count <= 18 {
            for byte in digits {
                guard ASCII.isDigit(byte) else { return nil }
                value = value &* 10 &+ Int64(byte &- 0x30)
            }
            return isNegative ? -value : value
        }
        for byte in digits {
            guard ASCII.isDigit(byte) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Downwards, so that the smallest value fits as well.
            let (sum, borrow) = product.subtractingReportingOverflow(Int64(byte &- 0x30))
            if overflow || borrow { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The nearest double; infinite where it is out of range, nil where the text is no number.
    package static func double(_ text: UnsafeRawBufferPointer) -> Double? {
        Double(String(decoding: text, as: UTF8.self))
    }
}
