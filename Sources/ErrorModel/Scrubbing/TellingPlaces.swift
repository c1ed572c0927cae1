private import CByteClasses

/// The places of a JSON text that are worth a look, in order, found 64 bytes at a time.
///
/// Outside of strings: brackets, braces, the quotes of strings, and where a number, `true`, `false`
/// or `null` begins. Inside: what may be the sign of a secret (`TellingByte`), and the byte
/// behind digits that may be those of a card or an address. All else, most of a payload, costs some
/// instructions for 64 bytes.
///
/// After Langdale and Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 28 (2019): which
/// quotes are escaped and what lies between two of them follows from words of bits.
struct TellingPlaces: ~Copyable {
    private let text: JSONBytes
    /// IPv4 addresses are looked for.
    private let findsAddresses: Bool
    private let classifier: byte_classifier
    /// Where the 64 bytes begin that `pending` tells of.
    private var base = -Self.width
    /// Places from `base` on that were not handed out.
    private var pending: UInt64 = 0
    /// All places from `base` on.
    private var places: UInt64 = 0
    /// Those of them where a string begins or ends.
    private var quotes: UInt64 = 0

    // What the bytes before mean for the next 64.
    /// All ones inside a string.
    private var string: UInt64 = 0
    /// One where the first byte is escaped.
    private var escape: UInt64 = 0
    private var digitBefore: UInt64 = 0
    private var rOrCBefore: UInt64 = 0
    private var eOrIBefore: UInt64 = 0
    private var scalarBefore: UInt64 = 0
    /// Room for the classes of the 64 bytes, written over and over.
    private var classes = byte_classes()

    private static let width = Int(byte_classes_width)
    private static let best = byte_classes_best()

    init(_ text: JSONBytes, findsAddresses: Bool) {
        self.init(text, findsAddresses: findsAddresses, classifier: Self.best)
    }

    /// As on a processor without wide vectors.
    static func plain(_ text: JSONBytes, findsAddresses: Bool) -> Self {
        Self(text, findsAddresses: findsAddresses, classifier: byte_classes_everywhere())
    }

    private init(_ text: JSONBytes, findsAddresses: Bool, classifier: @escaping byte_classifier) {
        self.text = text
        self.findsAddresses = findsAddresses
        self.classifier = classifier
    }

    /// The next place; the length of the text behind the last.
    @inline(__always)
    mutating func next() -> Int {
        while pending == 0 {
            guard base < text.count &- Self.width else { return text.count }
            load()
        }
        let place = base &+ pending.trailingZeroBitCount
        pending &= pending &- 1
        return place
    }

    /// The next quote at which a string begins or ends; the length of the text behind the last.
    @inline(__always)
    mutating func nextQuote() -> Int {
        pending &= quotes
        while pending == 0 {
            guard base < text.count &- Self.width else { return text.count }
            load()
            pending &= quotes
        }
        let bit = pending & (0 &- pending)
        // All that lies behind, not only quotes.
        pending = places & ~(bit | (bit &- 1))
        return base &+ bit.trailingZeroBitCount
    }

    /// Passes over what lies before `place`.
    @inline(__always)
    mutating func skip(to place: Int) {
        while base &+ Self.width <= place {
            guard base < text.count &- Self.width else {
                pending = 0
                return
            }
            load()
        }
        if place > base { pending &= ~0 &<< UInt64(truncatingIfNeeded: place &- base) }
    }

    private mutating func load() {
        base &+= Self.width
        let rest = text.count &- base
        if rest >= Self.width {
            classifier((text.base + base).assumingMemoryBound(to: UInt8.self), &classes)
        } else {
            withUnsafeTemporaryAllocation(byteCount: Self.width, alignment: Self.width) { room in
                room.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: " "))
                room.copyMemory(from: text.raw(base..<text.count))
                classifier(room.baseAddress!.assumingMemoryBound(to: UInt8.self), &classes)
            }
        }
        findPlaces()
        if rest < Self.width { places &= (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1 }
        pending = places
    }

    @inline(__always)
    private mutating func findPlaces() {
        quotes = classes.quote & ~escaped(classes.backslash)
        // From each opening quote up to the closing one.
        var inString = quotes
        inString ^= inString &<< 1
        inString ^= inString &<< 2
        inString ^= inString &<< 4
        inString ^= inString &<< 8
        inString ^= inString &<< 16
        inString ^= inString &<< 32
        inString ^= string
        string = UInt64(bitPattern: Int64(bitPattern: inString) &>> 63)

        let brackets = classes.bracket & ~inString
        let scalars =
            ~(classes.bracket | classes.comma | classes.blank | classes.assignment | quotes
            | inString)
        let scalarStarts = scalars & ~(scalars &<< 1 | scalarBefore)
        scalarBefore = scalars &>> 63

        places = quotes | brackets | scalarStarts | inString & telling()
    }

    /// Signs of secrets, wherever they stand.
    @inline(__always)
    private mutating func telling() -> UInt64 {
        // Behind the digits of a group, and behind at least 13 of them, or what looks like it.
        let digit = classes.digit
        let behindDigit = Self.moved(digit, digitBefore, by: 1)
        var behindGroup = classes.space | classes.dash
        if findsAddresses { behindGroup |= classes.dot }
        let isLong =
            Self.moved(digit, digitBefore, by: 7) & Self.moved(digit, digitBefore, by: 13)
        let behindNumber = behindDigit & ~digit & (behindGroup | isLong)
        // Bearer, Basic.
        let behindWord =
            classes.space & Self.moved(classes.r_or_c, rOrCBefore, by: 1)
            & Self.moved(classes.e_or_i, eOrIBefore, by: 2)
        digitBefore = digit
        rOrCBefore = classes.r_or_c
        eOrIBefore = classes.e_or_i
        return classes.assignment | classes.of_token | classes.dash | behindNumber | behindWord
    }

    /// Each bit at the place `count` further on.
    @inline(__always)
    private static func moved(_ now: UInt64, _ before: UInt64, by count: UInt64) -> UInt64 {
        now &<< count | before &>> (64 &- count)
    }

    /// The bytes behind a backslash that is not escaped itself.
    @inline(__always)
    private mutating func escaped(_ backslashes: UInt64) -> UInt64 {
        let even: UInt64 = 0x5555_5555_5555_5555
        guard backslashes != 0 else {
            defer { escape = 0 }
            return escape
        }
        let backslashes = backslashes & ~escape
        let behind = backslashes &<< 1 | escape
        let oddStarts = backslashes & ~even & ~behind
        let (sum, isOver) = oddStarts.addingReportingOverflow(backslashes)
        escape = isOver ? 1 : 0
        return (even ^ sum &<< 1) & behind
    }
}
