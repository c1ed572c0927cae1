import Glibc

/// From a unique key to the offset of the record that was appended with it.
///
/// In memory, for records whose segment is not sealed, eight bytes a slot: 24 bits of the hash and
/// 40 of the offset. A hit is only a candidate: the caller compares the real id, so that two ids
/// with one hash are never taken for one. It grows by adding levels, each about as large as
/// all before it up to a bound, and never moves an entry: no pause while it grows, undoing the newest
/// entries is exact, and a level whose offsets are all in sealed segments goes as a whole. Not
/// thread-safe by itself.
struct EventIDTable: ~Copyable {
    /// Where an entry is, to undo it.
    ///
    /// The level is only touched under the lock of the table's owner.
    struct Slot: Sendable {
        fileprivate let level: Level
        fileprivate let index: Int
    }

    private var levels: [Level] = []

    var count: Int { levels.reduce(0) { $0 + $1.count } }

    /// Offsets of records that may have this hash's id, newest level first.
    func candidates(_ hash: UInt64) -> [UInt64] {
        var found: [UInt64] = []
        for level in levels.reversed() { level.collect(hash, into: &found) }
        return found
    }

    /// Adds an entry.
    mutating func insert(_ hash: UInt64, offset: UInt64) -> Slot {
        precondition(offset <= LogLimits.offsetLimit, "offsets have 40 bits")
        if levels.last?.isFull ?? true {
            levels.append(Level(slotCount: Self.slotCount(beside: count)))
        }
        let level = levels[levels.count - 1]
        return Slot(level: level, index: level.insert(hash, offset: offset))
    }

    /// Takes entries out again, which must be the newest ones, in the order they were inserted.
    mutating func undo(_ slots: [Slot]) {
        for slot in slots.reversed() {
            slot.level.clear(slot.index)
            if slot.level.count == 0 { levels.removeAll { $0 === slot.level } }
        }
    }

    /// Lets go of all levels but the newest whose offsets are known elsewhere.
    mutating func release(where isKnown: (ClosedRange<UInt64>) -> Bool) {
        guard let newest = levels.popLast() else { return }
        levels.removeAll { isKnown($0.offsets) }
        levels.append(newest)
    }

    /// Slots of a new level beside those of `count` ids.
    ///
    /// As many as there are ids: where sealing keeps up the levels stay small and what is sealed
    /// leaves soon, where it is far behind there are few to look through.
    private static func slotCount(beside count: Int) -> Int {
        var slots = firstSlotCount
        while slots < count, slots < largestSlotCount { slots *= 2 }
        return slots
    }

    private static var firstSlotCount: Int { 1 << 14 }
    /// 8 MiB, some 700,000 ids: beyond it further levels are of the same size, so that what is
    /// sealed leaves in pieces of a few segments.
    private static var largestSlotCount: Int { 1 << 20 }
}

/// One open-addressing table with linear probing.
///
/// A slot is 0 or the fingerprint and offset + 1.
private final class Level: @unchecked Sendable {
    // Sendable: it is touched by its table only, whose owner locks.
    let mask: Int
    private(set) var count = 0
    /// The offsets that were ever entered lie in here; entries that were undone may widen it.
    private(set) var offsets: ClosedRange<UInt64> = 0...0
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
        offsets =
            count == 0
            ? offset...offset
            : min(offsets.lowerBound, offset)...max(offsets.upperBound, offset)
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
