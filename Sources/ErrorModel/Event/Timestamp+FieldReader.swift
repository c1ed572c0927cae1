extension Timestamp {
    /// Reads the parts of a time from ASCII text.
    struct FieldReader {
        private let text: UnsafeRawBufferPointer
        private var position = 0

        init(_ text: UnsafeRawBufferPointer) {
            self.text = text
        }

        private var isAtEnd: Bool { position == text.count }
        private var next: UInt8 { isAtEnd ? 0 : text[position] }

        private mutating func take(_ byte: Character) -> Bool {
            guard next == byte.asciiValue else { return false }
            position += 1
            return true
        }

        private mutating func digits(_ count: Int) -> Int64? {
            guard position + count <= text.count else { return nil }
            var value: Int64 = 0
            for byte in text[position..<position + count] {
                guard ASCII.isDigit(byte) else { return nil }
                value = value * 10 + Int64(byte &- 0x30)
            }
            position += count
            return value
        }

        /// `2026-11-20T10:11:12.345678+01:00` in all accepted forms, up to the end of the text.
        mutating func dateAndTime() -> Timestamp? {
            guard let year = digits(4), take("-"), let month = digits(2), take("-"),
                let day = digits(2), year >= 1, (1...12).contains(month), day >= 1,
                day <= Timestamp.daysInMonth(year: year, month: month)
            else { return nil }
            let days = Timestamp.days(year: year, month: month, day: day)
            if isAtEnd { return moment(days: days, second: 0, micro: 0, offset: 0) }
            guard take("T") || take("t") || take(" "), let second = timeOfDay() else { return nil }
            guard let micro = fraction(), let offset = zone(), isAtEnd else { return nil }
            return moment(days: days, second: second, micro: micro, offset: offset)
        }

        private func moment(days: Int64, second: Int64, micro: Int64, offset: Int64) -> Timestamp? {
            let seconds = days * Timestamp.secondsPerDay + second - offset
            guard (Timestamp.firstSecond...Timestamp.lastSecond).contains(seconds) else {
                return nil
            }
            return Timestamp(microseconds: seconds * Timestamp.microsecondsPerSecond + micro)
        }

        private mutating func timeOfDay() -> Int64? {
            guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60
            else { return nil }
            guard take(":") else { return hour * 3600 + minute * 60 }
            // 60 is a leap second, which counts as the first of the next minute.
            guard let second = digits(2), second <= 60 else { return nil }
            return hour * 3600 + minute * 60 + second
        }

        /// Microseconds of an optional fraction; digits beyond the sixth are read and cut.
        private mutating func fraction() -> Int64? {
            guard next == UInt8(ascii: ".") || next == UInt8(ascii: ",") else { return 0 }
            position += 1
            var micro: Int64 = 0
            var unit: Int64 = 100_000
            while ASCII.isDigit(next) {
                micro += Int64(next &- 0x30) * unit
                unit /= 10
                position += 1
            }
            return micro
        }

        /// Seconds east of UTC; none written is UTC.
        private mutating func zone() -> Int64? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let sign: Int64 = next == UInt8(ascii: "-") ? -1 : 1
            guard take("+") || take("-"), let hours = digits(2), hours < 24 else { return nil }
            if isAtEnd { return sign * hours * 3600 }
            _ = take(":")
            guard let minutes = digits(2), minutes < 60 else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }

        /// Microseconds of a decimal number of seconds without exponent.
        mutating func decimalSeconds() -> Int64? {
            let isNegative = take("-")
            var seconds: Int64 = 0
            let start = position
            while ASCII.isDigit(next) {
                seconds = seconds * 10 + Int64(next &- 0x30)
                guard seconds <= Timestamp.lastSecond else { return nil }
                position += 1
            }
            guard position > start, let micro = fraction(), isAtEnd else { return nil }
            let total = seconds * Timestamp.microsecondsPerSecond + micro
            return isNegative ? -total : total
        }
    }
}
