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

    /// - Parameter others: as the set's own words: a bit for each place, from the lowest; at least as many.
    mutating func formIntersection(_ others: ArraySlice<UInt64>) {
        for (index, other) in zip(words.indices, others) { words[index] &= other }
    }

    func intersection(_ other: PlaceSet) -> PlaceSet {
        var both = self
        for index in words.indices { both.words[index] &= other.words[index] }
        return both
    }

    /// Those of them that `holds`, which is asked about no other.
    @inline(__always)
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
    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        for (index, word) in words.enumerated() {
            // Mostly a set has all places or few.
            if word == .max {
                for place in index * 64..<index * 64 + 64 { body(place) }
                continue
            }
            var rest = word
            while rest != 0 {
                body(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }

    /// From the highest to the lowest.
    @inline(__always)
    func forEachReversed(_ body: (Int) -> Void) {
        for index in words.indices.reversed() {
            var rest = words[index]
            if rest == .max {
                for bit in 0..<64 { body(index * 64 + 63 - bit) }
                continue
            }
            while rest != 0 {
                let bit = 63 - rest.leadingZeroBitCount
                body(index * 64 + bit)
                rest &= ~(1 << UInt64(bit))
            }
        }
    }

    /// Those of them whose value lies within the bounds.
    ///
    /// - Parameter values: one for each place.
    func filter(_ values: [Int64], in bounds: ClosedRange<Int64>) -> PlaceSet {
        values.withUnsafeBufferPointer { values in
            // One subtraction and one comparison, and no branch that is guessed.
            let width = UInt64(bitPattern: bounds.upperBound &- bounds.lowerBound)
            func lies(_ place: Int) -> Bool {
                UInt64(bitPattern: values[place] &- bounds.lowerBound) <= width
            }
            var found = PlaceSet(count: count)
            for index in words.indices where words[index] != 0 {
                let first = index * 64
                var kept: UInt64 = 0
                for bit in 0..<Swift.min(64, count - first) {
                    kept |= (lies(first + bit) ? 1 : 0) << UInt64(bit)
                }
                found.words[index] = kept & words[index]
            }
            return found
        }
    }
}
