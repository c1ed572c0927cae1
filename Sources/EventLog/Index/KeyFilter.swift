/// The blocked Bloom filter of the ids of a sealed segment: most ids that are not in it are known
/// by one page, without the sorted table.
///
/// Pure. A page holds 63 blocks of 512 bits and a checksum; all bits of a key are in one block.
/// The byte table is in docs/FORMAT.md, "Filter".
enum KeyFilter {
    /// What a trailer says of a filter that is laid out like this; others are passed over: the
    /// first ones, of kind 0, had all bits of a page in its first block.
    static let kind: UInt32 = 1
    private static let pageByteCount = FooterLayout.pageByteCount
    private static let blockByteCount = 64
    static let blocksPerPage = pageByteCount / blockByteCount - 1
    /// At ten bits a key and six of them set, one id in a hundred goes on to the table.
    private static let bitsPerKey = 10
    private static let bitsSet = 6

    static func pageCount(keyCount: Int) -> Int {
        let bits = blocksPerPage * blockByteCount * 8
        return (keyCount * bitsPerKey + bits - 1) / bits
    }

    /// The page of a key.
    static func page(_ hash: UInt64, of pageCount: Int) -> Int {
        Int(hash.multipliedFullWidth(by: UInt64(pageCount)).high)
    }

    /// Sets the bits of a key in its page.
    static func insert(_ hash: UInt64, into page: UnsafeMutableRawBufferPointer) {
        forEachBit(hash) { position, bit in
            page[position] |= bit
            return true
        }
    }

    /// False when the key was never set in its page.
    static func mayHold(_ hash: UInt64, _ page: UnsafeRawBufferPointer) -> Bool {
        forEachBit(hash) { position, bit in page[position] & bit != 0 }
    }

    /// Calls `body` with the place of each bit until it returns false; true: it never did.
    @discardableResult
    private static func forEachBit(_ hash: UInt64, _ body: (Int, UInt8) -> Bool) -> Bool {
        // The high bits of the hash have chosen the page.
        let mixed = (hash ^ (hash >> 32)) &* 0x9E37_79B9_7F4A_7C15
        let block = Int(((mixed >> 56) * UInt64(blocksPerPage)) >> 8)
        var bits = mixed
        for _ in 0..<bitsSet {
            let bit = Int(bits & 511)
            bits >>= 9
            if !body(block * blockByteCount + bit / 8, 1 << UInt8(bit % 8)) { return false }
        }
        return true
    }
}
