/// Tells the number of a payment card from other digits.
///
/// By the first digits and the length of the networks' ranges (ISO/IEC 7812) and the check digit
/// of Luhn: one in ten numbers of such a form is taken for a card that is none.
enum CardNumber {
    static let digitRange = 13...19

    static func isCard(_ digits: ArraySlice<UInt8>) -> Bool {
        guard digitRange.contains(digits.count), isOfNetwork(digits), !isOneDigit(digits) else {
            return false
        }
        return luhnSum(digits).isMultiple(of: 10)
    }

    private static func isOfNetwork(_ digits: ArraySlice<UInt8>) -> Bool {
        let start = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        switch (start, digits.count) {
        case (4000...4999, 13), (4000...4999, 16), (4000...4999, 19): return true
        case (5100...5599, 16), (2221...2720, 16): return true
        case (3400...3499, 15), (3700...3799, 15): return true
        case (6011, 16...19), (6440...6599, 16...19): return true
        case (3528...3589, 16...19): return true
        case (3000...3059, 14), (3600...3699, 14), (3800...3999, 14): return true
        case (6200...6299, 16...19): return true
        case (5000...5099, 16...19), (5600...5899, 16...19), (6300...6399, 16...19): return true
        default: return false
        }
    }

    /// Filler such as 4444444444444444.
    private static func isOneDigit(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.allSatisfy { $0 == digits.first }
    }

    private static func luhnSum(_ digits: ArraySlice<UInt8>) -> Int {
        var sum = 0
        for (index, digit) in digits.reversed().enumerated() {
            let doubled = Int(digit) * 2
            sum += index % 2 == 0 ? Int(digit) : doubled > 9 ? doubled - 9 : doubled
        }
        return sum
    }
}
