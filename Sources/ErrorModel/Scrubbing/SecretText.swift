/// Finds secrets in text: what looks like one wherever it stands, whatever the field is called.
///
/// Card numbers; private keys in PEM; `Bearer` and `Basic` credentials; JSON Web Tokens and the
/// tokens of well-known services; the password in a URL; and what follows the name of a secret:
/// `?token=…`, `password: …`, `"apiKey":"…"`, also in JSON that stands inside a string. One pass, with
/// bounded looks back and forth from a few telling bytes.
///
/// Text is a JSON string as it stands, escapes included.
struct SecretText {
    let text: JSONBytes
    /// IPv4 addresses go as well.
    let removesAddresses: Bool
    let hasDefaults: Bool
    private let telling = TellingByte.all
    private let prefixes = ServiceToken.Prefixes.all
    private let names = SensitiveKeyFilter.shared

    /// The name before a `=` or `:` is looked at so far back.
    static let nameByteLimit = 64
    /// User and password of a URL are looked for so far back.
    static let userInfoByteLimit = 256

    init(text: JSONBytes, removesAddresses: Bool, hasDefaults: Bool) {
        self.text = text
        self.removesAddresses = removesAddresses
        self.hasDefaults = hasDefaults
    }

    /// True where the first place in the string that begins at `start` is its end, with no number
    /// before it: then there is nothing to find.
    @inline(__always)
    func isEnd(_ place: Int, from start: Int) -> Bool {
        place < text.count && text[place] == UInt8(ascii: "\"")
            && !(place &- start >= CardNumber.digitRange.lowerBound
                && ASCII.isDigit(text[place &- 1]))
    }

    /// Appends what is to be removed of the string that begins at `start`.
    ///
    /// In any order, perhaps overlapping. Gives the place of the quote that ends the string, or the
    /// end of the text, and leaves `places` behind it; `first` was the last that they gave. `name` is
    /// that of the field, or of the list around it.
    func find(
        from start: Int, at first: Int, in places: inout TellingPlaces,
        lineOf name: Range<Int>?, into found: inout [Range<Int>]
    ) -> Int {
        var look = Look(start: start, name: name)
        var index = first
        while index < text.count {
            take(at: index, &look, &found)
            if text[index] == UInt8(ascii: "\"") { return index }
            index = places.next()
        }
        return index
    }

    /// False where `take` would find nothing, told by the bytes beside.
    @inline(__always)
    func isWorthALook(at index: Int) -> Bool {
        ASCII.isDigit(text[index &- 1]) || isWorthALook(at: index, telling[Int(text[index])])
    }

    /// Appends what is to be removed around one place of a string, as `find` does for all of them.
    @inline(__always)
    func take(at index: Int, _ look: inout Look, _ found: inout [Range<Int>]) {
        let start = look.start
        if index > start, ASCII.isDigit(text[index &- 1]), isBehindNumber(index, from: start) {
            let first = startOfNumber(endingAt: index, from: start)
            if mayBeNumber(first, index) { takeNumbers(at: first, &look, &found) }
        }
        let sign = telling[Int(text[index])]
        if isWorthALook(at: index, sign) { takeSecret(at: index, sign, &look, &found) }
    }

