/// Which sequences of three bytes a text has, about: a bit of 256 for each.
///
/// A text can contain another only if its set does: most texts that do not fit a word are told by that,
/// without being looked through. (Signature files: Faloutsos and Christodoulakis, 1984.)
struct TrigramSet: Equatable {
    private var words = SIMD4<UInt64>()

    static let bitCount = 256

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

    /// What one of the two has and the other has not.
    func symmetricDifference(_ other: TrigramSet) -> TrigramSet {
        var difference = self
        difference.words ^= other.words
        return difference
    }

    func forEachBit(_ body: (Int) -> Void) {
        for index in 0..<words.scalarCount {
            var rest = words[index]
            while rest != 0 {
                body(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}

/// The sets of all texts, a row of places for each bit: a word of a search is looked for by reading the
/// rows of its few bits, and no others.
///
/// (Bit slices: Roberts, "Partial-match retrieval via the method of superimposed codes", 1979.)
struct TrigramIndex {
    /// The rows, one behind the other, of `stride` words each.
    private var words: [UInt64] = []
    private var stride = 0

    var byteCount: Int { words.count * 8 }

    /// Makes room for places below `count`, whose sets are empty.
    mutating func reserve(_ count: Int) {
        guard count > stride * 64 else { return }
        let wider = max(Self.leastStride, stride * 2, (count + 63) / 64)
        var grown = [UInt64](repeating: 0, count: TrigramSet.bitCount * wider)
        for bit in 0..<TrigramSet.bitCount {
            for word in 0..<stride { grown[bit * wider + word] = words[bit * stride + word] }
        }
        (words, stride) = (grown, wider)
    }
    private static let leastStride = 8

    /// Changes those bits of a place that stand in `bits`.
    mutating func flip(_ bits: TrigramSet, at place: Int) {
        bits.forEachBit { words[$0 * stride + place / 64] ^= 1 << UInt64(place % 64) }
    }

    /// Those of `places` whose sets have all of `wanted`.
    func candidates(_ wanted: TrigramSet, of places: PlaceSet) -> PlaceSet {
        var found = places
        wanted.forEachBit { bit in
            found.formIntersection(words[bit * stride..<(bit + 1) * stride])
        }
        return found
    }
}
