/// Some rows of a view by their numbers, a bit each up to the highest.
struct RowSet: Equatable {
    private var words: [UInt64] = []

    /// About the memory that it takes.
    var byteCount: Int { words.count * 8 }

    func contains(_ row: Int64) -> Bool {
        let word = Int(row / 64)
        return word < words.count && words[word] & (1 << UInt64(row % 64)) != 0
    }

    /// - Parameter row: not negative.
    /// - Returns: false: it was there.
    @discardableResult
    mutating func insert(_ row: Int64) -> Bool {
        let word = Int(row / 64)
        while words.count <= word { words.append(0) }
        let bit: UInt64 = 1 << UInt64(row % 64)
        defer { words[word] |= bit }
        return words[word] & bit == 0
    }

    mutating func formUnion(_ other: RowSet) {
        while words.count < other.words.count { words.append(0) }
        for index in other.words.indices { words[index] |= other.words[index] }
    }
}