    /// The place of the quote that ends the string that begins at `start`, or the end of the text.
    func endOfString(from start: Int) -> Int {
        var index = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Eight bytes at once, up to the first quote or backslash.
        while index + 8 <= text.count {
            let word = text.base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let hits =
                ((quote &- ones) & ~quote | (slash &- ones) & ~slash) & (ones &* 0x80)
            if hits == 0 {
                index += 8
                continue
            }
            index += hits.trailingZeroBitCount >> 3
            if text[index] == UInt8(ascii: "\"") { return index }
            index += 2
        }
        while index < text.count {
            if text[index] == UInt8(ascii: "\"") { return index }
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return text.count
    }

    // MARK: first looks, at the bytes beside

    /// False behind nearly all digits: cards are long, or in groups; addresses have dots.
    @inline(__always)
    private func isBehindNumber(_ end: Int, from start: Int) -> Bool {
        switch text[end] {
        case UInt8(ascii: " "), UInt8(ascii: "-"): return true
        case UInt8(ascii: ".") where removesAddresses: return true
        default:
            let first = end &- CardNumber.digitRange.lowerBound
            return first >= start && ASCII.isDigit(text[first])
        }
    }

    /// Where the digits before `end` begin; those of `\u00a0` are of no number.
    private func startOfNumber(endingAt end: Int, from start: Int) -> Int {
        var first = end
        while first > start, ASCII.isDigit(text[first &- 1]) { first &-= 1 }
        for slash in max(start, first &- 5)..<max(start, first &- 1)
        where text[slash] == UInt8(ascii: "\\") && text[slash + 1] == UInt8(ascii: "u")
            && TextView(text: text.raw(start..<end)).isEscaped(at: slash + 1 - start)
        {
            return min(end, slash + 6)
        }
        return first
    }

    @inline(__always)
    private func mayBeNumber(_ start: Int, _ end: Int) -> Bool {
        guard start < end else { return false }
        let next = text[end]
        if removesAddresses, next == UInt8(ascii: ".") { return true }
        return hasDefaults && TextView.beginsCard(text[start])
            && (end &- start >= CardNumber.digitRange.lowerBound || next == UInt8(ascii: " ")
                || next == UInt8(ascii: "-"))
    }

    @inline(__always)
    private func isWorthALook(at index: Int, _ sign: TellingByte) -> Bool {
        // A quote stands before the string.
        let before = text[index &- 1]
        switch sign {
        case .space:
            // Bearer, Basic: `rer` and `sic`.
            guard index >= 3 else { return false }
            let first = text[index &- 3] | 0x20
            return before | 0x20 == UInt8(ascii: "r")
                ? first == UInt8(ascii: "r") : first == UInt8(ascii: "s")
        case .inWebToken: return before == UInt8(ascii: "y")
        case .inToken: return prefixes.mayHold(text, index)
        case .dash:
            return prefixes.mayHold(text, index)
                || index &+ 1 < text.count && text[index &+ 1] == UInt8(ascii: "-")
        case .dull, .quote: return false
        case .equals, .colon: return names.mayHoldName(text, before: index)
        case .at: return mayBeInURL(index)
        case .percent:
            // `=` and `:`.
            guard index + 2 < text.count, text[index + 1] == UInt8(ascii: "3") else { return false }
            let digit = text[index + 2] | 0x20
            return digit == UInt8(ascii: "d") || digit == UInt8(ascii: "a")
        }
    }

    /// False for the `@` of nearly all e-mail addresses: no slash stands before it in the same word.
    private func mayBeInURL(_ index: Int) -> Bool {
        var place = index &- 1
        while place >= 0, index &- place <= Self.userInfoByteLimit {
            let byte = text[place]
            if byte == UInt8(ascii: "/") { return true }
            if ASCII.isSpace(byte) || byte == UInt8(ascii: "\"") { return false }
            place &-= 1
        }
        return false
    }

    // MARK: closer looks, in the string alone

    /// A string that is looked at more closely.
    struct Look {
        let start: Int
        let name: Range<Int>?
        private var known: TextView?
        /// What needs no second look: it is found already.
        var end = 0
        var keyEnd = 0
        /// What holds no JSON Web Token.
        var refusedEnd = 0

        init(start: Int, name: Range<Int>?) {
            self.start = start
            self.name = name
        }

        /// All of the string; where it ends is found when it is first asked for.
        mutating func view(_ search: SecretText) -> TextView {
            if let known { return known }
            let end = search.endOfString(from: start)
            let view = TextView(text: search.text.raw(start..<end))
            known = view
            return view
        }
    }

    private func takeNumbers(at index: Int, _ look: inout Look, _ found: inout [Range<Int>]) {
        let view = look.view(self)
        let start = look.start
        func note(_ part: Range<Int>) {
            found.append(part.lowerBound + start..<part.upperBound + start)
        }
        if hasDefaults, let card = view.card(at: index - start) { note(card) }
        if removesAddresses, let address = view.address(at: index - start) { note(address) }
    }

    private func takeSecret(
        at index: Int, _ sign: TellingByte, _ look: inout Look, _ found: inout [Range<Int>]
    ) {
        guard hasDefaults else { return }
        let view = look.view(self)
        guard let hit = secret(at: index - look.start, sign, view, &look) else { return }
        look.end = max(look.end, hit.upperBound)
        found.append(hit.lowerBound + look.start..<hit.upperBound + look.start)
    }

    private func secret(
        at index: Int, _ sign: TellingByte, _ view: TextView, _ look: inout Look
    ) -> Range<Int>? {
        switch sign {
        case .dash where index >= look.keyEnd:
            // Also inside of what is covered: a key may begin there and go on behind it.
            if let key = view.privateKey(at: index) {
                look.keyEnd = key.upperBound
                return key
            }
            return index < look.end
                ? nil : view.token(around: index, prefixes) ?? view.optionValue(at: index)
        case .at: return view.password(before: index)
        case _ where index < look.end: return nil
        case .equals: return assigned(view, name: index, value: index + 1, look.name)
        case .percent:
            return view.isOne(of: "dD", at: index + 2)
                ? assigned(view, name: index, value: index + 3, look.name)
                : stated(view, name: index, value: index + 3, look.name)
        case .colon: return stated(view, name: index, value: index + 1, look.name)
        case .space: return view.credentials(after: index)
        case .inWebToken: return view.webToken(around: index, refusedEnd: &look.refusedEnd)
        default: return view.token(around: index, prefixes)
        }
    }

    /// Lines of source, where `token = next()` is no secret but `key = "…"` may be.
    private func isCode(_ name: Range<Int>?) -> Bool {
        guard let name else { return false }
        let bytes = text.raw(name)
        return bytes.elementsEqual("context_line".utf8) || bytes.elementsEqual("pre_context".utf8)
            || bytes.elementsEqual("post_context".utf8)
    }

    /// The value in `name=value` and `"name"=>"value"`.
    private func assigned(
        _ view: TextView, name end: Int, value start: Int, _ field: Range<Int>?
    ) -> Range<Int>? {
        // `==`, `!=`, `<=` and `>=` compare.
        guard !view.isOne(of: "=<>!", at: end - 1), !view.isOne(of: "=", at: start),
            let name = view.name(before: end)
        else { return nil }
        let maps = view.isOne(of: ">", at: start)
        let start = maps ? start + 1 : start
        let isQuoted = view.isQuoted(from: start)
        // `token => token.id` is a function.
        if maps, !isQuoted, !name.isQuoted, !name.isKey { return nil }
        if isCode(field), !isQuoted { return nil }
        let value = view.value(from: start, until: .field, wholeNested: maps || name.isQuoted)
        return value.isEmpty ? nil : value.range
    }

    /// The value in `name: value`.
    private func stated(
        _ view: TextView, name end: Int, value start: Int, _ field: Range<Int>?
    ) -> Range<Int>? {
        guard let name = view.name(before: end) else { return nil }
        let isCode = isCode(field)
        if !name.isQuoted, name.isHeader, !isCode {
            let value = view.value(from: start, until: .line)
            return value.isEmpty ? nil : value.range
        }
        let isQuoted = view.isQuoted(from: start)
        if isCode, !isQuoted { return nil }
        guard !isQuoted, !name.isQuoted, name.sensitivity != .secret else {
            let value = view.value(from: start, until: .field, wholeNested: name.isQuoted)
            return value.isEmpty ? nil : value.range
        }
        // "Unexpected token: foo" names no secret.
        let value = view.value(from: start, until: .field, limit: Self.toldByteLimit)
        return view.isOpaque(value.range) ? value.range : nil
    }

    /// Of what may be a token or just the next word so much is looked at.
    private static let toldByteLimit = 128
}
