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
    func forEach(_ body: (Int) throws -> Void) rethrows {
        for index in words.indices {
            var rest = words[index]
            while rest != 0 {
                try body(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }

    /// From the highest to the lowest.
    func forEachReversed(_ body: (Int) throws -> Void) rethrows {
        for index in words.indices.reversed() {
            var rest = words[index]
            while rest != 0 {
                let bit = 63 - rest.leadingZeroBitCount
                try body(index * 64 + bit)
                rest &= ~(1 << UInt64(bit))
            }
        }
    }
}
