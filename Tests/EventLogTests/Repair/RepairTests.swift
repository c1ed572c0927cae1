import EventLog
import EventLogTestSupport
import Testing

/// What is damaged is taken from a copy where it is proven to be the same, and nothing else.
@Suite struct RepairTests {
    private static let copy = "/copy"

    /// A closed log and its bytes by path.
    private struct Log {
        var files: [String: [UInt8]]
        var content: LogHarness.Content
        var bases: [UInt64]
    }

    private static func make(
        _ seals: Bool, thenSeals: Bool = false, redacts: Bool = false
    ) throws -> (log: Log, later: Log) {
        let harness = try SealTests.make()
        if seals { SealTests.sealAll(harness) }
        func now() throws -> Log {
            var files: [String: [UInt8]] = [:]
            for path in harness.store.paths
            where path.hasSuffix(".seg") || path.contains("manifest") {
                files[path] = harness.store.bytes(path)
            }
            return Log(
                files: files, content: try harness.content(), bases: harness.core.segmentBases)
        }
        let log = try now()
        if thenSeals { SealTests.sealAll(harness) }
        if redacts {
            for base in harness.core.segmentBases.dropLast() {
                _ = try harness.core.rewriteSegment(base: base) { block, index in
                    index == 0
                        ? RecordEdit(keys: .init(), digest: [], line: Array("\"a\":1}".utf8)) : nil
                }
            }
        }
        harness.core.close()
        return (log, try now())
    }

    /// A disk that has `log`, and `copy` beside it.
    private static func disk(_ log: Log, _ copy: Log) -> SimulatedFileStore {
        let store = SimulatedFileStore()
        for (path, bytes) in log.files { store.setBytes(path, bytes) }
        for (path, bytes) in copy.files {
            store.setBytes(Self.copy + path.dropFirst(LogHarness.directory.count), bytes)
        }
        return store
    }

    private static func repair(
        _ store: SimulatedFileStore, range: Range<UInt64> = 0..<UInt64.max, isDryRun: Bool = false,
        mayBeRedacted: Bool = false
    ) throws -> LogRepair.Report {
        try LogRepair(
            directory: LogHarness.directory, copy: copy, store: store,
            mayBeRedacted: { _ in mayBeRedacted }
        ).run(range: range, isDryRun: isDryRun)
    }

    private static func content(_ store: SimulatedFileStore) throws -> LogHarness.Content {
        let log = try EventLog.openReadOnly(directory: LogHarness.directory, store: store)
        return try LogHarness.read(log.makeReader())
    }

