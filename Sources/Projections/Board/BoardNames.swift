/// Numbers for texts that many issues have in common; texts are told apart by their bytes.
struct BoardNames {
    private(set) var names: [String] = []
    private var numbers: [ByteText: Int64] = [:]
    /// The names as searches compare them, one behind the other, and where each ends.
    private var folded: [UInt8] = []
    private var foldedEnds: [Int] = []

    var count: Int { names.count }

    /// About the memory that they take.
    var byteCount: Int { 2 * folded.count + names.count * Self.nameByteCount }
    /// The text, its number in the table, its end.
    private static let nameByteCount = 72

    mutating func number(_ name: String) -> Int64 {
        if let number = known(name) { return number }
        let number = Int64(names.count)
        numbers[ByteText(name)] = number
        names.append(name)
        FoldedText.append(name, to: &folded)
        foldedEnds.append(folded.count)
        return number
    }

    /// The number of a name that has one.
    func known(_ name: String) -> Int64? { numbers[ByteText(name)] }

    /// Whether each name fits, in any case of ASCII letters.
    func fitting(_ pattern: SearchPattern) -> [Bool] {
        FoldedPattern(pattern).withMatcher { matcher in
            folded.withUnsafeBytes { bytes in
                var start = 0
                return foldedEnds.map { end in
                    defer { start = end }
                    return matcher.fits(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
            }
        }
    }

    /// Whether each name fits as it is.
    func fittingExactly(_ pattern: SearchPattern) -> [Bool] {
        FoldedPattern(exact: pattern).withMatcher { matcher in
            names.map { name in
                var name = name
                return name.withUTF8 { matcher.fits(UnsafeRawBufferPointer($0)) }
            }
        }
    }
}
