/// Where the issues of a batch are, by their keys.
///
/// Open addressing with linear probing over the fingerprint, mixed with a number of the process.
struct IssueTable {
    /// Place + 1, 0 = free; a power of two long and at most half full.
    private var slots: [Int32] = Array(repeating: 0, count: 64)
    private var count = 0

    /// The place of a key; one that is not there gets the next place.
    mutating func place(of key: IssueDelta.Key, in issues: ContiguousArray<IssueDelta.Issue>) -> Int
    {
        let mask = slots.count - 1
        var slot = Self.hash(key) & mask
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if issues[place].key == key { return place }
            slot = (slot + 1) & mask
        }
        count += 1
        slots[slot] = Int32(count)
        if count * 2 > slots.count { grow(issues, key) }
        return count - 1
    }

    /// - Parameter newest: the key of the last place, whose issue is still to come.
    private mutating func grow(
        _ issues: ContiguousArray<IssueDelta.Issue>, _ newest: IssueDelta.Key
    ) {
        slots = Array(repeating: 0, count: slots.count * 2)
        for place in 0..<count {
            let key = place < issues.count ? issues[place].key : newest
            var slot = Self.hash(key) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(place + 1)
        }
    }

    /// Nobody outside can make fingerprints that meet in it.
    private static let seed = UInt64.random(in: 0...UInt64.max)

    private static func hash(_ key: IssueDelta.Key) -> Int {
        let mixed = (key.fingerprint ^ UInt64(key.project) ^ seed) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32)
    }
}
