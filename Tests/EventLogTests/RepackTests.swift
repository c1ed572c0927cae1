import EventLogTestSupport
import Testing

@testable import EventLog

/// What was sealed in a hurry is packed anew when there is time.
@Suite struct RepackTests {
    /// Segments of many records each, all but the newest sealed in a hurry.
    private static func make() throws -> LogHarness {
        let harness = try SealTests.make(240, segmentByteLimit: 96 * 1024, size: 900)
        while harness.core.sealOne(quickly: true) == .sealed {}
        try #require(harness.core.sealedSegmentCount > 1)
        return harness
    }

    private static func repackAll(_ harness: LogHarness) -> Int {
        var count = 0
        while harness.core.repackOne() == .sealed { count += 1 }
        return count
    }

    private static func byteCount(_ harness: LogHarness) -> Int {
        harness.store.segmentPaths.map { harness.store.bytes($0).count }.reduce(0, +)
    }

    @Test func `records are the same, the files smaller, and it is done once`() throws {
        let harness = try Self.make()
        let before = try harness.content()
        let byteCount = Self.byteCount(harness)
        #expect(harness.core.hasLooseSegments)
        #expect(Self.repackAll(harness) == harness.core.sealedSegmentCount)
        #expect(!harness.core.hasLooseSegments)
        #expect(Self.byteCount(harness) < byteCount)
        #expect(try harness.content() == before)
        let report = try LogVerifier(directory: LogHarness.directory, store: harness.store)
            .verify()
        #expect(report.findings.isEmpty, "\(report.findings)")
    }

    @Test func `a start knows which segments are packed loosely`() throws {
        let harness = try Self.make()
        let before = try harness.content()
        harness.core.close()
        harness.store.kill()
        let again = try LogHarness(harness.store)
        #expect(again.core.hasLooseSegments)
        #expect(Self.repackAll(again) == again.core.sealedSegmentCount)
        again.core.close()
        again.store.kill()
        let third = try LogHarness(harness.store)
        #expect(third.core.recovery.isClean)
        #expect(!third.core.hasLooseSegments)
        #expect(try third.content() == before)
    }

    @Test func `what waits to be sealed comes first`() throws {
        let harness = try SealTests.make(240, segmentByteLimit: 96 * 1024, size: 900)
        try #require(harness.core.sealOne(quickly: true) == .sealed)
        #expect(harness.core.repackOne() == .nothing)
        #expect(SealTests.sealAll(harness) > 0)
        #expect(harness.core.repackOne() == .sealed)
    }

    @Test func `a segment that is left in the middle stays as it was`() throws {
        let harness = try Self.make()
        let before = try harness.content()
        #expect(harness.core.repackOne(goesOn: { false }) == .stopped)
        #expect(harness.core.hasLooseSegments)
        #expect(try harness.content() == before)
    }

    @Test func `the manifest names the sealed file before another takes its name`() throws {
        let harness = try SealTests.make(240, segmentByteLimit: 96 * 1024, size: 900)
        let paths = (0..<LogPaths.manifestCount).map { LogPaths.manifest(LogHarness.directory, $0) }
        let old = paths.map { harness.store.bytes($0) }
        while harness.core.sealOne(quickly: true) == .sealed {}
        // As after manifests that could not be written while segments were begun.
        for (path, bytes) in zip(paths, old) { harness.store.setBytes(path, bytes) }
        let files = ManifestFiles(directory: LogHarness.directory, store: harness.store)
        let before = try #require(try files.load().manifest)
        #expect(before.entries.allSatisfy { !$0.header.isSealed })
        harness.store.setFaults([.init(operation: .rename, call: 1, errno: 5)])
        guard case .failed = harness.core.repackOne() else {
            Issue.record("the name was taken")
            return
        }
        let after = try #require(try files.load().manifest)
        #expect(after.entries.dropLast().allSatisfy { $0.header.isSealed })
    }
}
