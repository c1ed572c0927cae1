import EventLog
import EventLogTestSupport
import Foundation
import Testing

@Suite struct GoldenFormatTests {
    /// Two blocks, written by the engine with a fixed clock and identity.
    private static func make() throws -> [UInt8] {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        harness.append((0..<5).map { TestRecords.make(UInt64($0)) })
        harness.append((5..<12).map { TestRecords.make(UInt64($0), unique: $0 % 2 == 0) })
        return store.bytes(store.segmentPaths[0])
    }

    private static let repository = URL(fileURLWithPath: #filePath)
        .resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let goldenPath = repository.appendingPathComponent(
        "Tests/EventLogTests/Golden/segment-v1.seg")

    @Test func `today's writer makes the golden segment, byte for byte`() throws {
        let made = try Self.make()
        if ProcessInfo.processInfo.environment["FAULTLOG_WRITE_GOLDEN"] != nil {
            try Data(made).write(to: Self.goldenPath)
        }
        #expect([UInt8](try Data(contentsOf: Self.goldenPath)) == made)
    }

    private static let sealedPath = repository.appendingPathComponent(
        "Tests/EventLogTests/Golden/segment-v3.seg")

    /// The same records, sealed with a fixed clock and identity.
    private static func makeSealed() throws -> [UInt8] {
        var options = LogOptions()
        options.segmentByteLimit = 12 * 1024
        let store = SimulatedFileStore()
        let harness = try LogHarness(store, options: options)
        harness.append((0..<5).map { TestRecords.make(UInt64($0)) })
        harness.append((5..<12).map { TestRecords.make(UInt64($0), unique: $0 % 2 == 0) })
        harness.append([TestRecords.make(12)])
        try #require(harness.core.sealOne() == .sealed)
        return store.bytes(store.segmentPaths[0])
    }

    @Test func `today's sealer makes the golden sealed segment, byte for byte`() throws {
        let made = try Self.makeSealed()
        if ProcessInfo.processInfo.environment["FAULTLOG_WRITE_GOLDEN"] != nil {
            try Data(made).write(to: Self.sealedPath)
        }
        #expect([UInt8](try Data(contentsOf: Self.sealedPath)) == made)
    }

    /// Those of before, too: an open one with a digest section packed as well as its lines, a sealed one with
    /// wide entries and ends, and one with chunks of 256 KiB and a filter of kind 0.
    @Test(arguments: [
        "segment-v1", "segment-v1-fast-section", "segment-v2", "segment-v2-small-chunks",
        "segment-v3",
    ])
    func `the golden segments are read`(_ name: String) throws {
        let store = SimulatedFileStore()
        let path = LogHarness.directory + "/log/00000000000000000000.seg"
        let golden = Self.goldenPath.deletingLastPathComponent()
            .appendingPathComponent(name + ".seg")
        store.setBytes(path, [UInt8](try Data(contentsOf: golden)))
        let harness = try LogHarness(store)
        #expect(harness.core.recovery.isClean)
        let content = try harness.content()
        #expect(content.numbers.count == 12 && content.falseOffsets.isEmpty)
        let report = try LogVerifier(directory: LogHarness.directory, store: store).verify()
        // A filter of kind 0 is read, and no longer made: there is nothing to compare it with.
        #expect(report.isSound || name == "segment-v2-small-chunks")
        // Its tables name each record under each of its keys.
        let reader = harness.core.makeReader()
        for kind in IndexKeyKind.allCases {
            for number in UInt64(1)..<12 {
                let keys = TestRecords.make(number).keys
                let key =
                    switch kind {
                    case .issue: keys.issue
                    case .user: keys.user
                    case .trace: keys.trace
                    case .session: keys.session
                    }
                let found = try reader.offsets(of: kind, value: key, below: .max, limit: 12)
                #expect(key == 0 || found.contains(number))
            }
        }
        // Whatever its filter is, its ids are known.
        for number in UInt64(0)..<5 {
            let again = try harness.append([TestRecords.make(number)]).get().outcomes
            #expect(again == [.duplicate(offset: number)])
        }
    }

    /// One row of a table in docs/FORMAT.md.
    private struct Field {
        var name: String
        var position: String
        var byteCount: String
        var type: String
        var meaning: String
    }

    private static func table(_ heading: String) throws -> [Field] {
        let text = try String(
            contentsOf: repository.appendingPathComponent("docs/FORMAT.md"), encoding: .utf8)
        let parts = text.components(separatedBy: "\n## \(heading)\n")
        try #require(parts.count == 2)
        let body = parts[1].components(separatedBy: "\n## ")[0]
        return body.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2).map { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            return Field(
                name: cells[1], position: cells[2], byteCount: cells[3], type: cells[4],
                meaning: cells[5])
        }
    }

