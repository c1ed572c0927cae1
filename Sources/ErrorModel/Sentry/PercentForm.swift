import Glibc

/// What stands between the `%` and the letter of a placeholder: flags, width and precision.
///
/// After "printf-style String Formatting" of Python's library reference, without the flag of a space: in `100% done`
/// nothing is to be filled in.
struct PercentForm {
    private var isLeft = false
    private var isZeroFilled = false
    private var isAlternate = false
    /// In front of numbers that are not negative.
    private var sign = ""
    private var width = 0
    private var precision: Int?

    /// Wider is no message; a template of a few bytes must not make a large text.
    private static let widthLimit = 256
    /// More digits than a number of 64 bits has behind its point.
    private static let precisionLimit = 64

    init(_ text: ArraySlice<UInt8>) {
        var rest = text
        flags: while let flag = rest.first {
            switch flag {
            case UInt8(ascii: "-"): isLeft = true
            case UInt8(ascii: "0"): isZeroFilled = true
            case UInt8(ascii: "#"): isAlternate = true
            case UInt8(ascii: "+"): sign = "+"
            default: break flags
            }
            rest = rest.dropFirst()
        }
        width = Self.number(&rest, limit: Self.widthLimit)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            precision = Self.number(&rest, limit: Self.widthLimit)
        }
    }

    private static func number(_ text: inout ArraySlice<UInt8>, limit: Int) -> Int {
        var value = 0
        while let digit = text.first, ASCII.isDigit(digit) {
            value = min(value * 10 + Int(digit - UInt8(ascii: "0")), limit)
            text = text.dropFirst()
        }
        return value
    }

    /// The value as Python would print it; one that the letter does not fit as text.
    func text(_ value: JSONValue, as letter: UInt8) -> String {
        switch letter {
        case UInt8(ascii: "d"), UInt8(ascii: "i"), UInt8(ascii: "u"):
            if let number = Self.integer(value) {
                return filled(String(number.magnitude), number < 0)
            }
        case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "o"):
            if let number = Self.integer(value) { return filled(radix(number, letter), number < 0) }
        case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "f"), UInt8(ascii: "F"),
            UInt8(ascii: "g"), UInt8(ascii: "G"):
            if let number = Self.double(value) {
                return filled(decimal(number.magnitude, letter), number.sign == .minus)
            }
        case UInt8(ascii: "r"), UInt8(ascii: "a"):
            return padded(cut(PythonText.representation(value)))
        default: break
        }
        return padded(cut(PythonText.text(value)))
    }

    private static func integer(_ value: JSONValue) -> Int64? {
        if let isTrue = value.bool { return isTrue ? 1 : 0 }
        return value.int64 ?? value.double.flatMap { Int64(exactly: $0.rounded(.towardZero)) }
    }

    private static func double(_ value: JSONValue) -> Double? {
        if let isTrue = value.bool { return isTrue ? 1 : 0 }
        return value.double
    }

    private func radix(_ number: Int64, _ letter: UInt8) -> String {
        let isUpper = letter == UInt8(ascii: "X")
        let isOctal = letter == UInt8(ascii: "o")
        let digits = String(number.magnitude, radix: isOctal ? 8 : 16, uppercase: isUpper)
        return (isAlternate ? isOctal ? "0o" : isUpper ? "0X" : "0x" : "") + digits
    }

    /// As C prints it, whose rules Python's are.
    private func decimal(_ number: Double, _ letter: UInt8) -> String {
        let format = (isAlternate ? "%#.*" : "%.*") + String(UnicodeScalar(letter))
        let precision = Int32(min(precision ?? 6, Self.precisionLimit))
        // Of a number with 309 digits before its point.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { room in
            let count = withVaList([precision, number]) {
                vsnprintf(room.baseAddress, room.count, format, $0)
            }
            guard count > 0 else { return "" }
            return String(
                decoding: UnsafeRawBufferPointer(room).prefix(min(Int(count), room.count - 1)),
                as: UTF8.self)
        }
    }

    private func cut(_ text: String) -> String {
        guard let precision else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
    }

    /// A number with its sign, widened with zeros or spaces.
    private func filled(_ digits: String, _ isNegative: Bool) -> String {
        let sign = isNegative ? "-" : self.sign
        guard isZeroFilled, !isLeft else { return padded(sign + digits) }
        return sign + String(repeating: "0", count: max(0, width - sign.count - digits.count))
            + digits
    }

    private func padded(_ text: String) -> String {
        let space = String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
        return isLeft ? text + space : space + text
    }
}
