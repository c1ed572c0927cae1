@testable import EventLog
import EventLogTestSupport

/// A small log with a sealed, a closed and an open segment and two manifests, in which single
/// fields are changed.
///
/// An input is a list of changes of twelve bytes: the file, what to do, the place, the value.
/// Places count only words that are not zero: most of a file is padding.
struct ForgedLog {
    // Made once and read only; libFuzzer calls on one thread.
    nonisolated(unsafe) static let shared = ForgedLog()

    private let store: SimulatedFileStore
    private let paths: [String]
    private var words: [[Int]] = []
    private static let changeByteCount = 12

    /// What the second byte of a change says.
    private enum Flag {
        /// The number of bytes: 1, 2, 4 or 8.
        static let width: UInt8 = 0b11
        /// The value is added, not set.
        static let adds: UInt8 = 0b100
        /// The file ends at the place.
        static let cuts: UInt8 = 0b1000_0000
        /// The checksums of the file are left as they are.
        static let isRaw: UInt8 = 0b0100_0000
    }

    private init() {
        var options = LogOptions()
        options.segmentByteLimit = 12 * 1024
        store = SimulatedFileStore()
        guard let harness = try? LogHarness(store, options: options) else {
            fatalError("the log does not open")
        }
        for batch in 0..<8 {
            harness.append((0..<3).map { TestRecords.make(UInt64(batch * 3 + $0)) })
        }
        harness.core.sealOne()
        harness.core.close()
        store.kill()
        let store = store
        paths = store.paths.filter { $0.hasSuffix(".seg") || $0.contains("manifest") }
        words = paths.map { path in
            let bytes = store.bytes(path)
            return stride(from: 0, to: bytes.count, by: 8).filter { start in
                bytes[start..<min(start + 8, bytes.count)].contains { $0 != 0 }
            }
        }
    }

    func run(_ input: [UInt8]) {
        let copy = store.copy(seed: 1)
        var changed: [Int: [UInt8]] = [:]
        var raw: Set<Int> = []
        for start in stride(from: 0, to: input.count, by: Self.changeByteCount) {
            guard start + Self.changeByteCount <= input.count else { break }
            let change = Array(input[start..<start + Self.changeByteCount])
            let file = Int(change[0]) % paths.count
            var bytes = changed[file] ?? copy.bytes(paths[file])
            if change[1] & Flag.isRaw != 0 { raw.insert(file) }
            apply(change, words[file], to: &bytes)
            changed[file] = bytes
        }
        for (file, var bytes) in changed {
            if !raw.contains(file) {
                if paths[file].hasSuffix(".seg") {
                    Repair.segment(&bytes)
                } else {
                    Repair.manifest(&bytes)
                }
            }
            copy.setBytes(paths[file], bytes)
        }
        Exercise.run(copy)
    }

    private func apply(_ change: [UInt8], _ words: [Int], to bytes: inout [UInt8]) {
        let flags = change[1]
        let slot = Int(change[2]) | Int(change[3]) << 8
        let width = 1 << Int(flags & Flag.width)
        let place = words[slot / 8 % words.count] + slot % 8
        if flags & Flag.cuts != 0 {
            if place < bytes.count { bytes.removeLast(bytes.count - place) }
            return
        }
        guard place + width <= bytes.count else { return }
        var carry = 0
        for index in 0..<width {
            let old = flags & Flag.adds != 0 ? Int(bytes[place + index]) : 0
            let sum = old + Int(change[4 + index]) + carry
            bytes[place + index] = UInt8(truncatingIfNeeded: sum)
            carry = sum >> 8
        }
    }
}
