/// A moment, in microseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static let microsecondsPerSecond: Int64 = 1_000_000
    static let secondsPerDay: Int64 = 86_400
    /// The last second of the year 9999: later than this RFC 3339 cannot write.
    static let lastSecond: Int64 = 253_402_300_799
    /// The first second of the year 1.
    static let firstSecond: Int64 = -62_135_596_800

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The moment moved by so many microseconds, held within the range that RFC 3339 can write.
    package func shifted(byMicroseconds delta: Int64) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(delta)
        let last = Self.lastSecond * Self.microsecondsPerSecond
        let first = Self.firstSecond * Self.microsecondsPerSecond
        if overflow { return Timestamp(microseconds: delta > 0 ? last : first) }
        return Timestamp(microseconds: min(max(sum, first), last))
    }
}

// MARK: - Reading

extension Timestamp {
    /// Reads RFC 3339 text, or seconds as a decimal number; nil for anything else and outside of
    /// the years 1 to 9999.
    ///
    /// Date and time may be divided by a space, the zone may be missing (then it is UTC), the
    /// fraction may have any number of digits: what is finer than a microsecond is cut.
    package init?(text: String) {
        var text = text
        guard let value = text.withUTF8({ Timestamp(utf8: UnsafeRawBufferPointer($0)) }) else {
            return nil
        }
        self = value
    }

    /// As `init(text:)`, but no number, and with a zone: what somebody asks for must not depend on a guess.
    package init?(rfc3339 text: String) {
        let end = text.utf8.suffix(6)
        let hasZone =
            text.utf8.last.map { $0 | 0x20 == UInt8(ascii: "z") } ?? false
            || (end.count == 6 && [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(end.first ?? 0))
        guard hasZone, text.contains(":") else { return nil }
        self.init(text: text)
    }

    package init?(utf8 text: UnsafeRawBufferPointer) {
        var reader = FieldReader(text)
        if let value = reader.dateAndTime() {
            self = value
        } else if let value = Timestamp(number: text) {
            self = value
        } else {
            return nil
        }
    }

    /// Reads seconds since 1970 from the text of a JSON number; exact to the microsecond.
    package init?(number text: UnsafeRawBufferPointer) {
        var reader = FieldReader(text)
        guard let micro = reader.decimalSeconds() ?? Self.exponential(text),
            micro >= Self.firstSecond * Self.microsecondsPerSecond,
            micro / Self.microsecondsPerSecond <= Self.lastSecond
        else { return nil }
        microseconds = micro
    }

    private static func exponential(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }),
            let seconds = JSONNumber.double(text), abs(seconds) <= Double(lastSecond)
        else { return nil }
        return Int64((seconds * Double(microsecondsPerSecond)).rounded())
    }

    /// The calendar month in UTC, counted from January 1970.
    package var month: Int {
        let seconds = Self.floorDivide(microseconds, Self.microsecondsPerSecond).0
        let (year, month, _) = Self.date(days: Self.floorDivide(seconds, Self.secondsPerDay).0)
        return Int((year - 1970) * 12 + month - 1)
    }

    /// The first moment of a month counted from January 1970.
    package init(month: Int) {
        let (year, rest) = Self.floorDivide(Int64(month), 12)
        self.init(
            microseconds: Self.days(year: 1970 + year, month: rest + 1, day: 1)
                * Self.secondsPerDay * Self.microsecondsPerSecond)
    }

    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        // Years are counted from March, so that the leap day is the last of its year.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func daysInMonth(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}

// MARK: - Writing

extension Timestamp {
    /// RFC 3339 in UTC with three digits of fraction, six where the moment needs them.
    package var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `text`, for example `2026-11-20T10:11:12.345Z`.
    package func append(to bytes: inout [UInt8]) {
        let (seconds, micro) = Self.floorDivide(microseconds, Self.microsecondsPerSecond)
        let (days, second) = Self.floorDivide(seconds, Self.secondsPerDay)
        let (year, month, day) = Self.date(days: days)
        let isWhole = micro % 1000 == 0
        withUnsafeTemporaryAllocation(byteCount: 27, alignment: 1) { text in
            let count = isWhole ? 24 : 27
            Self.put(year, digits: 4, before: UInt8(ascii: "-"), at: 0, text)
            Self.put(month, digits: 2, before: UInt8(ascii: "-"), at: 5, text)
            Self.put(day, digits: 2, before: UInt8(ascii: "T"), at: 8, text)
            Self.put(second / 3600, digits: 2, before: UInt8(ascii: ":"), at: 11, text)
            Self.put(second / 60 % 60, digits: 2, before: UInt8(ascii: ":"), at: 14, text)
            Self.put(second % 60, digits: 2, before: UInt8(ascii: "."), at: 17, text)
            Self.put(
                isWhole ? micro / 1000 : micro, digits: isWhole ? 3 : 6,
                before: UInt8(ascii: "Z"), at: 20, text)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[..<count]))
        }
    }

    /// Writes the last `digits` digits, then the byte that follows them.
    @inline(__always)
    private static func put(
        _ value: Int64, digits: Int, before divider: UInt8, at place: Int,
        _ text: UnsafeMutableRawBufferPointer
    ) {
        var rest = value.magnitude
        var index = place + digits
        text[index] = divider
        while index > place {
            index -= 1
            text[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func floorDivide(
        _ value: Int64, _ divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The date so many days after 1970-01-01.
    static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
