/// Which index keys some records have, so that a search passes over nearly all records at once.
///
/// Pure. A Bloom filter a kind of key, over the low 32 bits that `KeyColumns` keeps: eight bits a
/// record and two of them set, so that one search in twenty looks at records in vain.
struct KeySieve: Sendable {
    private let words: [UInt64]
    private let bitCount: UInt32

    private static let bitsPerRecord = 8

    /// - Parameters:
    ///   - recordCount: a power of two, from 8 on.
    ///   - column: lends the keys of a kind, so many.
    init(recordCount: Int, column: (IndexKeyKind) -> UnsafeMutablePointer<UInt32>) {
        precondition(recordCount >= 8 && recordCount & (recordCount - 1) == 0)
        let bitCount = UInt32(recordCount * Self.bitsPerRecord)
        var words = [UInt64](
            repeating: 0, count: Int(bitCount) / 64 * IndexKeyKind.allCases.count)
        words.withUnsafeMutableBufferPointer { words in
            for kind in IndexKeyKind.allCases {
                let first = Self.firstWord(of: kind, bitCount)
                let keys = column(kind)
                for index in 0..<recordCount {
                    let (one, two) = Self.bits(of: keys[index], bitCount)
                    words[first + one >> 6] |= 1 << UInt64(one & 63)
                    words[first + two >> 6] |= 1 << UInt64(two & 63)
                }
            }
        }
        self.words = words
        self.bitCount = bitCount
    }

    /// False: none of the records has this key.
    func mayHold(_ key: UInt32, _ kind: IndexKeyKind) -> Bool {
        let first = Self.firstWord(of: kind, bitCount)
        let (one, two) = Self.bits(of: key, bitCount)
        return words[first + one >> 6] >> UInt64(one & 63) & 1 == 1
            && words[first + two >> 6] >> UInt64(two & 63) & 1 == 1
    }

    private static func firstWord(of kind: IndexKeyKind, _ bitCount: UInt32) -> Int {
        kind.place * Int(bitCount / 64)
    }

    /// Keys are hashes: their own bits are as good as any.
    private static func bits(of key: UInt32, _ bitCount: UInt32) -> (Int, Int) {
        (Int(key & (bitCount - 1)), Int(key >> 16 & (bitCount - 1)))
    }
}
