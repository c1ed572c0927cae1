import ErrorModel

/// The tokens of a script, with every bracket's partner.
///
/// It knows the lexical grammar of ECMA-262 and no more: whether a slash begins a regular expression
/// is told by the token before it. White space and comments are passed.
struct ScriptTokens {
    enum Kind: UInt8 {
        /// Identifiers, keywords and private names.
        case word
        case number
        /// Strings and the literal parts of templates.
        case string
        case regex
        /// `(`, `[`, `{`, and the `${` of a template.
        case open
        case close
        /// Any other punctuation, `=>` as one, all else byte by byte.
        case mark
        case arrow
    }

    struct Token {
        var kind: Kind
        /// A line break stands before it.
        var isFirstOfLine: Bool
        var start: Int32
        var end: Int32
        /// Of a bracket: the index of its partner; -1 without.
        var partner: Int32 = -1
    }

    var tokens: [Token] = []
    /// False where brackets do not match or something does not end: then nothing that was read of
    /// the script can be relied on.
    var isSound = true

    let bytes: UnsafeRawBufferPointer
    var place = 0
    var open: [Int32] = []
    private var isFirstOfLine = true
    /// Up to here no regular expression ends: what looks like one is not tried again on its line.
    var noRegexUntil = 0
    var markup: ScriptMarkup

    /// Most bytes of a script that is looked through for its functions: each may become a token.
    static let byteLimit = 16 << 20

    /// Reads the whole script; in linear time, since each byte is looked at once, or twice where
    /// something looked like markup and was none.
    ///
    /// - Parameter mayHaveMarkup: JSX may stand in it; compiled scripts have none.
    init(_ bytes: UnsafeRawBufferPointer, mayHaveMarkup: Bool) {
        self.bytes = bytes
        markup = ScriptMarkup(isOn: mayHaveMarkup)
        guard bytes.count <= Self.byteLimit else {
            isSound = false
            return
        }
        tokens.reserveCapacity(bytes.count / 3)
        if bytes.count > 1, bytes[0] == UInt8(ascii: "#"), bytes[1] == UInt8(ascii: "!") {
            passLine()
        }
        readAll()
        if !isSound || !open.isEmpty || markup.isUnfinished, let start = markup.firstStart {
            restart(from: start)
            readAll()
        }
        if !open.isEmpty { isSound = false }
    }

    private mutating func readAll() {
        while place < bytes.count {
            switch markup.mode {
            case .script: readToken()
            case .tag: readTagPart()
            case .children: readChildren()
            }
        }
    }

    // MARK: Questions

    func byte(_ token: Token) -> UInt8 { bytes[Int(token.start)] }

    func isByte(_ index: Int, _ byte: UInt8) -> Bool {
        index >= 0 && index < tokens.count && tokens[index].kind != .string
            && tokens[index].kind != .regex && bytes[Int(tokens[index].start)] == byte
    }

    /// An `=`, and not the beginning of `=>`.
    func isEquals(_ index: Int) -> Bool {
        isByte(index, UInt8(ascii: "=")) && tokens[index].kind == .mark
    }

    func isWord(_ index: Int) -> Bool {
        index >= 0 && index < tokens.count && tokens[index].kind == .word
    }

    func isWord(_ index: Int, _ text: StaticString) -> Bool {
        guard isWord(index) else { return false }
        let token = tokens[index]
        let length = text.utf8CodeUnitCount
        guard Int(token.end - token.start) == length else { return false }
        for place in 0..<length where bytes[Int(token.start) + place] != text.utf8Start[place] {
            return false
        }
        return true
    }

