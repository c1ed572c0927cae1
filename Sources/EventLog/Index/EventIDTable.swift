import Glibc

/// From a unique key to the offset of the record that was appended with it.
///
/// In memory, for the whole log, eight bytes a slot: 24 bits of the hash and 40 of the offset.
/// A hit is only a candidate: the caller compares the real id, so that two ids with one hash are
/// never taken for one. It grows by adding levels, four times larger each, and never moves an
/// entry: no pause while it grows, undoing the newest entries is exact, and the levels are in the
/// order of the offsets, which is what dropping old segments needs. Not thread-safe by itself.
struct EventIDTable: ~Copyable {
    /// Where an entry is, to undo it.
    struct Slot: Sendable {
        fileprivate var level: Int
        fileprivate var index: Int
    }

    private var levels: [Level] = []
    private let hashSeed: UInt64

    /// `seed` makes the places of ids unforeseeable to who sends them.
    init(seed: UInt64) { hashSeed = seed }

    var count: Int { levels.reduce(0) { $0 + $1.count } }

    /// The hash under which a record stands.
    func hash(_ key: UniqueKey) -> UInt64 {
        let owner = UInt64(key.project) << 8 | UInt64(key.type.rawValue)
        let words = (key.id.high, key.id.low, owner)
        return withUnsafeBytes(of: words) { Checksum.hash($0, seed: hashSeed) }
    }

    /// Offsets of records that may have this hash's id, newest level first.
    func candidates(_ hash: UInt64) -> [UInt64] {
        var found: [UInt64] = []
        for level in levels.reversed() { level.collect(hash, into: &found) }
        return found
    }

    /// Adds an entry; offsets only grow.
    mutating func insert(_ hash: UInt64, offset: UInt64) -> Slot {
        precondition(offset <= LogLimits.offsetLimit, "offsets have 40 bits")
        if levels.last?.isFull ?? true {
            let last = levels.last.map { $0.mask + 1 } ?? Self.firstSlotCount / Self.growth
            levels.append(Level(slotCount: min(last * Self.growth, Self.largestSlotCount)))
        }
        let level = levels.count - 1
        return Slot(level: level, index: levels[level].insert(hash, offset: offset))
    }

    /// Takes entries out again, which must be the newest ones, in the order they were inserted.
    mutating func undo(_ slots: [Slot]) {
        for slot in slots.reversed() {
            precondition(slot.level < levels.count, "only the newest entries are undone")
            levels[slot.level].clear(slot.index)
            if slot.level == levels.count - 1, levels[slot.level].count == 0 { levels.removeLast() }
        }
    }

    private static var firstSlotCount: Int { 1 << 14 }
    private static var growth: Int { 4 }
    /// 128 MiB a level: beyond it further levels are of the same size.
    private static var largestSlotCount: Int { 1 << 24 }
}

/// One open-addressing table with linear probing.
///
/// A slot is 0 or the fingerprint and offset + 1.
private final class Level {
    let mask: Int
    private(set) var count = 0
    private let slots: UnsafeMutablePointer<UInt64>

    /// The memory comes zeroed and untouched from the system: no page is paid for before its use.
    init(slotCount: Int) {
        guard let memory = calloc(slotCount, 8) else { fatalError("no memory for the id table") }
        slots = memory.bindMemory(to: UInt64.self, capacity: slotCount)
        mask = slotCount - 1
    }

    deinit { free(slots) }

    /// Probes stay short up to here.
    var isFull: Bool { count * 3 > mask * 2 }

    func insert(_ hash: UInt64, offset: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = (hash & Self.fingerprintMask) | (offset + 1)
        count += 1
        return index
    }

    func collect(_ hash: UInt64, into found: inout [UInt64]) {
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 {
            if (slots[index] ^ hash) & Self.fingerprintMask == 0 {
                found.append((slots[index] & ~Self.fingerprintMask) - 1)
            }
            index = (index + 1) & mask
        }
    }

    func clear(_ index: Int) {
        precondition(slots[index] != 0, "an entry is undone once")
        slots[index] = 0
        count -= 1
    }

    private static var fingerprintMask: UInt64 { ~UInt64(0) << 40 }
}
