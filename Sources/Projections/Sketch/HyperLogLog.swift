import Glibc

/// Estimates how many distinct 64-bit hashes it has seen, in fixed memory.
///
/// Flajolet, Fusy, Gandouet, Meunier: "HyperLogLog: the analysis of a near-optimal cardinality
/// estimation algorithm" (2007); the estimate is that of Ertl: "New cardinality estimation algorithms for
/// HyperLogLog sketches" (2017), which needs no other formula for small numbers and no table of corrections.
/// The registers depend on the set of hashes alone, never on their order or number of repeats.
package struct HyperLogLog: Equatable, Sendable {
    /// 2^17 registers: a standard error of 1.04/√131072 = 0.29 %, so that one estimate of two thousand
    /// is more than 1 % off; 128 KiB.
    package static let precision = 17
    /// Bytes of a sketch: a register is one.
    package static let registerCount = 1 << precision
    /// Registers that are stored together: a batch of new hashes writes the chunks that it changes.
    static let chunkRegisterCount = 4_096
    static let chunkCount = registerCount / chunkRegisterCount

    package private(set) var registers: [UInt8]

    package init() {
        registers = Array(repeating: 0, count: Self.registerCount)
    }

    /// Returns nil where `registers` has another length, or what no register holds.
    package init?(registers: [UInt8]) {
        guard registers.count == Self.registerCount,
            registers.allSatisfy({ $0 <= Self.highestRank })
        else { return nil }
        self.registers = registers
    }

    /// No rest of a hash has more zeros in front.
    private static let highestRank = UInt8(64 - precision + 1)

    /// Takes a hash that is already well mixed; the number of the chunk that has changed, nil: none has.
    @discardableResult
    package mutating func insert(_ hash: UInt64) -> Int? {
        let register = Int(hash >> (64 - UInt64(Self.precision)))
        let rest = hash << UInt64(Self.precision) | 1 << UInt64(Self.precision - 1)
        let rank = UInt8(rest.leadingZeroBitCount + 1)
        guard rank > registers[register] else { return nil }
        registers[register] = rank
        return register / Self.chunkRegisterCount
    }

    /// Takes all that another sketch has seen.
    package mutating func formUnion(_ other: HyperLogLog) {
        for (index, rank) in other.registers.enumerated() where rank > registers[index] {
            registers[index] = rank
        }
    }

    // MARK: the estimate

    /// How many distinct hashes there were, about.
    package var estimate: Int {
        let m = Double(Self.registerCount)
        var counts = [Int](repeating: 0, count: Int(Self.highestRank) + 1)
        for register in registers { counts[Int(register)] += 1 }
        var sum = m * Self.tau(1 - Double(counts[counts.count - 1]) / m)
        for count in counts.dropFirst().dropLast().reversed() { sum = (sum + Double(count)) / 2 }
        sum += m * Self.sigma(Double(counts[0]) / m)
        // 1/(2 ln 2) of Ertl's formula.
        let estimate = m * m / (2 * log(2) * sum)
        return estimate < Self.estimateLimit ? Int(estimate.rounded()) : Int.max
    }

    /// No sketch that was filled with hashes comes near it.
    private static let estimateLimit = 0x1p62

    /// For registers that are still 0; infinite where all are.
    private static func sigma(_ share: Double) -> Double {
        if share == 1 { return .infinity }
        var (x, y, z) = (share, 1.0, share)
        while true {
            x *= x
            let before = z
            z += x * y
            y += y
            if z == before { return z }
        }
    }

    /// For registers that can rise no more.
    private static func tau(_ share: Double) -> Double {
        if share == 0 || share == 1 { return 0 }
        var (x, y, z) = (share, 1.0, 1 - share)
        while true {
            x = x.squareRoot()
            let before = z
            y /= 2
            z -= (1 - x) * (1 - x) * y
            if z == before { return z / 3 }
        }
    }

    // MARK: chunks

    /// The registers of a chunk.
    func chunk(_ number: Int) -> ArraySlice<UInt8> {
        registers[number * Self.chunkRegisterCount..<(number + 1) * Self.chunkRegisterCount]
    }

    /// The chunks that have a register above 0.
    var usedChunks: [Int] { (0..<Self.chunkCount).filter { chunk($0).contains { $0 > 0 } } }
}
