/// Some of the places of a board, a bit each.
struct PlaceSet: Equatable {
    /// How many places there are, in it or not.
    let count: Int
    private var words: [UInt64]

    /// None, or all.
    init(count: Int, all: Bool = false) {
        self.count = count
        words = Array(repeating: all ? .max : 0, count: (count + 63) / 64)
        if all, count % 64 != 0 { words[words.count - 1] = (1 << UInt64(count % 64)) - 1 }
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    mutating func insert(_ place: Int) { words[place / 64] |= 1 << UInt64(place % 64) }

    mutating func formUnion(_ other: PlaceSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    mutating func subtract(_ other: PlaceSet) {
        for index in words.indices { words[index] &= ~other.words[index] }
    }

    func intersection(_ other: PlaceSet) -> PlaceSet {
        var both = self
        for index in words.indices { both.words[index] &= other.words[index] }
        return both
    }

    /// Those of them that `holds`, which is asked about no other.
    func filter(_ holds: (Int) -> Bool) -> PlaceSet {
        var found = PlaceSet(count: count)
        for index in words.indices where words[index] != 0 {
            var rest = words[index]
            var kept: UInt64 = 0
            while rest != 0 {
                let bit = rest.trailingZeroBitCount
                if holds(index * 64 + bit) { kept |= 1 << UInt64(bit) }
                rest &= rest - 1
            }
            found.words[index] = kept
        }
        return found
    }

    /// From the lowest to the highest.
    func makeIterator() -> Iterator { Iterator(words: words, isReversed: false) }

    /// From the highest to the lowest.
    func makeReversedIterator() -> Iterator { Iterator(words: words, isReversed: true) }

    /// The places of a set, one after the other.
    struct Iterator: IteratorProtocol {
        private let words: [UInt64]
        private let isReversed: Bool
        private var index: Int
        private var rest: UInt64 = 0

        fileprivate init(words: [UInt64], isReversed: Bool) {
            self.words = words
            self.isReversed = isReversed
            index = isReversed ? words.count : -1
        }

        mutating func next() -> Int? {
            while rest == 0 {
                index += isReversed ? -1 : 1
                guard words.indices.contains(index) else {
                    // So that it stays at the end.
                    index = isReversed ? 0 : words.count
                    return nil
                }
                rest = words[index]
            }
            let bit = isReversed ? 63 - rest.leadingZeroBitCount : rest.trailingZeroBitCount
            rest &= ~(1 << UInt64(bit))
            return index * 64 + bit
        }
    }
}
