/// The places of a JSON text that are worth a look, in order.
///
/// Outside of strings: brackets, braces, the quotes of strings, and where a number, `true`, `false`
/// or `null` begins. Inside: what may be the sign of a secret (`TellingByte`), and the byte
/// behind digits that may be those of a card or an address. All else, most of a payload, costs some
/// instructions for 64 bytes.
struct TellingPlaces: ~Copyable {
    private var blocks: TextBlocks
    /// Places of the 64 bytes that were not handed out.
    private var pending: UInt64 = 0
    /// All places of the 64 bytes.
    private var places: UInt64 = 0
    /// One where the byte before is of a number or a word.
    private var scalarBefore: UInt64 = 0

    init(_ text: JSONBytes, findsAddresses: Bool) {
        self.init(TextBlocks(text, findsAddresses: findsAddresses))
    }

    init(_ blocks: consuming TextBlocks) {
        self.blocks = blocks
    }

    /// The next place; the length of the text behind the last.
    @inline(__always)
    mutating func next() -> Int {
        while pending == 0 {
            guard load() else { return blocks.text.count }
        }
        let place = blocks.base &+ pending.trailingZeroBitCount
        pending &= pending &- 1
        return place
    }

    /// The next quote at which a string begins or ends; the length of the text behind the last.
    @inline(__always)
    mutating func nextQuote() -> Int {
        pending &= blocks.quotes
        while pending == 0 {
            guard load() else { return blocks.text.count }
            pending &= blocks.quotes
        }
        let bit = pending & (0 &- pending)
        // All that lies behind, not only quotes.
        pending = places & ~(bit | (bit &- 1))
        return blocks.base &+ bit.trailingZeroBitCount
    }

    /// Passes over what lies before `place`.
    @inline(__always)
    mutating func skip(to place: Int) {
        while blocks.base &+ TextBlocks.width <= place {
            guard load() else {
                pending = 0
                return
            }
        }
        if place > blocks.base {
            pending &= ~0 &<< UInt64(truncatingIfNeeded: place &- blocks.base)
        }
    }

    /// False behind the last 64 bytes.
    private mutating func load() -> Bool {
        guard blocks.next() else { return false }
        let scalars = blocks.scalars
        let scalarStarts = scalars & ~(scalars &<< 1 | scalarBefore)
        scalarBefore = scalars &>> 63
        let telling = blocks.inString & (blocks.signs | blocks.behindNumbers)
        places =
            (blocks.quotes | blocks.opening | blocks.closing | scalarStarts | telling)
            & blocks.ofText
        pending = places
        return true
    }
}
