import Glibc

/// Gives small numbers to the strings of a batch: environments, releases.
///
/// Looked up by bytes, so that a fold makes no `String` for an event; numbers count up from 0 in
/// order of first use.
struct StringInterner {
    private(set) var strings: [String] = []
    /// All of them, one behind the other, and where each ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var hashes: [UInt64] = []
    /// Open addressing with linear probing: string number + 1, 0 = free; a power of two long and
    /// at most half full.
    private var slots: [Int32] = Array(repeating: 0, count: 64)

    /// - Parameter guess: a number that is likely, such as that of the event before; -1: none is.
    mutating func intern(_ source: UnsafeRawBufferPointer, guess: Int = -1) -> Int {
        if guess >= 0, isEqual(guess, source) { return guess }
        let hash = Self.hash(source)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if hashes[number] == hash, isEqual(number, source) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        strings.append(String(decoding: source, as: UTF8.self))
        bytes.append(contentsOf: source)
        ends.append(bytes.count)
        hashes.append(hash)
        slots[slot] = Int32(strings.count)
        if strings.count * 2 > slots.count { grow() }
        return strings.count - 1
    }

    /// The bytes of a string, as they came.
    func bytes(_ number: Int) -> [UInt8] { Array(bytes[range(number)]) }

    private func range(_ number: Int) -> Range<Int> {
        (number == 0 ? 0 : ends[number - 1])..<ends[number]
    }

    mutating func removeAll() {
        self = StringInterner()
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        for (number, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(number + 1)
        }
    }

    private func isEqual(_ number: Int, _ source: UnsafeRawBufferPointer) -> Bool {
        let range = range(number)
        guard range.count == source.count, let base = source.baseAddress else {
            return range.count == source.count
        }
        return bytes.withUnsafeBytes {
            memcmp($0.baseAddress! + range.lowerBound, base, range.count) == 0
        }
    }

    /// FNV-1a over 8 bytes at a time, then mixed; the strings are short.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var i = 0
        while i + 8 <= bytes.count {
            hash =
                (hash ^ bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self))
                &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 29
            i += 8
        }
        while i < bytes.count {
            hash = (hash ^ UInt64(bytes[i])) &* 0x0000_0100_0000_01b3
            i += 1
        }
        return hash ^ (hash >> 32)
    }
}
