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
    /// All pieces, one behind the other, and each of them.
    private let bytes: [UInt8]
    private let pieces: [Piece]
    /// What each text has that fits.
    let trigrams: TrigramSet

    fileprivate struct Piece {
        var start: Int
        var count: Int
        /// The place in it of the byte that is looked for: one that few texts have.
        var rarest: Int
    }

    /// A pattern of texts in any case of ASCII letters.
    init(_ pattern: SearchPattern) { self.init(pattern.pieces.map(FoldedText.bytes)) }

    /// A pattern that tells upper from lower case, of texts that are not folded.
    init(exact pattern: SearchPattern) { self.init(pattern.pieces.map { Array($0.utf8) }) }

    private init(_ texts: [[UInt8]]) {
        var bytes: [UInt8] = []
        var pieces: [Piece] = []
        var trigrams = TrigramSet()
        for text in texts {
            let rarest = text.indices.max { Self.rarity(text[$0]) < Self.rarity(text[$1]) }
            pieces.append(Piece(start: bytes.count, count: text.count, rarest: rarest ?? 0))
            bytes += text
            text.withUnsafeBytes { trigrams.insert(allOf: $0) }
        }
        self.bytes = bytes
        self.pieces = pieces
        self.trigrams = trigrams
    }

    /// How rare a byte is, about: letters by their order in English, all else rarer.
    private static func rarity(_ byte: UInt8) -> Int {
        commonFirst.firstIndex(of: byte) ?? commonFirst.count
    }

    private static let commonFirst = Array(" etaoinsrhldcumfpgwybvkxjqz".utf8)

    /// Lends what tells which texts fit: asked about many, it counts no references.
    func withMatcher<Result>(_ body: (FoldedMatcher) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            pieces.withUnsafeBufferPointer { body(FoldedMatcher(bytes: bytes, pieces: $0)) }
        }
    }
}

/// A `FoldedPattern` as long as it is lent.
struct FoldedMatcher {
    fileprivate let bytes: UnsafeRawBufferPointer
    fileprivate let pieces: UnsafeBufferPointer<FoldedPattern.Piece>

    /// True where the pieces stand in the text in their order, the first at its beginning and the
    /// last at its end.
    func fits(_ text: UnsafeRawBufferPointer) -> Bool {
        let first = pieces[0]
        guard pieces.count > 1 else {
            return text.count == first.count && stands(first, in: text, at: 0)
        }
        let last = pieces[pieces.count - 1]
        // The leftmost place for each leaves most room for the others.
        let end = text.count - last.count
        var start = first.count
        guard start <= end, stands(first, in: text, at: 0), stands(last, in: text, at: end) else {
            return false
        }
        for index in 1..<pieces.count - 1 {
            guard let place = place(of: pieces[index], in: text, start..<end) else { return false }
            start = place + pieces[index].count
        }
        return true
    }

    /// - Parameter place: of a text that is long enough.
    @inline(__always)
    private func stands(
        _ piece: FoldedPattern.Piece, in text: UnsafeRawBufferPointer, at place: Int
    ) -> Bool {
        guard piece.count > 0, let text = text.baseAddress, let bytes = bytes.baseAddress else {
            return true
        }
        return memcmp(text + place, bytes + piece.start, piece.count) == 0
    }

    /// The first place in `range` of the text.
    private func place(
        of piece: FoldedPattern.Piece, in text: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> Int? {
        guard piece.count > 0 else { return range.lowerBound }
        guard let base = text.baseAddress else { return nil }
        let wanted = Int32(bytes[piece.start + piece.rarest])
        var place = range.lowerBound
        while place + piece.count <= range.upperBound {
            let room = range.upperBound - piece.count - place + 1
            guard let found = memchr(base + place + piece.rarest, wanted, room) else { return nil }
            place = UnsafeRawPointer(found) - base - piece.rarest
            if stands(piece, in: text, at: place) { return place }
            place += 1
        }
        return nil
    }
}
