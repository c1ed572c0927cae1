/// Tells at a glance that nothing of a payload would be taken out, as of nearly all.
///
/// `ScrubbingWalk` knows which value belongs to which name, at some cost for each. Without rules of
/// a project it changes something only behind a name that tells of a secret, or at a text that looks
/// like one: those are looked for here wherever they stand, without the structure around them. What
/// the walk would take out is always seen; what is seen may be nothing to the walk.
///
/// Of text that is no JSON anything may be said: whoever decodes it refuses it.
///
/// Methods that change nothing are `mutating` as well: the compiler hands others a copy of it all.
struct SecretGlance: ~Copyable {
    private let text: JSONBytes
    private var blocks: TextBlocks
    private let search: SecretText
    private let plain = PlainNames.shared
    private let names = SensitiveKeyFilter.shared
    private var found: [Range<Int>] = []
    private var look = SecretText.Look(start: -1, name: nil)

    // What the bytes before mean for the next 64.
    private var listsBefore: UInt64 = 0
    /// Where the last string began; -1 before the first.
    private var lastOpeningQuote = -1
    private var depth = 0
    /// The names that follow are those of programs, up to the next one of the payload itself.
    private var areNamesForeign = false

    // Of the 64 bytes that are looked at.
    private var openingQuotes: UInt64 = 0

    /// True of the rules that a glance knows.
    static func knows(_ rules: ScrubbingRules) -> Bool {
        rules.hasDefaults && rules.keepsAddresses && rules.fields.isEmpty && rules.patterns.isEmpty
    }

    /// False where the walk would take out nothing by rules that a glance knows.
    static func mayHoldSecrets(_ text: JSONBytes) -> Bool {
        mayHoldSecrets(TextBlocks(text, findsAddresses: false))
    }

    static func mayHoldSecrets(_ blocks: consuming TextBlocks) -> Bool {
        var glance = SecretGlance(blocks)
        return glance.run()
    }

    private init(_ blocks: consuming TextBlocks) {
        text = blocks.text
        search = SecretText(text: text, removesAddresses: false, hasDefaults: true)
        self.blocks = blocks
    }

    private mutating func run() -> Bool {
        // A number is looked at where it ends; nothing stands behind one that is all of the text.
        if text.count > 0, ASCII.isDigit(text[text.count - 1]) { return true }
        while blocks.next() {
            openingQuotes = blocks.quotes & blocks.inString
            if blocks.backslashes != 0, isSuspicious(backslashes: blocks.backslashes) {
                return true
            }
            if isSuspicious(lists: blocks.lists) || isSuspicious(colons: blocks.colons)
                || isSuspicious(places: places())
            {
                return true
            }
            depth &+= blocks.opening.nonzeroBitCount &- blocks.closing.nonzeroBitCount
            if openingQuotes != 0 {
                lastOpeningQuote = blocks.base &+ 63 &- openingQuotes.leadingZeroBitCount
            }
        }
        return false
    }

    /// Where the string begins that the byte of this bit stands in or ends.
    @inline(__always)
    private mutating func openingQuote(before bit: UInt64) -> Int {
        let before = openingQuotes & (bit &- 1)
        return before == 0
            ? lastOpeningQuote : blocks.base &+ 63 &- before.leadingZeroBitCount
    }

    // MARK: names

    /// What is rare is out of line here and below: each name costs less without it.
    @inline(__always)
    private mutating func isSuspicious(colons: UInt64) -> Bool {
        var pending = colons
        while pending != 0 {
            let bit = pending & (0 &- pending)
            pending ^= bit
            let end = blocks.base &+ bit.trailingZeroBitCount &- 1
            let start = openingQuote(before: bit) &+ 1
            // Something stands between a name and its colon.
            guard start > 0, start <= end, text[end] == UInt8(ascii: "\"") else { return true }
            let name = UnsafeRawBufferPointer(start: text.base + start, count: end &- start)
            let role = plain.role(name)
            if role == PlainNames.Role.none, !areNamesForeign { continue }
            if isSuspicious(name: start..<end, role, colon: bit) { return true }
        }
        return false
    }

