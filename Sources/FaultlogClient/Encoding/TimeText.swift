/// A moment as RFC 3339 text in UTC, to the microsecond: `2026-11-20T10:11:12.345678Z`.
enum TimeText {
    /// The first moment of the year 1 and the last of 9999: RFC 3339 has no others.
    private static let range: ClosedRange<Int64> =
        -62_135_596_800_000_000...253_402_300_799_999_999

    static func text(microseconds: Int64) -> String {
        let moment = min(max(microseconds, range.lowerBound), range.upperBound)
        let (seconds, fraction) = floorDivide(moment, 1_000_000)
        let (days, second) = floorDivide(seconds, 86_400)
        let (year, month, day) = date(days: days)
        // In place: every breadcrumb of every event has one.
        return String(unsafeUninitializedCapacity: 27) { text in
            put(year, digits: 4, before: "-", at: 0, text)
            put(month, digits: 2, before: "-", at: 5, text)
            put(day, digits: 2, before: "T", at: 8, text)
            put(second / 3600, digits: 2, before: ":", at: 11, text)
            put(second / 60 % 60, digits: 2, before: ":", at: 14, text)
            put(second % 60, digits: 2, before: ".", at: 17, text)
            put(fraction, digits: 6, before: "Z", at: 20, text)
            return 27
        }
    }

    /// Writes the last `digits` digits, then the character that follows them.
    private static func put(
        _ number: Int64, digits: Int, before divider: Unicode.Scalar, at place: Int,
        _ text: UnsafeMutableBufferPointer<UInt8>
    ) {
        var rest = number
        text[place + digits] = UInt8(ascii: divider)
        for index in (place..<place + digits).reversed() {
            text[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// The date so many days after 1970-01-01; years are counted from March, so that the leap
    /// day is the last of its year.
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // 719,468 days lie between the first of March of the year 0 and 1970-01-01; an era has
        // 400 years.
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * fromMarch + 2) / 5 + 1
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(
        _ value: Int64, _ divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
