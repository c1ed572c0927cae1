@testable import EventLog
import EventLogTestSupport

/// Whole files made of the input.
enum ForgedFiles {
    private static let segment = LogHarness.directory + "/log/00000000000000000000.seg"
    private static let sector = LogLimits.sectorByteCount

    static func runSegment(_ input: [UInt8]) {
        exercise(input)
        var repaired = input
        Repair.segment(&repaired)
        exercise(repaired)
    }

    private static func exercise(_ segment: [UInt8]) {
        let store = SimulatedFileStore()
        store.setBytes(Self.segment, segment)
        Exercise.run(store)
    }

    /// The first byte says whether the segment is sealed, and as which version.
    static func runBlock(_ input: [UInt8]) {
        guard let first = input.first else { return }
        var header = SegmentHeader(
            uuid: SegmentUUID(high: 1, low: 2), baseOffset: 0, created: 0, previousChain: 0,
            previousBase: SegmentHeader.noBase)
        if first & 1 == 1 {
            header.formatVersion =
                first & 2 == 0 ? SegmentHeader.sealedVersion : SegmentHeader.oldestSealedVersion
        }
        var bytes = [UInt8](repeating: 0, count: sector)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        bytes += input.dropFirst()
        bytes += [UInt8](repeating: 0, count: roundedToSector(bytes.count) - bytes.count)
        // So that a whole block is met at once.
        bytes.withUnsafeMutableBytes { bytes in
            guard bytes.count >= 2 * sector else { return }
            bytes.put(BlockHeader.magic, at: sector)
            bytes.put(BlockHeader.tag, at: sector + BlockHeader.Position.tag)
            bytes.put(BlockHeader.version, at: sector + BlockHeader.Position.version)
            bytes.put(UInt64(sector), at: sector + BlockHeader.Position.position)
        }
        Repair.segment(&bytes)
        exercise(bytes)
    }

    /// The input as it is, and laid over a true manifest from a place on that its first bytes tell,
    /// with a checksum that fits; a log is opened with those that are taken for manifests.
    static func runManifest(_ input: [UInt8]) {
        var laid = goldenManifest
        if input.count > 2 {
            let start = (Int(input[0]) << 8 | Int(input[1])) % laid.count
            for (index, byte) in input.dropFirst(2).enumerated() where start + index < laid.count {
                laid[start + index] = byte
            }
        }
        Repair.manifest(&laid)
        for bytes in [input, laid] {
            let verdict = bytes.withUnsafeBytes { Manifest.decode($0) }
            guard case .valid(let manifest) = verdict else { continue }
            let again = manifest.encoded().withUnsafeBytes { Manifest.decode($0) }
            require(again == verdict, "a manifest is what it was written as")
            let store = SimulatedFileStore()
            store.setBytes(segment, golden)
            store.setBytes(LogHarness.directory + "/manifest.a", bytes)
            Exercise.run(store)
        }
    }

    /// The manifest of a log with one open segment.
    private static let goldenManifest: [UInt8] = {
        let store = SimulatedFileStore()
        guard let harness = try? LogHarness(store) else { fail("the log does not open") }
        harness.append((0..<5).map { TestRecords.make(UInt64($0)) })
        harness.core.close()
        let copies = store.paths.filter { $0.contains("manifest") }.map { store.bytes($0) }
        guard let bytes = copies.max(by: { $0.count < $1.count }), !bytes.isEmpty else {
            fail("there is no manifest")
        }
        return bytes
    }()

    /// A small open segment.
    private static let golden: [UInt8] = {
        let store = SimulatedFileStore()
        guard let harness = try? LogHarness(store) else { fail("the log does not open") }
        harness.append((0..<5).map { TestRecords.make(UInt64($0)) })
        return store.bytes(segment)
    }()

    /// Names, one a line, of copies of a segment and of empty files in turns.
    static func runNames(_ input: [UInt8]) {
        let store = SimulatedFileStore()
        for (index, name) in input.split(separator: 10).prefix(8).enumerated() {
            let text = String(decoding: name, as: UTF8.self)
            guard !text.contains("/"), !text.contains("\0") else { continue }
            store.setBytes(
                LogHarness.directory + "/log/" + text, index % 3 == 2 ? [] : golden)
        }
        Exercise.run(store)
    }

    /// The file of a group of sealed segments, asked for ids.
    static func runGroup(_ input: [UInt8]) {
        var repaired = input
        Repair.group(&repaired)
        for bytes in [input, repaired] {
            let store = SimulatedFileStore()
            let path = LogPaths.idGroup(LogHarness.directory, base: 0)
            store.setBytes(path, bytes)
            guard let group = try? IDGroup.open(path, store) else { continue }
            let pages = PageBuffer()
            for number in 0..<UInt64(8) {
                _ = try? group.look(for: number &* 0x1234_5678_9ABC_DEF1, pages)
            }
            // As a file of a log whose segments it does not fit.
            store.setBytes(segment, golden)
            Exercise.run(store)
        }
    }
}
