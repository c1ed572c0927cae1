/// A string of a JSON text as it stands, and looks at single places in it, each of bounded length.
struct TextView {
    let text: UnsafeRawBufferPointer

    var count: Int { text.count }

    // MARK: bytes

    func isOne(of bytes: StaticString, at index: Int) -> Bool {
        guard index >= 0, index < count else { return false }
        let set = UnsafeBufferPointer(start: bytes.utf8Start, count: bytes.utf8CodeUnitCount)
        return set.contains(text[index])
    }

    /// True where the text goes on like this.
    func has(_ wanted: StaticString, at index: Int, anyCase: Bool = false) -> Bool {
        let length = wanted.utf8CodeUnitCount
        guard index >= 0, index + length <= count else { return false }
        for offset in 0..<length {
            let byte = anyCase ? ASCII.lowered(text[index + offset]) : text[index + offset]
            if byte != wanted.utf8Start[offset] { return false }
        }
        return true
    }

    func end(from start: Int, while fits: (UInt8) -> Bool) -> Int {
        var index = start
        while index < count, fits(text[index]) { index += 1 }
        return index
    }

    static func isWord(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_")
    }

    /// Characters of tokens and of base64 in either alphabet.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        isWord(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
    }

    /// Long and with a digit: what no word of a sentence is.
    func isOpaque(_ range: Range<Int>) -> Bool {
        range.count >= 8 && range.contains { ASCII.isDigit(text[$0]) }
            && range.allSatisfy { Self.isTokenByte(text[$0]) }
    }

    // MARK: names and values

    struct Name {
        var sensitivity: KeySensitivity
        var isQuoted: Bool
        /// In brackets, as in `user[password]`, or a symbol, as `:password`.
        var isKey: Bool
        /// A header whose value is the rest of the line.
        var isHeader: Bool
    }

    /// One more than the spaces that may stand behind a name.
    static let nameSpaceLimit = 4

    @inline(__always)
    static func isInName(_ byte: UInt8) -> Bool {
        isWord(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// The name of a secret that ends before `end`, perhaps in quotes or brackets, perhaps with spaces
    /// behind it.
    func name(before end: Int) -> Name? {
        var index = end - 1
        while index >= 0, end - index < Self.nameSpaceLimit, text[index] == UInt8(ascii: " ") {
            index -= 1
        }
        var isKey = passBracket("]", "%5d", before: &index)
        // `password[]` is a list of them.
        if isKey, passBracket("[", "%5b", before: &index) { isKey = false }
        var isQuoted = false
        if isOne(of: "\"'", at: index) {
            isQuoted = true
            index -= 1
            // One backslash in a JSON string, three in JSON inside of it, and so on.
            index -= backslashes(before: index + 1)
        } else if has("%22", at: index - 2) {
            isQuoted = true
            index -= 3
        }
        let last = index
        let bound = max(0, last - SecretText.nameByteLimit)
        while index >= bound, Self.isInName(text[index]) { index -= 1 }
        var first = index + 1
        if isEscaped(at: first) {
            // The letter of `\n` or the digits of `\u0026` belong to no name.
            first += text[first] == UInt8(ascii: "u") ? 5 : 1
        } else if isOne(of: "%", at: first - 1) {
            // Nor do the digits of `%5B`.
            first += 2
        }
        guard first <= last else { return nil }
        let range = first..<last + 1
        let sensitivity = SensitiveKeyFilter.shared.sensitivity(
            UnsafeRawBufferPointer(rebasing: text[range]))
        guard sensitivity >= .token else { return nil }
        let lowered = text[range].map { ASCII.lowered($0) }
        let isHeader = Self.headers.contains { lowered.elementsEqual($0.utf8) }
        return Name(
            sensitivity: sensitivity, isQuoted: isQuoted,
            isKey: isKey || isOne(of: ":", at: first - 1), isHeader: isHeader)
    }

    /// Steps over a bracket, as it is or percent-encoded, that ends at `index`.
    private func passBracket(
        _ bracket: StaticString, _ encoded: StaticString, before index: inout Int
    ) -> Bool {
        if isOne(of: bracket, at: index) {
            index -= 1
        } else if has(encoded, at: index - 2, anyCase: true) {
            index -= 3
        } else {
            return false
        }
        return true
    }

    private static let headers = ["authorization", "proxy-authorization", "cookie", "set-cookie"]

    struct Value {
        var range: Range<Int>
        var isEmpty: Bool { range.isEmpty }
    }

    enum ValueEnd {
        case field
        case line
    }

    private func valueStart(from start: Int) -> Int {
        var index = start
        while index < count, index - start < 4 {
            if text[index] == UInt8(ascii: " ") {
                index += 1
            } else if has("\\t", at: index) {
                index += 2
            } else {
                break
            }
        }
        return index
    }

    /// As many backslashes stand in a row before a quote in JSON that is inside of a string inside of
    /// a string inside of one; more are nobody's, and would be counted again and again.
    private static let backslashLimit = 16

    private func backslashes(before end: Int) -> Int {
        var start = end
        while start > 0, end - start < Self.backslashLimit, isOne(of: "\\", at: start - 1) {
            start -= 1
        }
        return end - start
    }

    private func backslashes(from start: Int) -> Int {
        end(from: start) { $0 == UInt8(ascii: "\\") } - start
    }

    /// The quote that begins a value at `index`, perhaps with backslashes before it.
    private func openingQuote(at index: Int) -> (quote: UInt8, backslashes: Int)? {
        var place = index
        while place - index < Self.backslashLimit, isOne(of: "\\", at: place) { place += 1 }
        guard isOne(of: "\"'", at: place) else { return nil }
        return (text[place], place - index)
    }

    /// True where the value that begins at `start` stands in quotes.
    func isQuoted(from start: Int) -> Bool { openingQuote(at: valueStart(from: start)) != nil }

    /// The value that begins at `start`, without its quotes, up to `limit` bytes of it where it has
    /// none; empty where there is none, where it is a placeholder, or where it begins something nested
    /// that is not `wholeNested`.
    func value(
        from start: Int, until end: ValueEnd, limit: Int = .max, wholeNested: Bool = false
    ) -> Value {
        let first = valueStart(from: start)
        if let opening = openingQuote(at: first) {
            return quotedValue(from: first + opening.backslashes + 1, opening)
        }
        if has("%22", at: first) { return encodedValue(from: first + 3) }
        if isNested(at: first) {
            let range = wholeNested ? nestedRange(at: first) : nil
            return Value(range: range ?? first..<first)
        }
        // Nothing to remove of what is removed.
        if isWhole("%s", at: first) || isWhole("null", at: first) {
            return Value(range: first..<first)
        }
        var index = first
        // A password may begin with what others end with.
        if isOne(of: "[{<", at: index) { index += 1 }
        while index < count, index - first < limit {
            if text[index] == UInt8(ascii: "\\") {
                guard let length = continuingEscape(at: index, end) else { break }
                index += length
            } else if isEnd(text[index], end) {
                break
            } else {
                index += 1
            }
        }
        return Value(range: first..<max(first, min(index, count)))
    }

    /// Up to the same quote with as many backslashes as the opening one.
    private func quotedValue(
        from first: Int, _ opening: (quote: UInt8, backslashes: Int)
    ) -> Value {
        var index = first
        while index < count {
            let slashes = backslashes(from: index)
            let place = index + slashes
            if place < count, text[place] == opening.quote, slashes <= opening.backslashes { break }
            index = slashes > 0 ? place + 1 : index + 1
        }
        return Value(range: first..<max(first, min(index, count)))
    }

    /// Up to the same quote, percent-encoded as it is.
    private func encodedValue(from first: Int) -> Value {
        var index = first
        while index < count, !has("%22", at: index), !isOne(of: "& \"\\", at: index) { index += 1 }
        return Value(range: first..<index)
    }

    /// What stands in the list or object that begins at `index`; nil where that is nothing, or a mark.
    private func nestedRange(at index: Int) -> Range<Int>? {
        var depth = 0
        var last = index
        let bound = min(count, index + Self.nestedByteLimit)
        while last < bound {
            if let opening = openingQuote(at: last) {
                let value = quotedValue(from: last + opening.backslashes + 1, opening)
                last = value.range.upperBound + opening.backslashes + 1
                continue
            }
            if isOne(of: "[{", at: last) { depth += 1 }
            if isOne(of: "]}", at: last) { depth -= 1 }
            if depth == 0 { break }
            last += 1
        }
        let range = index + 1..<max(index + 1, min(last, count))
        return range.isEmpty || isMark(range) ? nil : range
    }

    /// Of a list or an object behind the name of a secret so much goes where it does not end before.
    private static let nestedByteLimit = 4_096

    /// The value of an option of a command, `--password x` or `'--password', 'x'`, whose first dash is at
    /// `start`.
    ///
    /// A plain word is the next one of a sentence, as in `--token is required`.
    func optionValue(at start: Int) -> Range<Int>? {
        guard has("--", at: start), start == 0 || isOne(of: " '\"\t", at: start - 1) else {
            return nil
        }
        let first = start + 2
        let bound = first + SecretText.nameByteLimit
        let end = end(from: first) { Self.isWord($0) || $0 == UInt8(ascii: "-") }
        guard first < end, end <= bound,
            SensitiveKeyFilter.shared.sensitivity(
                UnsafeRawBufferPointer(rebasing: text[first..<end])) >= .token
        else { return nil }
        var index = end
        if let quote = openingQuote(at: end) {
            index += quote.backslashes + 1
            guard isOne(of: ",", at: index) else { return nil }
            index += 1
            guard isQuoted(from: index) else { return nil }
        } else {
            guard isOne(of: " ", at: end), !isOne(of: "-", at: end + 1) else { return nil }
        }
        let value = value(from: index, until: .field).range
        let isWord = value.allSatisfy { ASCII.isLower(text[$0]) }
        return value.isEmpty || isWord && !isQuoted(from: index) ? nil : value
    }

    /// True where an object or a list begins, or a mark such as `[Filtered]` or `<hidden>` stands.
    private func isNested(at index: Int) -> Bool {
        guard index < count else { return false }
        let closing: UInt8
        switch text[index] {
        case UInt8(ascii: "["): closing = UInt8(ascii: "]")
        case UInt8(ascii: "<"): closing = UInt8(ascii: ">")
        case UInt8(ascii: "{"): closing = UInt8(ascii: "}")
        default: return false
        }
        if isOne(of: "\"'\\[{<", at: index + 1) || isOne(of: "]}>", at: index + 1) { return true }
        let last = end(from: index + 1) { Self.isMarkByte($0) }
        return last < count && text[last] == closing && isMark(index + 1..<last)
    }

    private static func isMarkByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "_")
    }

    /// What people put in the place of a secret.
    private func isMark(_ range: Range<Int>) -> Bool {
        guard range.count <= 16 else { return false }
        let word = String(decoding: text[range], as: UTF8.self).lowercased()
        return Self.marks.contains(word)
    }

    private static let marks: Set<String> = [
        "filtered", "redacted", "removed", "hidden", "masked", "secret", "omitted", "scrubbed",
        "private", "none", "empty", "undefined", "null", "object object",
    ]

    /// The length of an escape that a value goes on with; nil where it ends the value.
    private func continuingEscape(at index: Int, _ end: ValueEnd) -> Int? {
        guard index + 1 < count else { return nil }
        switch text[index + 1] {
        case UInt8(ascii: "/"): return 2
        case UInt8(ascii: "\\"):
            // A backslash; before a quote it is that of a string inside of this one.
            return end == .line || !isOne(of: "\"'\\", at: index + 2) ? 2 : nil
        case UInt8(ascii: "\""): return end == .line ? 2 : nil
        case UInt8(ascii: "u"):
            guard index + 6 <= count else { return nil }
            let digits = text[index + 2..<index + 6]
            guard let code = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
                return nil
            }
            // `\u0026` is `&`, as some encoders write it; `\u00e9` is a letter of the value.
            return code >= 0x80 || code >= 0x20 && !isEnd(UInt8(code), end) ? 6 : nil
        default: return nil
        }
    }

    /// True where these words stand and no word goes on behind them.
    private func isWhole(_ words: StaticString, at index: Int) -> Bool {
        let end = index + words.utf8CodeUnitCount
        return has(words, at: index)
            && (end >= count || !Self.isWord(text[end]) && text[end] != 0x2D)
    }

    /// True where the byte at `index` stands behind a backslash that is not escaped itself.
    func isEscaped(at index: Int) -> Bool {
        var start = index
        // More in a row are nobody's, and would be counted again and again.
        while start > 0, index - start < 16, text[start - 1] == UInt8(ascii: "\\") { start -= 1 }
        return (index - start) % 2 == 1
    }

    private func isEnd(_ byte: UInt8, _ end: ValueEnd) -> Bool {
        switch (byte, end) {
        case (UInt8(ascii: "\\"), _), (UInt8(ascii: "\""), _): true
        case (_, .line): false
        case (UInt8(ascii: "&"), _), (UInt8(ascii: ";"), _), (UInt8(ascii: ","), _),
            (UInt8(ascii: "'"), _), (UInt8(ascii: "<"), _), (UInt8(ascii: ">"), _),
            (UInt8(ascii: ")"), _), (UInt8(ascii: "]"), _), (UInt8(ascii: "}"), _),
            (UInt8(ascii: "#"), _):
            true
        default: ASCII.isSpace(byte) || byte < 0x20
        }
    }
}