    /// The token's text, the quotes of a string left out, at most so long as a name may be.
    func name(_ index: Int) -> String {
        let token = tokens[index]
        var range = Int(token.start)..<Int(token.end)
        if token.kind == .string, range.count >= 2 {
            range = range.lowerBound + 1..<range.upperBound - 1
        }
        let end = CutText.end(bytes, range, limit: SourceMapLimits.functionNameByteCount)
        return String(
            decoding: UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound..<end]), as: UTF8.self
        )
    }

    // MARK: Reading

    private mutating func readToken() {
        let byte = bytes[place]
        switch byte {
        case 0x0A, 0x0D:
            isFirstOfLine = true
            place += 1
        case 0x09, 0x0B, 0x0C, 0x20:
            place += 1
        case UInt8(ascii: "/"):
            readSlash()
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            readString(byte)
        case UInt8(ascii: "`"):
            readTemplate(from: place, after: place + 1)
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
            openBracket(1)
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            closeBracket(byte)
        case UInt8(ascii: "="):
            if place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: ">") {
                append(.arrow, length: 2)
            } else {
                append(.mark, length: 1)
            }
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            readNumber()
        case UInt8(ascii: "<") where markup.isOn && markupMayFollow:
            beginMarkup()
        default:
            if isWordByte(byte) || byte == UInt8(ascii: "#") {
                readWord()
            } else {
                append(.mark, length: 1)
            }
        }
    }

    mutating func append(_ kind: Kind, length: Int) {
        tokens.append(
            Token(
                kind: kind, isFirstOfLine: isFirstOfLine, start: Int32(place),
                end: Int32(place + length)))
        isFirstOfLine = false
        place += length
    }

    func isWordByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "$") || byte >= 0x80 || byte == UInt8(ascii: "\\")
    }

    private mutating func readWord() {
        var end = place + 1
        while end < bytes.count {
            if isWordByte(bytes[end]) {
                end += 1
            } else if bytes[end] == UInt8(ascii: "{"), end >= 2,
                bytes[end - 1] == UInt8(ascii: "u"),
                bytes[end - 2] == UInt8(ascii: "\\"),
                let close = bytes[end...].prefix(10).firstIndex(of: UInt8(ascii: "}"))
            {
                end = close + 1
            } else {
                break
            }
        }
        append(.word, length: end - place)
    }

    private mutating func readNumber() {
        var end = place + 1
        while end < bytes.count, isWordByte(bytes[end]) || bytes[end] == UInt8(ascii: ".") {
            end += 1
        }
        append(.number, length: end - place)
    }

    private mutating func readString(_ quote: UInt8) {
        var end = place + 1
        while end < bytes.count, bytes[end] != quote {
            if bytes[end] == UInt8(ascii: "\\") {
                end += 1
                // A CR LF that is escaped is one.
                if end + 1 < bytes.count, bytes[end] == 0x0D, bytes[end + 1] == 0x0A { end += 1 }
            } else if bytes[end] == 0x0A || bytes[end] == 0x0D {
                // An apostrophe in a text that is no string: the line's rest is lost.
                isSound = false
                break
            }
            end += 1
        }
        end = min(end, bytes.count)
        if end == bytes.count { isSound = false }
        append(.string, length: min(end + 1, bytes.count) - place)
    }

    /// The literal part of a template up to its end or to the next `${`.
    private mutating func readTemplate(from start: Int, after first: Int) {
        var end = first
        while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "\\"): end += 2
            case UInt8(ascii: "`"):
                append(.string, length: end + 1 - start)
                return
            case UInt8(ascii: "$")
            where end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "{"):
                // Between `}` and `${` there may be nothing.
                if end > start { append(.string, length: end - start) }
                openBracket(2)
                return
            default: end += 1
            }
        }
        isSound = false
        if bytes.count > start { append(.string, length: bytes.count - start) }
    }

    mutating func openBracket(_ length: Int) {
        open.append(Int32(tokens.count))
        append(.open, length: length)
    }

    private mutating func closeBracket(_ byte: UInt8) {
        guard let index = open.popLast() else {
            isSound = false
            append(.close, length: 1)
            return
        }
        let opener = tokens[Int(index)]
        let isTemplate = opener.end - opener.start == 2
        let expected: UInt8 =
            switch bytes[Int(opener.start)] {
            case UInt8(ascii: "("): UInt8(ascii: ")")
            case UInt8(ascii: "["): UInt8(ascii: "]")
            default: UInt8(ascii: "}")
            }
        if byte != expected { isSound = false }
        tokens[Int(index)].partner = Int32(tokens.count)
        append(.close, length: 1)
        tokens[tokens.count - 1].partner = index
        if isTemplate {
            readTemplate(from: place, after: place)
        } else {
            markup.resume(closing: index)
        }
    }

    private mutating func passLine() {
        while place < bytes.count, bytes[place] != 0x0A, bytes[place] != 0x0D { place += 1 }
    }

    private mutating func readSlash() {
        let next = place + 1 < bytes.count ? bytes[place + 1] : 0
        if next == UInt8(ascii: "/") {
            passLine()
        } else if next == UInt8(ascii: "*") {
            passComment()
        } else if regexMayFollow {
            readRegex()
        } else {
            append(.mark, length: 1)
        }
    }

    private mutating func passComment() {
        var end = place + 2
        while end + 1 < bytes.count {
            if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") {
                place = end + 2
                return
            }
            if bytes[end] == 0x0A { isFirstOfLine = true }
            end += 1
        }
        isSound = false
        place = bytes.count
    }

    /// True where a slash cannot divide: after an operator, a keyword, a condition or a block.
    var regexMayFollow: Bool {
        guard let last = tokens.last else { return true }
        switch last.kind {
        case .number, .string, .regex: return false
        case .open, .arrow: return true
        case .mark:
            // a++ / b, and TypeScript's a! / b.
            let byte = bytes[Int(last.start)]
            let isDouble =
                (byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")) && tokens.count > 1
                && tokens[tokens.count - 2].end == last.start
                && bytes[Int(last.start) - 1] == byte
            return !isDouble && !isNonNull
        case .close:
            switch bytes[Int(last.start)] {
            case UInt8(ascii: "]"): return false
            case UInt8(ascii: "}"): return true
            default: return isCondition(Int(last.partner) - 1)
            }
        case .word:
            if tokens.count > 1, isByte(tokens.count - 2, UInt8(ascii: ".")) { return false }
            return isOperatorWord(tokens.count - 1)
        }
    }

    /// True behind TypeScript's `a!`, `a()!` and `a[0]!`: a mark right behind what it is of.
    private var isNonNull: Bool {
        guard tokens.count > 1, isByte(tokens.count - 1, UInt8(ascii: "!")) else { return false }
        let before = tokens[tokens.count - 2]
        guard before.end == tokens[tokens.count - 1].start else { return false }
        return switch before.kind {
        case .word: !isOperatorWord(tokens.count - 2)
        case .close: bytes[Int(before.start)] != UInt8(ascii: "}") && !closesCondition(before)
        default: false
        }
    }

    private func closesCondition(_ token: Token) -> Bool {
        bytes[Int(token.start)] == UInt8(ascii: ")") && isCondition(Int(token.partner) - 1)
    }

    private func isCondition(_ index: Int) -> Bool {
        isWord(index, "if") || isWord(index, "while") || isWord(index, "for")
            || isWord(index, "with")
    }

    private func isOperatorWord(_ index: Int) -> Bool {
        isWord(index, "return") || isWord(index, "typeof") || isWord(index, "case")
            || isWord(index, "in") || isWord(index, "of") || isWord(index, "delete")
            || isWord(index, "void") || isWord(index, "throw") || isWord(index, "new")
            || isWord(index, "else") || isWord(index, "do") || isWord(index, "instanceof")
            || isWord(index, "yield") || isWord(index, "await") || isWord(index, "default")
    }

    private mutating func readRegex() {
        if place < noRegexUntil { return append(.mark, length: 1) }
        var end = place + 1
        var isInClass = false
        while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "\\"): end += 1
            case UInt8(ascii: "["): isInClass = true
            case UInt8(ascii: "]"): isInClass = false
            case UInt8(ascii: "/") where !isInClass:
                end += 1
                while end < bytes.count, isWordByte(bytes[end]) { end += 1 }
                append(.regex, length: end - place)
                return
            case 0x0A, 0x0D:
                // It was a division after all.
                noRegexUntil = end
                append(.mark, length: 1)
                return
            default: break
            }
            end += 1
        }
        noRegexUntil = end
        append(.mark, length: 1)
    }
}
