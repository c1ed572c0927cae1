/// Replacements in a text, each at its place, so that all that is not replaced stays byte for byte.
struct Splices {
    private var items: [(range: Range<Int>, bytes: [UInt8])] = []

    var isEmpty: Bool { items.isEmpty }

    mutating func insert(_ bytes: [UInt8], at place: Int) {
        items.append((place..<place, bytes))
    }

    mutating func replace(_ range: Range<Int>, with bytes: [UInt8]) {
        items.append((range, bytes))
    }

    /// The text with all replacements, which do not overlap; of two insertions at one place the
    /// one that was added first stands first.
    func apply(to text: [UInt8]) -> [UInt8] {
        let sorted = items.enumerated().sorted {
            ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
        }
        var output: [UInt8] = []
        output.reserveCapacity(
            sorted.reduce(text.count) { $0 + $1.element.bytes.count - $1.element.range.count })
        var place = 0
        for (_, item) in sorted {
            output += text[place..<item.range.lowerBound]
            output += item.bytes
            place = item.range.upperBound
        }
        return output + text[place...]
    }
}