    @inline(never)
    private mutating func isSuspicious(
        name: Range<Int>, _ role: PlainNames.Role?, colon: UInt64
    ) -> Bool {
        if areNamesForeign { areNamesForeign = depth(before: colon) > 1 }
        switch role {
        case .some(.none): return false
        case .naming: return isString(behind: name.upperBound + 2)
        case .programs:
            if depth(before: colon) == 1 { areNamesForeign = true }
            return false
        case nil:
            return !areNamesForeign && names.sensitivityOfUnknown(text.raw(name)) >= .token
        }
    }

    private mutating func depth(before bit: UInt64) -> Int {
        let before = bit &- 1
        return depth &+ (blocks.opening & before).nonzeroBitCount
            &- (blocks.closing & before).nonzeroBitCount
    }

    /// Characters that tell of a secret may be written as escapes: only plain text is passed.
    @inline(never)
    private mutating func isSuspicious(backslashes: UInt64) -> Bool {
        var pending = backslashes
        while pending != 0 {
            let index = blocks.base &+ pending.trailingZeroBitCount
            pending &= pending &- 1
            if EscapedASCII.mayBegin(text, at: index) { return true }
        }
        return false
    }

    // MARK: values that name another

    /// In `["token","…"]` the first element names the second.
    @inline(__always)
    private mutating func isSuspicious(lists: UInt64) -> Bool {
        let behind = TextBlocks.moved(lists, listsBefore, by: 1)
        listsBefore = lists
        // A string may follow behind the blanks.
        if behind & blocks.blanks != 0 { return true }
        var pending = behind & openingQuotes
        while pending != 0 {
            let start = blocks.base &+ pending.trailingZeroBitCount &+ 1
            pending &= pending &- 1
            if isNameOfSecret(from: start) { return true }
        }
        return false
    }

    /// In `{"key":"token","value":"…"}` one value names the other.
    private mutating func isString(behind start: Int) -> Bool {
        var index = start
        while index < text.count, ASCII.isSpace(text[index]) { index += 1 }
        return index < text.count && text[index] == UInt8(ascii: "\"")
            && isNameOfSecret(from: index + 1)
    }

    private mutating func isNameOfSecret(from start: Int) -> Bool {
        let end = search.endOfString(from: start)
        return end - start <= SensitiveKey.byteLimit
            && names.sensitivity(text.raw(start..<end)) >= .token
    }

    // MARK: texts and numbers

    private mutating func places() -> UInt64 {
        (blocks.inString & blocks.signs | blocks.behindNumbers) & blocks.ofText
    }

    @inline(__always)
    private mutating func isSuspicious(places: UInt64) -> Bool {
        var pending = places
        while pending != 0 {
            let bit = pending & (0 &- pending)
            pending ^= bit
            let index = blocks.base &+ bit.trailingZeroBitCount
            if bit & (blocks.inString | blocks.quotes) == 0 {
                if isCard(endingAt: index) { return true }
            } else if search.isWorthALook(at: index) {
                if isSecret(at: index, inStringFrom: openingQuote(before: bit) &+ 1) { return true }
            }
        }
        return false
    }

    @inline(never)
    private mutating func isSecret(at index: Int, inStringFrom start: Int) -> Bool {
        if start != look.start { look = SecretText.Look(start: start, name: nil) }
        search.take(at: index, &look, &found)
        return !found.isEmpty
    }

    /// True of a number that is no text and may be that of a card.
    @inline(never)
    private mutating func isCard(endingAt end: Int) -> Bool {
        var start = end
        while start > 0, ASCII.isDigit(text[start - 1]) { start -= 1 }
        let digits = start..<end
        return digits.count >= CardNumber.digitRange.lowerBound
            && TextView(text: text.raw(digits)).card(at: 0)?.count == digits.count
    }
}
