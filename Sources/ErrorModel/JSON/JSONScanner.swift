private import CByteClasses

/// One pass over a JSON text (RFC 8259): checks all that it passes, keeps slices, makes no Strings.
///
/// Pull style: the caller enters objects and arrays, takes what it wants and skips the rest; a
/// skipped value is checked as strictly as a taken one. Skipping does not recurse, and nesting
/// beyond `JSONLimits.depth` is an error. Where a key stands twice, the caller sees both in order:
/// everywhere in Faultlog the last one wins.
///
/// With `toleratesBadText` raw control characters in strings are passed over and noted instead of
/// refused, and so is invalid UTF-8, which the scanner itself never looks at: when `sawNonASCII`
/// is set the caller has to check it.
package struct JSONScanner {
    package let bytes: JSONBytes
    package private(set) var position = 0
    package private(set) var depth = 0
    private let toleratesBadText: Bool
    private let depthLimit: Int

    /// Some string may hold bytes beyond ASCII (may also be set by a neighbour's byte).
    package private(set) var sawNonASCII = false
    /// Some string holds a raw control character.
    package private(set) var sawControlInString = false
    /// Some string holds, escaped, half of a surrogate pair.
    package private(set) var sawLoneSurrogate = false
    /// A line break or tab stands between two tokens.
    package private(set) var sawLineBreak = false

    /// Reads `bytes` from their start; throws `.tooLong` above `JSONLimits.byteCount`.
    ///
    /// `wrappers` (at most 8) are levels that do not count: those that stand around a stored text.
    package init(
        _ bytes: JSONBytes, toleratesBadText: Bool = false, wrappers: Int = 0
    ) throws(JSONError) {
        precondition((0...8).contains(wrappers), "the bits of skipContainer hold 255 levels")
        guard bytes.count <= JSONLimits.byteCount else { throw JSONError(.tooLong, at: 0) }
        self.bytes = bytes
        self.toleratesBadText = toleratesBadText
        depthLimit = JSONLimits.depth + wrappers
    }

    // MARK: Structure

    /// The next byte that is not white space, not consumed; 0 at the end, which is no JSON.
    @inline(__always)
    package mutating func peek() -> UInt8 {
        guard position < bytes.count else { return 0 }
        let byte = bytes[position]
        return byte > 0x20 ? byte : peekAfterSpace()
    }

    @inline(never)
    private mutating func peekAfterSpace() -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case 0x20: break
            case 0x0A, 0x0D, 0x09: sawLineBreak = true
            default: return byte
            }
            position += 1
        }
        return 0
    }

    @inline(__always)
    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard peek() == byte else { throw unexpected() }
        position += 1
    }

    private func unexpected() -> JSONError {
        JSONError(position < bytes.count ? .unexpectedByte : .unexpectedEnd, at: position)
    }

    /// Passes `{`; then `nextKey` until it gives nil.
    @inline(__always)
    package mutating func enterObject() throws(JSONError) {
        try expect(UInt8(ascii: "{"))
        try deepen()
    }

    /// Passes `[`; then `nextElement` until it gives false.
    @inline(__always)
    package mutating func enterArray() throws(JSONError) {
        try expect(UInt8(ascii: "["))
        try deepen()
    }

    @inline(__always)
    private mutating func deepen() throws(JSONError) {
        depth += 1
        guard depth <= depthLimit else { throw JSONError(.tooDeep, at: position - 1) }
    }

    /// The next key of the object, the scanner standing at its value; nil when `}` was passed.
    ///
    /// `isFirst` is true for the first call in an object and belongs to this object alone.
    @inline(__always)
    package mutating func nextKey(_ isFirst: inout Bool) throws(JSONError) -> JSONSlice? {
        var byte = peek()
        if byte == UInt8(ascii: "}") {
            position += 1
            depth -= 1
            return nil
        }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else { throw unexpected() }
            position += 1
            byte = peek()
        }
        isFirst = false
        guard byte == UInt8(ascii: "\"") else { throw unexpected() }
        let key = try takeQuoted()
        try expect(UInt8(ascii: ":"))
        return key
    }

    /// True when the scanner stands at a next element; false when `]` was passed.
    @inline(__always)
    package mutating func nextElement(_ isFirst: inout Bool) throws(JSONError) -> Bool {
        let byte = peek()
        if byte == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            return false
        }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else { throw unexpected() }
            position += 1
            if peek() == UInt8(ascii: "]") { throw unexpected() }
        }
        isFirst = false
        return true
    }

    /// Checks that nothing but white space follows.
    package mutating func expectEnd() throws(JSONError) {
        _ = peek()
        guard position == bytes.count else { throw JSONError(.trailingBytes, at: position) }
    }

    // MARK: Values

    /// The string at this place; any other value is skipped and counts as missing.
    @inline(__always)
    package mutating func takeString() throws(JSONError) -> JSONSlice {
        if peek() == UInt8(ascii: "\"") { return try takeQuoted() }
        try skipValue()
        return .missing
    }

    /// The string, number or boolean at this place as text; null and containers are missing.
    package mutating func takeScalar() throws(JSONError) -> JSONSlice {
        switch peek() {
        case UInt8(ascii: "\""):
            return try takeQuoted()
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "-"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            let start = position
            try skipScalar(bytes[position])
            return JSONSlice(offset: start, count: position - start)
        default:
            try skipValue()
            return .missing
        }
    }

    /// The boolean at this place; any other value is skipped.
    package mutating func takeBool() throws(JSONError) -> Bool? {
        let first = peek()
        try skipValue()
        if first == UInt8(ascii: "t") { return true }
        return first == UInt8(ascii: "f") ? false : nil
    }

    /// The number at this place, its grammar checked; any other value is skipped.
    package mutating func takeNumber() throws(JSONError) -> JSONSlice {
        let first = peek()
        guard first == UInt8(ascii: "-") || ASCII.isDigit(first) else {
            try skipValue()
            return .missing
        }
        return try takeScalar()
    }

    /// Passes any value and gives the bytes that it stands on.
    package mutating func takeRaw() throws(JSONError) -> Range<Int> {
        _ = peek()
        let start = position
        try skipValue()
        return start..<position
    }

    /// Passes a value that is no container.
    @inline(__always)
    private mutating func skipScalar(_ first: UInt8) throws(JSONError) {
        switch first {
        case UInt8(ascii: "\""): _ = try takeQuoted()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
        case UInt8(ascii: "t"): try skipLiteral("true")
        case UInt8(ascii: "f"): try skipLiteral("false")
        case UInt8(ascii: "n"): try skipLiteral("null")
        default: throw unexpected()
        }
    }

    /// Passes one value of any kind, checking all of it, without recursion.
    @inline(__always)
    package mutating func skipValue() throws(JSONError) {
        let first = peek()
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            try skipContainer()
        } else {
            try skipScalar(first)
        }
    }

    private mutating func skipContainer() throws(JSONError) {
        // One bit a level: set for an object.
        var kinds = InlineArray<4, UInt64>(repeating: 0)
        let floor = depth
        while true {
            let first = peek()
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                position += 1
                try deepen()
                let isObject = first == UInt8(ascii: "{")
                Self.setKind(&kinds, depth, isObject)
                if peek() == first + 2 {  // the closing bracket of both kinds
                    position += 1
                    depth -= 1
                } else {
                    if isObject { try skipKey() }
                    continue
                }
            } else {
                try skipScalar(first)
            }
            try closeContainers(&kinds, downTo: floor)
            if depth == floor { return }
        }
    }

    /// After a value: passes closing brackets, then the comma (and key) before the next value.
    @inline(__always)
    private mutating func closeContainers(
        _ kinds: inout InlineArray<4, UInt64>, downTo floor: Int
    ) throws(JSONError) {
        while depth > floor {
            let isObject = kinds[depth >> 6] >> UInt64(depth & 63) & 1 == 1
            let byte = peek()
            if byte == UInt8(ascii: ",") {
                position += 1
                if isObject { try skipKey() }
                return
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw unexpected()
            }
            position += 1
            depth -= 1
        }
    }

    @inline(__always)
    private static func setKind(
        _ kinds: inout InlineArray<4, UInt64>, _ depth: Int, _ isObject: Bool
    ) {
        let bit: UInt64 = 1 << UInt64(depth & 63)
        if isObject { kinds[depth >> 6] |= bit } else { kinds[depth >> 6] &= ~bit }
    }

    @inline(__always)
    private mutating func skipKey() throws(JSONError) {
        guard peek() == UInt8(ascii: "\"") else { throw unexpected() }
        _ = try takeQuoted()
        try expect(UInt8(ascii: ":"))
    }

    @inline(__always)
    private mutating func skipLiteral(_ text: StaticString) throws(JSONError) {
        let length = text.utf8CodeUnitCount
        // All of them begin, or end, with four letters that are told apart at once.
        if position + length <= bytes.count,
            bytes.base.loadUnaligned(fromByteOffset: position + length - 4, as: UInt32.self)
                == UnsafeRawPointer(text.utf8Start).loadUnaligned(
                    fromByteOffset: length - 4, as: UInt32.self)
        {
            position += length
        } else {
            try rejectLiteral(text)
        }
    }

    @inline(never)
    private func rejectLiteral(_ text: StaticString) throws(JSONError) {
        for index in 0..<text.utf8CodeUnitCount {
            guard position + index < bytes.count else {
                throw JSONError(.unexpectedEnd, at: bytes.count)
            }
            guard bytes[position + index] == text.utf8Start[index] else {
                throw JSONError(.unexpectedByte, at: position + index)
            }
        }
    }

    private mutating func skipNumber() throws(JSONError) {
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let leadingZero = position < bytes.count && bytes[position] == UInt8(ascii: "0")
        let digits = try skipDigits()
        if leadingZero && digits > 1 { throw JSONError(.invalidNumber, at: position) }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            _ = try skipDigits()
        }
        guard position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") else { return }
        position += 1
        if position < bytes.count,
            bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
        {
            position += 1
        }
        _ = try skipDigits()
    }

    @inline(__always)
    private mutating func skipDigits() throws(JSONError) -> Int {
        let start = position
        while position &+ Self.width <= bytes.count {
            let count = Int(
                leading_digits((bytes.base + position).assumingMemoryBound(to: UInt8.self)))
            position &+= count
            if count < Self.width { break }
        }
        while position < bytes.count, ASCII.isDigit(bytes[position]) { position &+= 1 }
        guard position > start else {
            throw JSONError(
                position < bytes.count ? .invalidNumber : .unexpectedEnd, at: position)
        }
        return position - start
    }

    // MARK: Strings

    private static let width = Int(string_stops_width)

    /// Which of the 16 bytes from `index` on are a quote, a backslash or below 0x20, in the lower half,
    /// and which are beyond ASCII, in the upper.
    @inline(__always)
    private static func stops(_ bytes: JSONBytes, at index: Int) -> UInt32 {
        string_stops((bytes.base + index).assumingMemoryBound(to: UInt8.self))
    }

    /// The string whose opening quote is at `position`.
    @inline(__always)
    private mutating func takeQuoted() throws(JSONError) -> JSONSlice {
        let start = position &+ 1
        // Most strings end within 16 bytes: they are taken without a call.
        if start &+ Self.width <= bytes.count {
            let found = Self.stops(bytes, at: start)
            let stops = UInt16(truncatingIfNeeded: found)
            let length = stops.trailingZeroBitCount
            if stops != 0, bytes[start &+ length] == UInt8(ascii: "\"") {
                if found >> 16 != 0 { sawNonASCII = true }
                position = start &+ length &+ 1
                return JSONSlice(offset: start, count: length)
            }
        }
        return try takeLongQuoted(from: start)
    }

    @inline(never)
    private mutating func takeLongQuoted(from start: Int) throws(JSONError) -> JSONSlice {
        var index = start
        var hasEscapes = false
        var hasNonASCII = false
        while true {
            index = Self.passPlain(bytes, from: index, &hasNonASCII)
            guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                index = try checkEscape(at: index)
            } else {
                try noteControl(at: index)
                index &+= 1
            }
        }
        if hasNonASCII { sawNonASCII = true }
        position = index &+ 1
        return JSONSlice(offset: start, count: index &- start, hasEscapes: hasEscapes)
    }

    /// The place of the next quote, backslash or control character, or the end; sets `hasNonASCII` where one
    /// of the bytes that it looked at is.
    @inline(__always)
    private static func passPlain(
        _ bytes: JSONBytes, from start: Int, _ hasNonASCII: inout Bool
    ) -> Int {
        var index = start
        var seen: UInt32 = 0
        defer { if seen >> 16 != 0 { hasNonASCII = true } }
        while index &+ width <= bytes.count {
            let found = stops(bytes, at: index)
            seen |= found
            let stops = UInt16(truncatingIfNeeded: found)
            if stops != 0 { return index &+ stops.trailingZeroBitCount }
            index &+= width
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            if byte >= 0x80 { hasNonASCII = true }
            index &+= 1
        }
        return index
    }

    /// Checks the escape whose backslash is at `index`; gives the place after it.
    private mutating func checkEscape(at index: Int) throws(JSONError) -> Int {
        guard index + 1 < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"):
            for place in index + 2..<index + 6 {
                guard place < bytes.count else {
                    throw JSONError(.unexpectedEnd, at: bytes.count)
                }
                guard ASCII.isHex(bytes[place]) else { throw JSONError(.invalidEscape, at: place) }
            }
            let escape = JSONEscapes.unicode(bytes.raw(index..<bytes.count), at: 0)
            if escape.scalar == nil { sawLoneSurrogate = true }
            return index + escape.count
        default:
            throw JSONError(.invalidEscape, at: index + 1)
        }
    }

    @inline(never)
    private mutating func noteControl(at index: Int) throws(JSONError) {
        guard toleratesBadText else { throw JSONError(.controlCharacter, at: index) }
        sawControlInString = true
    }
}