    /// The fields fill their place without holes, and their values are those expected.
    private func check(
        _ fields: [Field], _ bytes: ArraySlice<UInt8>, byteCount: Int, _ expected: [String: UInt64]
    ) throws {
        var position = 0
        var checked: Set<String> = []
        for field in fields {
            #expect(Int(field.position) == position, "\(field.name)")
            let size = try #require(Int(field.byteCount))
            let start = bytes.startIndex + position
            let value = Array(bytes[start..<start + size])
            switch field.type {
            case "zero": #expect(value.allSatisfy { $0 == 0 }, "\(field.name)")
            case "ascii":
                #expect(value.allSatisfy { $0 < 128 }, "\(field.name)")
                if field.meaning.hasPrefix("`") {
                    #expect(
                        value == Array(field.meaning.dropFirst().dropLast().utf8), "\(field.name)")
                }
            case "u16", "u32", "u64", "i64":
                #expect(size == Int(field.type.dropFirst()).map { $0 / 8 }, "\(field.name)")
                let number = value.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                let first = field.meaning.prefix { $0 != "," && $0 != " " && $0 != ";" }
                if field.meaning.hasPrefix("0x") {
                    #expect(number == UInt64(first.dropFirst(2), radix: 16), "\(field.name)")
                } else if let constant = UInt64(first), !field.meaning.contains(" to ") {
                    #expect(number == constant, "\(field.name)")
                }
                if let wanted = expected[field.name] {
                    #expect(number == wanted, "\(field.name)")
                    checked.insert(field.name)
                }
            case "bytes": break
            default: Issue.record("unknown type \(field.type)")
            }
            position += size
        }
        #expect(position == byteCount)
        #expect(checked == Set(expected.keys))
    }

    @Test func `the table of the segment header is right`() throws {
        let bytes = try Self.make()
        try check(
            try Self.table("Segment header"), bytes[0..<4096], byteCount: 4096,
            [
                "base offset": 0, "created": 1_700_000_000_000_000, "previous chain": 0,
                "previous base": .max,
            ])
    }

    @Test func `the table of the block header is right`() throws {
        let bytes = try Self.make()
        let fields = try Self.table("Block header")
        try check(
            fields, bytes[4096..<4224], byteCount: 128,
            [
                "position": 4096, "base offset": 0, "record count": 5, "block length": 4096,
                "durable offset": 0, "chain": 0, "min time": 1_700_000_000_000_000,
                "max time": 1_700_000_000_000_004,
            ])
        let chain = bytes[4096 + 120..<4096 + 128].reversed().reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        try check(
            fields, bytes[8192..<8320], byteCount: 128,
            [
                "position": 8192, "base offset": 5, "record count": 7, "durable offset": 5,
                "chain": chain,
            ])
    }

    @Test func `the tables of a sealed segment are right`() throws {
        let before = try Self.make()
        let bytes = try Self.makeSealed()
        func word(_ bytes: [UInt8], _ position: Int) -> UInt64 {
            bytes[position..<position + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let end = bytes.count - 4096
        let first: UInt64 = 1_700_000_000_000_000
        try check(
            try Self.table("Trailer"), bytes[end...], byteCount: 4096,
            [
                "block count": 1, "next offset": 12, "record count": 12, "footer position": 8192,
                "min time": first, "max time": first + 11,
                "original chain": word(before, 8192 + 120), "id position": 12288, "id count": 8,
                "issue position": 16384, "issue count": 10, "user count": 11, "trace count": 11,
                "session count": 11, "filter position": 32768, "filter pages": 1,
            ])
        try check(
            try Self.table("Footer"), bytes[8192...], byteCount: 16,
            ["frame size": UInt64(end - 8192 - 8)])
        try check(
            try Self.table("Block entry"), bytes[(8192 + 16)...], byteCount: 64,
            [
                "position": 4096, "base offset": 0, "record count": 12, "block length": 4096,
                "min time": first, "max time": first + 11, "projects": 0b111,
                "types": 0b111_1111,
            ])
        // Entries are in order, and each names a record once.
        let traces = (0..<11).map {
            word(bytes, Int(word(bytes, end + 160)) + 6 * $0) & 0xFFFF_FFFF_FFFF
        }
        #expect(traces == traces.sorted())
        #expect(traces.map { $0 & 0x1F_FFFF }.sorted() == Array(1...11))
    }

    @Test func `the tables of the manifest are right`() throws {
        var options = LogOptions()
        options.segmentByteLimit = 8192
        let store = SimulatedFileStore()
        let harness = try LogHarness(store, options: options)
        harness.append((0..<3).map { TestRecords.make(UInt64($0)) })
        harness.append((3..<5).map { TestRecords.make(UInt64($0)) })
        harness.core.close()
        // A manifest for each segment, one at the end.
        let bytes = store.bytes(LogHarness.directory + "/manifest.a")
        let last = store.bytes(store.segmentPaths[1])
        let chain = last[4096 + 120..<4096 + 128].reversed().reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        try #require(bytes.count == 4096)
        try check(
            try Self.table("Manifest"), bytes[0..<88], byteCount: 88,
            [
                "entry count": 2, "sequence": 3, "written": 1_700_000_000_000_000,
                "durable offset": 5, "segment base": 3, "position": 8192, "chain": chain,
            ])
        let fields = try Self.table("Manifest entry")
        try check(
            fields, bytes[88..<152], byteCount: 64,
            [
                "base offset": 0, "created": 1_700_000_000_000_000, "previous chain": 0,
                "previous base": .max, "length": 8192, "segment version": 1,
            ])
        try check(
            fields, bytes[152..<216], byteCount: 64,
            ["base offset": 3, "previous base": 0, "length": 0])
    }

    @Test func `the table of the digest section is right`() throws {
        let store = SimulatedFileStore()
        let harness = try LogHarness(store)
        harness.append((0..<6).map { TestRecords.make(UInt64($0)) })
        let read = try harness.core.makeReader().readBlock(containing: 0, payload: true)
        guard case .block(let block)? = read else {
            Issue.record("no block")
            return
        }
        let records = (0..<6).map { TestRecords.make(UInt64($0)) }
        let digestCount = records.reduce(0) { $0 + $1.digest.count }
        var end = 0
        for field in try Self.table("Digest section") {
            func number(_ text: String) -> Int {
                text.split(separator: "+").reduce(0) { sum, term in
                    if term == "d" { return sum + digestCount }
                    if term.hasSuffix("n") { return sum + Int(term.dropLast())! * 6 }
                    return sum + Int(term)!
                }
            }
            #expect(number(field.position) == end, "\(field.name)")
            let size = number(field.byteCount)
            let column = Array(block.section[end..<end + size])
            func words(_ width: Int) -> [UInt64] {
                stride(from: 0, to: column.count, by: width).map { start in
                    column[start..<start + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
                }
            }
            switch field.name {
            case "count": #expect(words(4) == [6])
            case "time": #expect(words(8) == records.map { UInt64($0.time) })
            case "id": #expect(words(8) == records.flatMap { [$0.id.high, $0.id.low] })
            case "issue": #expect(words(8) == records.map(\.keys.issue))
            case "user": #expect(words(8) == records.map(\.keys.user))
            case "trace": #expect(words(8) == records.map(\.keys.trace))
            case "session": #expect(words(8) == records.map(\.keys.session))
            case "project": #expect(words(4) == records.map { UInt64($0.project) })
            case "type": #expect(column == records.map(\.type.rawValue))
            case "flags": #expect(column == [1, 1, 1, 1, 1, 1])
            case "digests": #expect(column == records.flatMap(\.digest))
            case "digest end": #expect(words(4).last == UInt64(digestCount))
            case "line end": #expect(words(4).last == UInt64(block.payload?.count ?? 0))
            case "reserved": #expect(words(4) == [0])
            default: Issue.record("unknown field \(field.name)")
            }
            end += size
        }
        #expect(end == block.section.count)
    }
}
