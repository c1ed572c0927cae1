import EventLog

/// A small log whose bytes change on the disk, in every way and in every place.
package struct DamageTrials {
    /// One change of one file.
    package enum Damage: Hashable, Sendable {
        case flip(byte: Int, bit: Int)
        case zeroSector(at: Int)
        case swapBlocks(Int, Int)
        case cut(length: Int)
        /// The file is gone.
        case removal
        /// All segments that are newer are gone, and both manifests: what a partial copy has.
        case lossBehind
    }

    /// The files that are changed: a sealed segment, two closed ones, the newest one, both manifests.
    package let paths: [String]
    private let store: SimulatedFileStore
    private let client = SimulatedClient()
    private let end: UInt64
    private static let blockByteCount = 4096
    private static let sectorByteCount = 512

    package init() throws {
        var options = LogOptions()
        options.segmentByteLimit = 12 * 1024
        store = SimulatedFileStore()
        let harness = try LogHarness(store, options: options)
        for batch in 0..<8 {
            client.submit((0..<3).map { UInt64(batch * 3 + $0) }, to: harness.core)
            harness.core.drain()
        }
        guard harness.core.sealOne() == .sealed else { throw SealFailed() }
        harness.core.close()
        end = harness.core.durableOffset
        store.kill()
        paths = store.paths.filter { $0.hasSuffix(".seg") || $0.contains("manifest") }
    }

    private struct SealFailed: Error {}

    /// Every change of a kind that the file at `path` can suffer.
    package func all(_ kind: Kind, of path: String) -> [Damage] {
        let count = store.bytes(path).count
        switch kind {
        case .flips:
            return (0..<count).flatMap { byte in (0..<8).map { .flip(byte: byte, bit: $0) } }
        case .sectors:
            return stride(from: 0, to: count, by: Self.sectorByteCount).map { .zeroSector(at: $0) }
        case .swaps:
            let blocks = count / Self.blockByteCount
            return (0..<blocks).flatMap { first in
                (first + 1..<max(first + 1, blocks)).map { .swapBlocks(first, $0) }
            }
        case .cuts:
            return (0..<count).map { .cut(length: $0) }
        case .removals:
            return [.removal]
        case .losses:
            return path.hasSuffix(".seg") ? [.lossBehind] : []
        }
    }

    package enum Kind: String, CaseIterable, Sendable {
        case flips, sectors, swaps, cuts, removals
        /// All that is newer than a segment is gone, and what would tell.
        case losses
    }

    /// What is wrong after one change; the log may refuse to open, with a reason.
    package func violations(_ damage: Damage, of path: String) -> [String] {
        let copy = store.copy(seed: 1)
        if damage == .removal {
            copy.remove(path)
        } else if damage == .lossBehind {
            for other in paths where !other.hasSuffix(".seg") || other > path {
                copy.remove(other)
            }
        } else {
            copy.setBytes(path, Self.damaged(store.bytes(path), damage))
        }
        do throws(LogError) {
            let harness = try LogHarness(copy)
            var found: [String] = []
            do {
                // Two manifests, one damage: what was there at the end is known.
                let knownEnd = damage == .lossBehind ? 0 : end
                found = try client.violations(harness, isHostile: true, knownEnd: knownEnd)
                found += try lookupViolations(harness)
                if damage == .lossBehind, copy.bytes(path) != store.bytes(path) {
                    found.append("what was whole was changed")
                }
                found += try sealViolations(harness, copy, path, knownEnd)
            } catch {
                found = ["not readable: \(error)"]
            }
            if harness.append([TestRecords.make(999)]).isFailure { found.append("not writable") }
            return found
        } catch {
            return error.help == nil ? ["refused without a word that helps: \(error)"] : []
        }
    }

    /// Single records are true, and what an index says is what a walk over all digests says.
    private func lookupViolations(_ harness: LogHarness) throws(LogError) -> [String] {
        let reader = harness.core.makeReader()
        var found: [String] = []
        for offset in 0..<end {
            guard case .record(let record)? = try reader.readRecord(at: offset) else { continue }
            if !TestRecords.isTrue(record) { found.append("record \(offset) is false") }
            // Its digest is there, so the same id must be known.
            let key = UniqueKey(
                project: record.header.project, type: record.header.type, id: record.header.id)
            if try reader.find(key) != offset { found.append("\(offset) is not found by its id") }
        }
        for value in Self.lookedUpKeys {
            for kind in [IndexKeyKind.issue, .session] {
                let walked = try reader.scanBackwards(
                    below: .max, where: kind, equals: value, limit: Int(end))
                let indexed = try reader.offsets(
                    of: kind, value: value, below: .max, limit: Int(end))
                if walked != indexed { found.append("\(kind) \(value): \(walked), not \(indexed)") }
            }
        }
        return found
    }

    /// What is damaged stays as it is, for whoever mends it; sealing the rest changes no record.
    private func sealViolations(
        _ harness: LogHarness, _ store: SimulatedFileStore, _ path: String,
        _ knownEnd: UInt64
    ) throws -> [String] {
        let before = store.bytes(path)
        let isDamaged = harness.core.recovery.gaps.contains { $0.path == path }
        var isSealed = false
        while true {
            let step = harness.core.sealOne()
            guard step == .sealed || step == .refused else { break }
            isSealed = isSealed || step == .sealed
        }
        guard isSealed else { return [] }
        var found = try client.violations(harness, isHostile: true, knownEnd: knownEnd)
        if isDamaged && store.bytes(path) != before { found.append("damage was sealed") }
        return found
    }

    /// Each stands in several records.
    private static let lookedUpKeys: [UInt64] = [1, 5]

    private static func damaged(_ bytes: [UInt8], _ damage: Damage) -> [UInt8] {
        var bytes = bytes
        switch damage {
        case .flip(let byte, let bit):
            bytes[byte] ^= UInt8(1 << bit)
        case .zeroSector(let start):
            let end = min(start + sectorByteCount, bytes.count)
            bytes.replaceSubrange(start..<end, with: [UInt8](repeating: 0, count: end - start))
        case .swapBlocks(let first, let second):
            let a = first * blockByteCount..<(first + 1) * blockByteCount
            let b = second * blockByteCount..<(second + 1) * blockByteCount
            let moved = Array(bytes[a])
            bytes.replaceSubrange(a, with: Array(bytes[b]))
            bytes.replaceSubrange(b, with: moved)
        case .cut(let length):
            bytes.removeLast(bytes.count - length)
        case .removal, .lossBehind:
            bytes = []
        }
        return bytes
    }
}
