import EventLogTestSupport
import Testing

@testable import EventLog

/// The sorted tables of a footer, page by page.
@Suite struct KeyTableTests {
    private static let position: UInt64 = 4096
    private static let seed = SegmentSeed(SegmentUUID(high: 3, low: 4))

    /// A table of these entries, in this order, whose checksums hold.
    private static func table(_ entries: [UInt64], _ form: KeyEntry) throws -> KeyTable {
        let store = SimulatedFileStore()
        var bytes = [UInt8](repeating: 0, count: Int(position))
        for first in stride(from: 0, to: entries.count, by: form.pageCount) {
            var page = [UInt8](repeating: 0, count: KeyPage.byteCount)
            page.withUnsafeMutableBytes { page in
                for (index, entry) in entries[first...].prefix(form.pageCount).enumerated() {
                    form.put(entry, into: page, index)
                }
                KeyPage.close(page, at: UInt64(bytes.count), seed)
            }
            bytes += page
        }
        store.setBytes("/table", bytes)
        return KeyTable(
            file: try store.open("/table", .read), seed: seed, position: position, form: form,
            entryCount: entries.count, buffer: PageBuffer())
    }

    @Test(arguments: [KeyEntry.wide, .narrow])
    func `the newest of a key are those of a list`(_ form: KeyEntry) throws {
        let number = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: number)
        let hashes = (0..<9).map { _ in random.next() }
        let keyed = (0..<3_000).map { (hash: hashes[random.below(8)], offset: UInt64($0)) }
        let entries = keyed.map { form.entry($0.hash, index: $0.offset) }.sorted()
        let table = try Self.table(entries, form)
        for _ in 0..<200 {
            let hash = hashes[random.below(9)]
            let end = UInt64(random.below(3_100))
            let limit = 1 + random.below(600)
            let expected = keyed.reversed().filter { $0.hash == hash && $0.offset < end }
                .prefix(limit).map(\.offset)
            let found = try table.newest(hash, below: end, limit: limit)
            #expect(found == expected, "seed \(number)")
        }
    }

    /// Who asks for more asks below the last one: an answer that does not sink would be asked for ever.
    @Test(arguments: [KeyEntry.wide, .narrow])
    func `entries out of order, with checksums that hold, are damage or sink`(
        _ form: KeyEntry
    ) throws {
        let number = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: number)
        let hash = random.next()
        var refused = 0
        for _ in 0..<300 {
            let entries = (0..<1 + random.below(2_000)).map { _ in
                form.entry(
                    random.chance(oneIn: 9) ? random.next() : hash,
                    index: UInt64(random.below(5_000)))
            }
            let end = UInt64(1 + random.below(5_000))
            let limit = 1 + random.below(60)
            guard
                let found = try Self.table(entries, form).newest(hash, below: end, limit: limit)
            else {
                refused += 1
                continue
            }
            #expect(found.allSatisfy { $0 < end }, "seed \(number)")
            #expect(zip(found, found.dropFirst()).allSatisfy { $0 >= $1 }, "seed \(number)")
        }
        #expect(refused > 0, "seed \(number)")
    }
}
