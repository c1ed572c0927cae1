/// Names that were judged before: those of frames come again and again in one event.
struct JudgedNames {
    private struct Entry {
        var first: UInt64 = 0
        var last: UInt64 = 0
        /// 0: nothing is here.
        var count = 0
        var sensitivity = KeySensitivity.none
    }

    /// A power of two; an event has some fifty names.
    private static let entryCount = 64
    /// Two words of the name tell it apart.
    private static let nameLengths = 8...16

    private var entries = [Entry](repeating: Entry(), count: entryCount)

    mutating func sensitivity(of name: UnsafeRawBufferPointer) -> KeySensitivity {
        guard Self.nameLengths.contains(name.count) else { return SensitiveKey.classify(name) }
        let first = name.loadUnaligned(as: UInt64.self)
        let last = name.loadUnaligned(fromByteOffset: name.count - 8, as: UInt64.self)
        // Fibonacci hashing (Knuth, volume 3, 6.4).
        let hash = (first ^ last &* 3 ^ UInt64(name.count)) &* 0x9E37_79B9_7F4A_7C15
        let place = Int(hash >> 58)
        let entry = entries[place]
        if entry.first == first, entry.last == last, entry.count == name.count {
            return entry.sensitivity
        }
        let sensitivity = SensitiveKey.classify(name)
        entries[place] = Entry(
            first: first, last: last, count: name.count, sensitivity: sensitivity)
        return sensitivity
    }
}
