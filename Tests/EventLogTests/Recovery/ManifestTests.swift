import EventLogTestSupport
import Testing

@testable import EventLog

@Suite struct ManifestTests {
    static func make(entries: Int, sequence: UInt64 = 7) -> Manifest {
        let headers = (0..<UInt64(entries)).map { index -> SegmentHeader in
            SegmentHeader(
                uuid: SegmentUUID(high: 3, low: index), baseOffset: index * 10,
                created: 1_700_000_000_000_000, previousChain: index &* 77,
                previousBase: index == 0 ? SegmentHeader.noBase : (index - 1) * 10)
        }
        let checkpoint = Manifest.Checkpoint(
            offset: UInt64(entries) * 10, segmentBase: UInt64(entries - 1) * 10, position: 8192,
            chain: 99)
        return Manifest(
            sequence: sequence, written: 1_700_000_000_000_001, checkpoint: checkpoint,
            entries: headers.map { header -> Manifest.Entry in
                Manifest.Entry(header: header, byteCount: 4096 * (1 + header.baseOffset))
            })
    }

    private static func decode(_ bytes: [UInt8]) -> Manifest.Verdict {
        bytes.withUnsafeBytes { Manifest.decode($0) }
    }

    @Test(arguments: [1, 2, 62, 63, 1000]) func `what is written is read`(entries: Int) {
        let manifest = Self.make(entries: entries)
        let bytes = manifest.encoded()
        #expect(bytes.count % LogLimits.sectorByteCount == 0)
        #expect(Self.decode(bytes) == .valid(manifest))
    }

    @Test func `every flipped bit and every cut is damage`() {
        let bytes = Self.make(entries: 3).encoded()
        for position in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[position] ^= 1 << bit
                #expect(Self.decode(flipped) == .damaged, "bit \(bit) of byte \(position)")
            }
        }
        for length in 1..<bytes.count {
            #expect(Self.decode(Array(bytes.prefix(length))) == .damaged, "length \(length)")
        }
        #expect(Self.decode([]) == .missing)
    }

    @Test func `a later format is not damage`() {
        var bytes = Self.make(entries: 1).encoded()
        bytes.withUnsafeMutableBytes { bytes in
            bytes.put(UInt16(9), at: Manifest.Position.oldestReader)
            let covered = UnsafeRawBufferPointer(bytes.part(0..<bytes.count - 8))
            bytes.put(Checksum.hash(covered, seed: 0), at: bytes.count - 8)
        }
        #expect(Self.decode(bytes) == .newer(oldestReader: 9))
    }

    @Test func `a segment of a later format in a manifest of this one is damage`() {
        var bytes = Self.make(entries: 2).encoded()
        bytes.withUnsafeMutableBytes { bytes in
            let entry = Manifest.headerByteCount + Manifest.entryByteCount
            bytes.put(
                Manifest.formatVersion + 1, at: entry + Manifest.EntryPosition.formatVersion)
            let covered = UnsafeRawBufferPointer(bytes.part(0..<bytes.count - 8))
            bytes.put(Checksum.hash(covered, seed: 0), at: bytes.count - 8)
        }
        #expect(Self.decode(bytes) == .damaged)
    }

    @Test func `a manifest behind which there is no next one is damage`() {
        #expect(Self.decode(Self.make(entries: 1, sequence: .max).encoded()) == .damaged)
        var far = Self.make(entries: 1)
        far.checkpoint.position = .max - 4095
        #expect(Self.decode(far.encoded()) == .damaged)
        let last = Self.make(entries: 1, sequence: Manifest.sequenceLimit)
        #expect(Self.decode(last.encoded()) == .valid(last))
    }

    @Test func `a checkpoint above what a segment can hold is damage`() {
        var manifest = Self.make(entries: 3)
        let base = manifest.checkpoint.segmentBase
        manifest.checkpoint.offset = base + LogLimits.segmentRecordLimit
        #expect(Self.decode(manifest.encoded()) == .valid(manifest))
        manifest.checkpoint.offset += 1
        #expect(Self.decode(manifest.encoded()) == .damaged)
    }

    @Test func `the later one of two is taken, and the earlier one when that is damaged`() throws {
        let store = SimulatedFileStore()
        let files = ManifestFiles(directory: "/data", store: store)
        #expect(try files.load() == ManifestFiles.Found())
        try files.write(Self.make(entries: 5, sequence: 8), to: 0)
        try files.write(Self.make(entries: 1, sequence: 9), to: 1)
        #expect(try files.load().manifest == Self.make(entries: 1, sequence: 9))
        var bytes = store.bytes("/data/manifest.b")
        bytes[70] ^= 1
        store.setBytes("/data/manifest.b", bytes)
        let found = try files.load()
        #expect(found.manifest == Self.make(entries: 5, sequence: 8) && found.index == 0)
        #expect(found.damagedPaths == ["/data/manifest.b"])
    }
}
