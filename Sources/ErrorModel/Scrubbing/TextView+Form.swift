/// Secrets that are told by their form, whatever stands before them.
extension TextView {
    /// True of the first digits of all networks.
    @inline(__always)
    static func beginsCard(_ digit: UInt8) -> Bool { digit &- UInt8(ascii: "2") < 5 }

    /// A card number whose first digit is at `start`, perhaps with spaces or dashes between digits.
    func card(at start: Int) -> Range<Int>? {
        guard Self.beginsCard(text[start]), !isInsideWord(start) else { return nil }
        var number = CardNumber()
        var index = start
        var found: Range<Int>?
        while index < count, ASCII.isDigit(text[index]) {
            while index < count, ASCII.isDigit(text[index]) {
                if number.count == CardNumber.digitRange.upperBound { return found }
                number.append(text[index] - UInt8(ascii: "0"))
                index += 1
            }
            // Other numbers may follow: it ends with a group.
            if number.isCard, !isInNumber(index) { found = start..<index }
            guard isOne(of: " -", at: index) else { break }
            index += 1
        }
        return found
    }

    /// True where a word or decimals go on.
    private func isInNumber(_ end: Int) -> Bool {
        guard end < count else { return false }
        return Self.isWord(text[end])
            || text[end] == UInt8(ascii: ".") && end + 1 < count && ASCII.isDigit(text[end + 1])
    }

    /// True where a letter, digit or decimal point stands before; `\n4…` is the start of a line.
    private func isInsideWord(_ start: Int) -> Bool {
        guard start > 0 else { return false }
        if endsEscape(at: start - 1) { return false }
        return ASCII.isLetter(text[start - 1]) || ASCII.isDigit(text[start - 1])
            || text[start - 1] == UInt8(ascii: ".")
    }

    /// Four numbers up to 255 with dots between them.
    func address(at start: Int) -> Range<Int>? {
        guard !isInsideWord(start) else { return nil }
        var index = start
        for part in 0..<4 {
            if part > 0 {
                guard isOne(of: ".", at: index) else { return nil }
                index += 1
            }
            let end = min(self.end(from: index, while: ASCII.isDigit), index + 4)
            let value = text[index..<end].reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard end > index, end - index <= 3, value <= 255 else { return nil }
            index = end
        }
        return isInNumber(index) ? nil : start..<index
    }

    /// What stands between the lines of a private key in PEM, from the first of five dashes on.
    func privateKey(at start: Int) -> Range<Int>? {
        guard !isOne(of: "-", at: start - 1), has("-----BEGIN ", at: start) else { return nil }
        let label = start + 11
        let labelEnd = end(from: label) { $0 != UInt8(ascii: "-") }
        guard labelEnd - label <= 64, has("-----", at: labelEnd),
            has("PRIVATE KEY", at: labelEnd - 11) || has("PRIVATE KEY BLOCK", at: labelEnd - 17)
        else { return nil }
        let first = labelEnd + 5
        var index = first
        while index < count, !has("-----END", at: index) { index += 1 }
        return first..<max(first, index)
    }

    /// The credentials behind `Bearer` or `Basic`, whose space is at `space`.
    func credentials(after space: Int) -> Range<Int>? {
        let isBearer = has("bearer", at: space - 6, anyCase: true)
        guard isBearer || has("basic", at: space - 5, anyCase: true) else { return nil }
        let start = space + 1
        let end = end(from: start, while: Self.isTokenByte)
        guard end - start >= 8 else { return nil }
        if isBearer {
            let range = start..<end
            return range.count >= 20 || isOpaque(range) ? range : nil
        }
        // Base64 of user and password, with a colon between them.
        let decoded = Base64.decode(Array(text[start..<end]))
        return decoded?.contains(UInt8(ascii: ":")) == true ? start..<end : nil
    }

    /// A JSON Web Token, from the `J` of its `eyJ` on.
    ///
    /// `refusedEnd`: where a run of such characters ends that holds none; it is not read again.
    func webToken(around index: Int, refusedEnd: inout Int) -> Range<Int>? {
        guard index >= refusedEnd, has("eyJ", at: index - 2),
            index < 3 || !isTokenStart(index - 3)
        else { return nil }
        let end = end(from: index, while: Self.isTokenByte)
        let range = index - 2..<end
        let dots = range.count { text[$0] == UInt8(ascii: ".") }
        if dots >= 2, range.count >= 24 { return range }
        refusedEnd = end
        return nil
    }

    /// The password of a URL whose `@` is at `index`.
    func password(before index: Int) -> Range<Int>? {
        var colon: Int?
        var place = index - 1
        while place >= 0, index - place <= SecretText.userInfoByteLimit {
            let byte = text[place]
            if byte == UInt8(ascii: "/") {
                let isStart =
                    has("://", at: place - 2) || has(":\\/\\/", at: place - 4)
                guard isStart, let colon, colon + 1 < index else { return nil }
                return colon + 1..<index
            }
            if byte == UInt8(ascii: ":") { colon = place }
            if ASCII.isSpace(byte) || byte == UInt8(ascii: "\"") { return nil }
            place -= 1
        }
        return nil
    }

    /// A token of a well-known service, around one of the bytes `_ - K z` of its prefix.
    func token(around index: Int, _ prefixes: ServiceToken.Prefixes) -> Range<Int>? {
        guard prefixes.mayHold(JSONBytes(text), index),
            let prefix = ServiceToken.prefixes.first(where: { has($0.text, at: index - $0.place) })
        else { return nil }
        let start = index - prefix.place
        guard start == 0 || !isTokenStart(start - 1) else { return nil }
        let first = start + prefix.text.utf8CodeUnitCount
        let end = end(from: first) { Self.isWord($0) || $0 == UInt8(ascii: "-") }
        return end - first >= ServiceToken.byteCount ? start..<end : nil
    }

    /// A prefix is one only at the start of a word; `\n` before it is no word.
    private func isTokenStart(_ index: Int) -> Bool {
        Self.isWord(text[index]) && !endsEscape(at: index)
    }

    /// True where an escape ends with the byte at `index`: that is no letter or digit of a word.
    private func endsEscape(at index: Int) -> Bool {
        guard index >= 1 else { return false }
        if isOne(of: "nrtbf", at: index), isEscaped(at: index) { return true }
        return index >= 5 && text[index - 4] == UInt8(ascii: "u") && isEscaped(at: index - 4)
            && (index - 3...index).allSatisfy { ASCII.isHex(text[$0]) }
    }
}