    @Test(arguments: [0, 1, 2])
    func `a missing segment is taken from the copy, also after the log was open`(
        lost: Int
    ) throws {
        let (log, _) = try Self.make(true)
        let store = Self.disk(log, log)
        let path = store.segmentPaths.filter { $0.hasPrefix(LogHarness.directory) }[lost]
        try store.unlink(path)
        for _ in 0..<2 {
            let harness = try LogHarness(store)
            #expect(!harness.core.recovery.gaps.isEmpty)
            harness.core.close()
            store.kill()
        }
        let report = try Self.repair(store)
        #expect(report.actions.map(\.path) == [path] && report.refusals.isEmpty)
        #expect(try Self.content(store) == log.content)
        #expect(
            try LogVerifier(directory: LogHarness.directory, store: store).verify().isSound)
    }

    private static func damage(_ store: SimulatedFileStore, _ path: String, at place: Int) {
        var bytes = store.bytes(path)
        bytes[place] ^= 0x10
        store.setBytes(path, bytes)
    }

    private static func paths(_ log: Log) -> [String] {
        log.files.keys.filter { $0.hasSuffix(".seg") }.sorted()
    }

    @Test(arguments: [false, true])
    func `any byte of a closed segment, from a copy of the same file`(isSealed: Bool) throws {
        let (log, _) = try Self.make(isSealed)
        let path = Self.paths(log)[1]
        let bytes = try #require(log.files[path])
        var repaired = 0
        for place in stride(from: 0, to: bytes.count, by: 509) {
            let store = Self.disk(log, log)
            Self.damage(store, path, at: place)
            let report = try Self.repair(store)
            // Padding may be damaged without anything being lost.
            if report.actions.isEmpty { continue }
            repaired += 1
            #expect(report.isWhole, "byte \(place): \(report)")
            #expect(store.bytes(path) == bytes, "byte \(place)")
            let kept = try #require(report.actions[0].quarantinePath)
            #expect(store.bytes(kept) != bytes && store.bytes(kept).count == bytes.count)
            #expect(try Self.content(store) == log.content)
            #expect(!store.paths.contains { $0.hasSuffix(".seal") })
            // Twice is once.
            #expect(try Self.repair(store).actions.isEmpty)
        }
        #expect(repaired > bytes.count / 509 / 2)
    }

    @Test(arguments: [false, true])
    func `a segment that is cut, or gone, or of zeros`(isSealed: Bool) throws {
        let (log, _) = try Self.make(isSealed)
        let path = Self.paths(log)[1]
        let bytes = try #require(log.files[path])
        for broken in [
            Array(bytes[..<(bytes.count / 2)]), Array(bytes[..<5000]), Array(bytes[..<100]), [],
            [UInt8](repeating: 0, count: bytes.count), nil,
        ] {
            let store = Self.disk(log, log)
            if let broken { store.setBytes(path, broken) } else { try store.unlink(path) }
            let report = try Self.repair(store)
            #expect(report.isWhole && report.actions.count == 1, "\(report)")
            #expect(store.bytes(path) == bytes)
            #expect(try Self.content(store) == log.content)
        }
    }

    @Test(arguments: [false, true])
    func `both are damaged, each in another block`(isSealed: Bool) throws {
        let (log, _) = try Self.make(false)
        let path = Self.paths(log)[0]
        let store = Self.disk(log, log)
        let count = try #require(log.files[path]).count
        // Blocks of one sector each: the first and the last.
        Self.damage(store, path, at: 4096 + 300)
        Self.damage(store, Self.copy + "/log/" + path.split(separator: "/").last!, at: count - 300)
        let report = try Self.repair(store)
        #expect(report.isWhole && store.bytes(path) == log.files[path])
        // The same block in both: nothing can be done, nothing is changed.
        let lost = Self.disk(log, log)
        Self.damage(lost, path, at: 4096 + 300)
        Self.damage(lost, Self.copy + "/log/" + path.split(separator: "/").last!, at: 4096 + 300)
        let before = lost.bytes(path)
        let refused = try Self.repair(lost)
        #expect(refused.actions.isEmpty && refused.refusals.count == 1)
        #expect(lost.bytes(path) == before)
    }

    @Test func `a sealed segment from a copy that was made before, and the other way`() throws {
        let (open, sealed) = try Self.make(false, thenSeals: true)
        for (log, copy) in [(sealed, open), (open, sealed)] {
            let path = Self.paths(log)[1]
            let store = Self.disk(log, copy)
            Self.damage(store, path, at: 4096 + 300)
            let report = try Self.repair(store)
            #expect(report.isWhole && report.actions.count == 1, "\(report)")
            #expect(try Self.content(store) == log.content)
            let verified = try LogVerifier(directory: LogHarness.directory, store: store).verify()
            #expect(verified.isSound, "\(verified.findings)")
            let again = try LogHarness(store)
            #expect(again.core.recovery.gaps.isEmpty)
            #expect(try again.content() == log.content)
        }
    }

    @Test func `what was redacted never comes back`() throws {
        let (copy, log) = try Self.make(false, thenSeals: true, redacts: true)
        for path in Self.paths(log).dropLast() {
            for place in [10, 4096 + 20, 4096 + 300, (log.files[path]?.count ?? 0) - 4000] {
                for knows in [true, false] {
                    let store = Self.disk(log, copy)
                    Self.damage(store, path, at: place)
                    let broken = store.bytes(path)
                    let report = try Self.repair(store, mayBeRedacted: knows)
                    // Where the footer is damaged too, it takes whoever asks to know.
                    if report.actions.isEmpty { #expect(store.bytes(path) == broken) }
                    #expect(report.actions.isEmpty || !knows, "\(place) \(report)")
                    if place < 5000, place > 4096 { #expect(report.refusals.count == 1) }
                }
            }
        }
    }

    @Test func `the newest segment gets back what was there, and no more`() throws {
        let (log, _) = try Self.make(false)
        let path = try #require(Self.paths(log).last)
        let bytes = try #require(log.files[path])
        let store = Self.disk(log, log)
        Self.damage(store, path, at: 4096 + 300)
        let report = try Self.repair(store)
        if bytes.count > 8192 {
            #expect(report.isWhole && report.actions.count == 1, "\(report)")
            #expect(try Self.content(store) == log.content)
        }
        // The log is gone whole, and the copy ends too early: offsets would be given twice.
        let early = Self.disk(log, log)
        try early.unlink(path)
        early.setBytes(
            Self.copy + "/log/" + path.split(separator: "/").last!, Array(bytes[..<4096]))
        let refused = try Self.repair(early)
        #expect(refused.actions.isEmpty && refused.refusals.count == 1, "\(refused)")
        let whole = Self.disk(log, log)
        try whole.unlink(path)
        #expect(try Self.repair(whole).isWhole)
        #expect(whole.bytes(path) == bytes)
    }

    @Test func `another log is no copy`() throws {
        let (log, _) = try Self.make(true)
        let other = try SealTests.make(40, size: 200)
        SealTests.sealAll(other)
        other.core.close()
        let store = Self.disk(log, log)
        for path in store.paths where path.hasPrefix(Self.copy) { try store.unlink(path) }
        for path in other.store.segmentPaths {
            store.setBytes(
                Self.copy + path.dropFirst(LogHarness.directory.count), other.store.bytes(path))
        }
        for path in Self.paths(log).dropLast() {
            Self.damage(store, path, at: 4096 + 300)
            let before = store.bytes(path)
            let report = try Self.repair(store)
            #expect(report.actions.isEmpty && !report.isWhole)
            #expect(store.bytes(path) == before)
        }
    }

    @Test func `a range, a dry run and a log in use`() throws {
        let (log, _) = try Self.make(true)
        let store = Self.disk(log, log)
        let paths = Self.paths(log)
        for path in paths[0...2] { Self.damage(store, path, at: 4096 + 300) }
        let before = store.bytes(paths[1])
        let plan = try Self.repair(store, isDryRun: true)
        #expect(plan.actions.count == 3 && plan.actions.allSatisfy { $0.quarantinePath == nil })
        #expect(store.bytes(paths[1]) == before)
        let one = try Self.repair(store, range: log.bases[1]..<log.bases[1] + 1)
        #expect(one.actions.map(\.baseOffset) == [log.bases[1]])
        #expect(one.actions[0].offsets == [log.bases[1]..<log.bases[2]])
        let writer = try LogHarness(store)
        #expect(throws: LogError.self) { try Self.repair(store) }
        writer.core.close()
    }

    @Test func `whatever is damaged, a repair loses nothing and invents nothing`() throws {
        let logs = try [false, true].map { try Self.make($0).log }
        for seed in 0..<UInt64(seedCount(60)) {
            var random = SeededRandom(seed: seed)
            let log = logs[random.below(2)]
            let store = Self.disk(log, log)
            for _ in 0..<1 + random.below(5) {
                let path = Self.paths(log)[random.below(Self.paths(log).count)]
                let isCopy = random.below(3) == 0
                let target = isCopy ? Self.copy + path.dropFirst(LogHarness.directory.count) : path
                var bytes = store.bytes(target)
                guard !bytes.isEmpty else { continue }
                switch random.below(4) {
                case 0: bytes.removeLast(random.below(bytes.count))
                case 1:
                    let start = random.below(bytes.count)
                    for place in start..<min(bytes.count, start + 512) { bytes[place] = 0 }
                default: bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
                }
                store.setBytes(target, bytes)
            }
            let before = (try? Self.content(store)) ?? LogHarness.Content()
            let plan = try Self.repair(store)
            let after = (try? Self.content(store)) ?? LogHarness.Content()
            #expect(after.falseOffsets.isEmpty, "seed \(seed)")
            #expect(
                before.numbers.allSatisfy { after.numbers[$0.key] == $0.value }, "seed \(seed)")
            #expect(
                after.numbers.allSatisfy { log.content.numbers[$0.key] == $0.value },
                "seed \(seed)")
            // What the newest segment had behind the last checkpoint nothing here can know.
            let closed = log.content.numbers.filter { $0.key < log.bases.last! }
            if plan.isWhole, before.numbers.count > 0 {
                let isBack = closed.allSatisfy { after.numbers[$0.key] == $0.value }
                #expect(isBack, "seed \(seed)")
            }
        }
    }
}
