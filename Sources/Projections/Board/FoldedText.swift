import Glibc

/// Text as searches compare it: ASCII letters in lower case, all else as it is.
///
/// That is how `LIKE` of SQLite compares.
enum FoldedText {
    static func bytes(_ text: String) -> [UInt8] { text.utf8.map(fold) }

    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { for byte in $0 { bytes.append(fold(byte)) } }
    }

    private static func fold(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

/// A `SearchPattern` for folded bytes.
struct FoldedPattern {
    private let pieces: [[UInt8]]
    /// What each text has that fits.
    let trigrams: TrigramSet

    /// A pattern of texts in any case of ASCII letters.
    init(_ pattern: SearchPattern) { self.init(pattern.pieces.map(FoldedText.bytes)) }

    /// A pattern that tells upper from lower case, of texts that are not folded.
    init(exact pattern: SearchPattern) { self.init(pattern.pieces.map { Array($0.utf8) }) }

    private init(_ pieces: [[UInt8]]) {
        self.pieces = pieces
        var trigrams = TrigramSet()
        for piece in pieces { piece.withUnsafeBytes { trigrams.insert(allOf: $0) } }
        self.trigrams = trigrams
    }

    /// True where the pieces stand in the text in their order, the first at its beginning and the
    /// last at its end.
    func fits(_ text: UnsafeRawBufferPointer) -> Bool {
        let first = pieces[0]
        guard pieces.count > 1 else {
            return text.count == first.count && Self.hasPrefix(text, first)
        }
        let last = pieces[pieces.count - 1]
        guard first.count + last.count <= text.count, Self.hasPrefix(text, first),
            Self.hasPrefix(UnsafeRawBufferPointer(rebasing: text.suffix(last.count)), last)
        else { return false }
        // The leftmost place for each leaves most room for the others.
        let end = text.count - last.count
        var start = first.count
        for piece in pieces.dropFirst().dropLast() {
            let rest = UnsafeRawBufferPointer(rebasing: text[start..<end])
            guard let place = Self.firstPlace(of: piece, in: rest) else { return false }
            start += place + piece.count
        }
        return true
    }

    private static func hasPrefix(_ text: UnsafeRawBufferPointer, _ prefix: [UInt8]) -> Bool {
        guard text.count >= prefix.count else { return false }
        return prefix.withUnsafeBytes { bytes in
            bytes.isEmpty || memcmp(text.baseAddress!, bytes.baseAddress!, bytes.count) == 0
        }
    }

    private static func firstPlace(of piece: [UInt8], in text: UnsafeRawBufferPointer) -> Int? {
        guard let base = text.baseAddress, let head = piece.first else { return 0 }
        var start = 0
        while start + piece.count <= text.count {
            let room = text.count - piece.count - start + 1
            guard let found = memchr(base + start, Int32(head), room) else { return nil }
            let place = UnsafeRawPointer(found) - base
            if hasPrefix(UnsafeRawBufferPointer(rebasing: text[place...]), piece) { return place }
            start = place + 1
        }
        return nil
    }
}

/// Which sequences of three bytes a text has, about: a bit of 256 for each.
///
/// A text can contain another only if its set does: most texts that do not fit a word are told by that,
/// without being looked through. (Signature files: Faloutsos and Christodoulakis, 1984.)
struct TrigramSet: Equatable {
    private var words = SIMD4<UInt64>()

    mutating func insert(allOf text: UnsafeRawBufferPointer) {
        guard text.count >= 3 else { return }
        for start in 0...text.count - 3 {
            let trigram =
                UInt32(text[start]) | UInt32(text[start + 1]) << 8 | UInt32(text[start + 2]) << 16
            // Fibonacci hashing: the high bits are mixed best.
            let hash = (trigram &* 0x9E37_79B1) >> 24
            words[Int(hash >> 6)] |= 1 << UInt64(hash & 63)
        }
    }

    func isSuperset(of other: TrigramSet) -> Bool { words & other.words == other.words }
}
