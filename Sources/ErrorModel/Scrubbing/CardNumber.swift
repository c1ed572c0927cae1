/// Tells the number of a payment card from other digits, which are given one by one.
///
/// By the first digits and the length of the networks' ranges (ISO/IEC 7812) and the check digit
/// of Luhn: one in ten numbers of such a form is taken for a card that is none.
struct CardNumber {
    static let digitRange = 13...19

    private(set) var count = 0
    /// The first four digits.
    private var start = 0
    private var firstDigit: UInt8 = 0
    /// Filler such as 4444444444444444.
    private var isOneDigit = true
    /// Luhn's sum if the digit given last is the last of all.
    private var sum = 0
    /// The same if one more follows, which the digits before change their weight for.
    private var nextSum = 0

    /// `digit` is 0 to 9.
    mutating func append(_ digit: UInt8) {
        if count == 0 { firstDigit = digit }
        if count < 4 { start = start * 10 + Int(digit) }
        count += 1
        isOneDigit = isOneDigit && digit == firstDigit
        let doubled = Int(digit) * 2
        (sum, nextSum) = (nextSum + Int(digit), sum + (doubled > 9 ? doubled - 9 : doubled))
    }

    /// True where the digits so far are those of a card.
    var isCard: Bool { isOfNetwork && !isOneDigit && sum.isMultiple(of: 10) }

    private var isOfNetwork: Bool {
        switch (start, count) {
        case (4000...4999, 13), (4000...4999, 16), (4000...4999, 19): true
        case (5100...5599, 16), (2221...2720, 16): true
        case (3400...3499, 15), (3700...3799, 15): true
        case (6011, 16...19), (6440...6599, 16...19): true
        case (3528...3589, 16...19): true
        case (3000...3059, 14), (3600...3699, 14), (3800...3999, 14): true
        case (6200...6299, 16...19): true
        case (5000...5099, 16...19), (5600...5899, 16...19), (6300...6399, 16...19): true
        default: false
        }
    }
}
