/// Reads the text of a search: how terms are joined.
///
/// What a term says is read by the extensions.
struct SearchParser {
    let query: String
    let bytes: [UInt8]
    /// The next byte.
    var at = 0
    private var termCount = 0

    init(_ query: String) {
        self.query = query
        bytes = Array(query.utf8)
    }

    mutating func parse() throws(SearchError) -> SearchNode? {
        guard bytes.count <= SearchLimits.queryBytes else {
            // The place is that of the first byte too many, at the beginning of its character.
            var place = SearchLimits.queryBytes
            while bytes[place] & 0xc0 == 0x80, place > 0 { place -= 1 }
            throw SearchError(
                in: query, at: place, found: "\(bytes.count)",
                expected: "at most \(SearchLimits.queryBytes) bytes")
        }
        if let zero = bytes.firstIndex(of: 0) {
            throw error(zero..<zero + 1, "text without the character U+0000")
        }
        skipSpace()
        if isAtEnd { return nil }
        let node = try parseAny(depth: 0)
        guard isAtEnd else { throw error(at..<at + 1, "the end: no '(' is open") }
        return node
    }

    // MARK: how terms are joined

    private mutating func parseAny(depth: Int) throws(SearchError) -> SearchNode {
        var nodes = [try parseAll(depth: depth)]
        while takeWord("OR") { nodes.append(try parseAll(depth: depth)) }
        return nodes.count == 1 ? nodes[0] : .any(nodes)
    }

    /// Ends behind spaces: at the end, at `)` or at `OR`.
    private mutating func parseAll(depth: Int) throws(SearchError) -> SearchNode {
        var nodes = [try parseOne(depth: depth)]
        while true {
            skipSpace()
            if isAtEnd || next == UInt8(ascii: ")") || isWord("OR") { break }
            _ = takeWord("AND")
            nodes.append(try parseOne(depth: depth))
        }
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    private mutating func parseOne(depth: Int) throws(SearchError) -> SearchNode {
        skipSpace()
        let start = at
        for word in ["OR", "AND"] where isWord(word) {
            throw error(at..<at + word.utf8.count, "a term; \"\(word)\" as a text needs quotes")
        }
        if takeWord("NOT") { return try negated(start, depth) }
        guard let next else { throw error(at..<at, "a term") }
        switch next {
        case UInt8(ascii: "!"), UInt8(ascii: "-"):
            at += 1
            guard let after = self.next, !Self.isSpace(after) else {
                throw error(
                    at..<min(at + 1, bytes.count), "what is not wanted, right behind the sign")
            }
            return try negated(start, depth)
        case UInt8(ascii: "("):
            return try parenthesised(depth)
        case UInt8(ascii: ")"):
            throw error(at..<at + 1, "a term")
        default:
            guard termCount < SearchLimits.terms else {
                throw error(wordPlace(at), "at most \(SearchLimits.terms) terms")
            }
            termCount += 1
            return .term(try readTerm())
        }
    }

    private mutating func negated(_ start: Int, _ depth: Int) throws(SearchError) -> SearchNode {
        try checkDepth(start, depth)
        return .not(try parseOne(depth: depth + 1))
    }

    private mutating func parenthesised(_ depth: Int) throws(SearchError) -> SearchNode {
        let open = at
        try checkDepth(open, depth)
        at += 1
        skipSpace()
        if next == UInt8(ascii: ")") {
            throw error(at..<at + 1, "a term; a text with parentheses needs quotes")
        }
        let node = try parseAny(depth: depth + 1)
        guard next == UInt8(ascii: ")") else {
            let column = SearchError(in: query, at: open..<open, expected: "").column
            throw error(at..<at, "')' for the '(' of column \(column)")
        }
        at += 1
        return node
    }

    private func checkDepth(_ place: Int, _ depth: Int) throws(SearchError) {
        guard depth < SearchLimits.depth else {
            throw error(
                place..<place + 1,
                "at most \(SearchLimits.depth) parentheses and negations around a term")
        }
    }

    // MARK: bytes

    var isAtEnd: Bool { at == bytes.count }
    var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    func error(_ place: Range<Int>, _ expected: String) -> SearchError {
        SearchError(in: query, at: place, expected: expected)
    }

    private mutating func skipSpace() {
        while let next, Self.isSpace(next) { at += 1 }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

    /// Whether a byte ends a text without quotes.
    static func isDelimiter(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
            || byte == UInt8(ascii: "\"")
    }

    /// From a place to the next delimiter.
    func wordPlace(_ start: Int) -> Range<Int> {
        start..<(bytes[start...].firstIndex(where: Self.isDelimiter) ?? bytes.count)
    }

    private func isWord(_ word: String) -> Bool {
        // Looked at no farther than the word is long: the time stays linear.
        let end = at + word.utf8.count
        guard end <= bytes.count, bytes[at..<end].elementsEqual(word.utf8) else { return false }
        return end == bytes.count || Self.isDelimiter(bytes[end])
    }

    private mutating func takeWord(_ word: String) -> Bool {
        guard isWord(word) else { return false }
        at += word.utf8.count
        return true
    }
}
