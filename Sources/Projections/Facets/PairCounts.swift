/// How often pairs of small numbers were met.
///
/// A table with open addressing, since a dictionary hashes each pair as a stranger may have chosen it; these
/// are numbers that a fold gave out itself, one after the other.
struct PairCounts {
    /// One more than a pair, as `first << 32 | second`; 0 where there is none.
    private var slots: [UInt64]
    private var events: [Int]
    private(set) var count = 0

    private static let smallestCapacity = 64

    init() {
        slots = Array(repeating: 0, count: Self.smallestCapacity)
        events = Array(repeating: 0, count: Self.smallestCapacity)
    }

    /// Counts a pair once more; both numbers are below 2^32 - 1.
    mutating func add(_ first: Int, _ second: Int) {
        let slot = UInt64(first) << 32 | UInt64(second) + 1
        var place = Self.place(slot, slots.count)
        while slots[place] != slot {
            if slots[place] == 0 {
                slots[place] = slot
                count += 1
                events[place] = 1
                if count * 2 > slots.count { grow() }
                return
            }
            place = (place + 1) & (slots.count - 1)
        }
        events[place] += 1
    }

    /// All pairs, those with the same first number side by side, in the order of that number.
    func byFirst() -> [(first: Int, second: Int, events: Int)] {
        var met = slots.indices.filter { slots[$0] != 0 }
        met.sort { slots[$0] < slots[$1] }
        return met.map { place in
            let pair = slots[place] - 1
            return (Int(pair >> 32), Int(pair & 0xffff_ffff), events[place])
        }
    }

    /// By Fibonacci hashing: the high bits of a product.
    private static func place(_ slot: UInt64, _ capacity: Int) -> Int {
        Int((slot &* 0x9e37_79b9_7f4a_7c15) >> UInt64(64 - capacity.trailingZeroBitCount))
    }

    private mutating func grow() {
        let old = (slots, events)
        slots = Array(repeating: 0, count: old.0.count * 2)
        events = Array(repeating: 0, count: slots.count)
        for (slot, events) in zip(old.0, old.1) where slot != 0 {
            var place = Self.place(slot, slots.count)
            while slots[place] != 0 { place = (place + 1) & (slots.count - 1) }
            slots[place] = slot
            self.events[place] = events
        }
    }
}
