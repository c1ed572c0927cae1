import Glibc

/// Estimates how many distinct 64-bit hashes it has seen, in fixed memory.
///
/// Flajolet, Fusy, Gandouet, Meunier: "HyperLogLog: the analysis of a near-optimal cardinality
/// estimation algorithm" (2007), with linear counting for small numbers. The registers depend on
/// the set of hashes alone, never on their order or number of repeats.
package struct HyperLogLog: Equatable, Sendable {
    /// 2^15 registers: a standard error of 1.04/√32768 = 0.57 %, in 32 KiB.
    package static let precision = 15
    /// Bytes of a sketch: a register is one.
    package static let registerCount = 1 << precision

    package private(set) var registers: [UInt8]

    package init() {
        registers = Array(repeating: 0, count: Self.registerCount)
    }

    /// Returns nil where `registers` has another length.
    package init?(registers: [UInt8]) {
        guard registers.count == Self.registerCount else { return nil }
        self.registers = registers
    }

    /// Takes a hash that is already well mixed.
    package mutating func insert(_ hash: UInt64) {
        let register = Int(hash >> (64 - UInt64(Self.precision)))
        let rest = hash << UInt64(Self.precision) | 1 << UInt64(Self.precision - 1)
        let rank = UInt8(rest.leadingZeroBitCount + 1)
        if rank > registers[register] { registers[register] = rank }
    }

    /// Takes all that another sketch has seen.
    package mutating func formUnion(_ other: HyperLogLog) {
        for (index, rank) in other.registers.enumerated() where rank > registers[index] {
            registers[index] = rank
        }
    }

    /// How many distinct hashes there were, about.
    package var estimate: Int {
        let m = Double(Self.registerCount)
        var sum = 0.0
        var zeros = 0
        for register in registers {
            sum += Double(sign: .plus, exponent: -Int(register), significand: 1)
            if register == 0 { zeros += 1 }
        }
        let alpha = 0.7213 / (1 + 1.079 / m)
        let raw = alpha * m * m / sum
        if raw <= 2.5 * m, zeros > 0 { return Int((m * log(m / Double(zeros))).rounded()) }
        return Int(raw.rounded())
    }
}
