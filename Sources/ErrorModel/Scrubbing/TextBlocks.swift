private import CByteClasses

/// A JSON text, 64 bytes at a time: what its bytes are, one bit for each.
///
/// After Langdale and Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 28 (2019): which
/// quotes are escaped and what lies between two of them follows from words of bits.
struct TextBlocks: ~Copyable {
    let text: JSONBytes
    /// IPv4 addresses are looked for.
    private let findsAddresses: Bool
    private let classifier: byte_classifier

    /// Where the 64 bytes begin that all below tells of.
    private(set) var base = -Self.width
    /// Where a string begins or ends.
    private(set) var quotes: UInt64 = 0
    /// From each opening quote up to the byte in front of the closing one.
    private(set) var inString: UInt64 = 0
    /// What may be the sign of a secret where it stands in a string (`TellingByte`).
    private(set) var signs: UInt64 = 0
    /// The byte behind digits that may be those of a card or an address.
    private(set) var behindNumbers: UInt64 = 0

    // What the bytes before mean for the next 64.
    /// All ones inside a string.
    private var string: UInt64 = 0
    /// One where the first byte is escaped.
    private var escape: UInt64 = 0
    private var digitBefore: UInt64 = 0
    private var rOrCBefore: UInt64 = 0
    private var eOrIBefore: UInt64 = 0
    /// Room for the classes of the 64 bytes, written over and over.
    private var classes = byte_classes()

    static let width = Int(byte_classes_width)
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

    /// False behind the last 64 bytes, which may be fewer: spaces stand for the others.
    @inline(__always)
    mutating func next() -> Bool {
        guard base < text.count &- Self.width else { return false }
        base &+= Self.width
        let rest = text.count &- base
        if rest >= Self.width {
            classifier((text.base + base).assumingMemoryBound(to: UInt8.self), &classes)
        } else {
            classifyRest()
        }
        findStrings()
        findSigns()
        return true
    }

    private mutating func classifyRest() {
        withUnsafeTemporaryAllocation(byteCount: Self.width, alignment: Self.width) { room in
            room.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: " "))
            room.copyMemory(from: text.raw(base..<text.count))
            classifier(room.baseAddress!.assumingMemoryBound(to: UInt8.self), &classes)
        }
    }

    /// One for each byte of the 64 that is one of the text.
    @inline(__always)
    var ofText: UInt64 {
        mutating get {
            let rest = text.count &- base
            return rest < Self.width ? (1 &<< UInt64(truncatingIfNeeded: rest)) &- 1 : ~0
        }
    }

    // MARK: outside of strings

    /// Anywhere.
    var backslashes: UInt64 { mutating get { classes.backslash } }
    var opening: UInt64 { mutating get { classes.opening & ~inString } }
    var closing: UInt64 { mutating get { classes.closing & ~inString } }
    /// Opening brackets of lists.
    var lists: UInt64 { mutating get { classes.list & ~inString } }
    var commas: UInt64 { mutating get { classes.comma & ~inString } }
    var blanks: UInt64 { mutating get { classes.blank & ~inString } }
    /// Colons, in JSON.
    var colons: UInt64 { mutating get { classes.assignment & ~inString } }

    /// Numbers, `true`, `false` and `null`.
    @inline(__always)
    var scalars: UInt64 {
        mutating get {
            ~(classes.opening | classes.closing | classes.comma | classes.blank
                | classes.assignment | quotes | inString)
        }
    }

    // MARK: strings

    @inline(__always)
    private mutating func findStrings() {
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
        self.inString = inString
    }

    /// Signs of secrets, wherever they stand.
    @inline(__always)
    private mutating func findSigns() {
        // Behind the digits of a group, and behind at least 13 of them, or what looks like it.
        let digit = classes.digit
        let behindDigit = Self.moved(digit, digitBefore, by: 1)
        var behindGroup = classes.space | classes.dash
        if findsAddresses { behindGroup |= classes.dot }
        let isLong =
            Self.moved(digit, digitBefore, by: 7) & Self.moved(digit, digitBefore, by: 13)
        behindNumbers = behindDigit & ~digit & (behindGroup | isLong)
        // Bearer, Basic.
        let behindWord =
            classes.space & Self.moved(classes.r_or_c, rOrCBefore, by: 1)
            & Self.moved(classes.e_or_i, eOrIBefore, by: 2)
        digitBefore = digit
        rOrCBefore = classes.r_or_c
        eOrIBefore = classes.e_or_i
        signs = classes.assignment | classes.of_token | classes.dash | behindWord
    }

    /// Each bit at the place `count` further on, those of the 64 bytes before moved in.
    @inline(__always)
    static func moved(_ now: UInt64, _ before: UInt64, by count: UInt64) -> UInt64 {
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
