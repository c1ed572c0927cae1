import ErrorModel
import Foundation
import SourceMaps
import Synchronization
import Testing

@testable import LogServer

/// What becomes of the files of one upload, and what it may take.
struct UploadWorkTests {
    private static func work(
        release: String = "1", _ files: [UploadedFile]
    ) throws -> UploadWork {
        var work = UploadWork(project: 1, release: release)
        for file in files {
            try work.take(file) { BlobReference(hash: BlobHash(of: $0), byteCount: 0) }
        }
        work.finish()
        return work
    }

    private static func script(_ name: String, id: Bool = false) -> UploadedFile {
        var file = UploadedFile(name: name, content: Array("t()".utf8))
        if id { file.debugID = DebugID(Shop.debugID) }
        return file
    }

    private static func map(_ name: String, id: Bool = false) -> UploadedFile {
        var file = UploadedFile(name: name, content: Array(Shop.map().utf8))
        if id { file.debugID = DebugID(Shop.debugID) }
        return file
    }

    @Test func `a map beside its script is its own, though no comment names it`() throws {
        for (script, map) in [(true, false), (false, true)] {
            let work = try Self.work(
                release: "", [Self.script("~/a.js", id: script), Self.map("~/a.js.map", id: map)])
            #expect(work.items.map(\.place.debugID) == [Shop.debugID, Shop.debugID])
            #expect(work.skipped.isEmpty)
        }
        var pair = Self.script("~/a.js", id: true)
        pair.pairedMap = "~/maps/other.map"
        let work = try Self.work(release: "", [pair, Self.map("~/maps/other.map")])
        #expect(work.items.map(\.place.debugID) == [Shop.debugID, Shop.debugID])
        #expect(work.items[0].sourceMap == "~/maps/other.map")
    }

    @Test func `of a place that comes twice the later one is paired`() throws {
        let work = try Self.work([
            Self.map("~/a.js.map"), Self.script("~/a.js", id: true), Self.map("~/a.js.map"),
        ])
        #expect(work.items.count == 2)
        #expect(work.items.allSatisfy { $0.place.debugID == Shop.debugID })
    }

    @Test func `files and unpacked bytes are counted over the whole request`() throws {
        var work = UploadWork(project: 1, release: "1")
        for _ in 0..<UploadLimits.parts { try work.countFile() }
        #expect(throws: Problem.self) { try work.countFile() }
        for _ in 0..<4 { try work.count(unpacked: UploadLimits.requestBytes) }
        #expect(throws: Problem.self) { try work.count(unpacked: 1) }
        #expect(throws: Problem.self) { try work.setDist(String(repeating: "ü", count: 33)) }
        try work.setDist(String(repeating: "ü", count: 32))
    }

    @Test func `of many skipped files the first are named and all are counted`() {
        var work = UploadWork(project: 1, release: "1")
        for _ in 0..<1_500 {
            work.skip(SkippedFile(name: String(repeating: "ü", count: 2_000), reason: "r"))
        }
        #expect(work.skipped.count == UploadLimits.shownSkipped && work.skippedCount == 1_500)
        #expect(work.skipped[0].name.utf8.count == UploadLimits.nameBytes)
    }

    @Test func `names that a record cannot hold are skipped, the others kept`() async throws {
        try await RunningServer.with { server in
            // Each of these characters takes six bytes of a record.
            let name = String(repeating: "%01", count: 1_500)
            var form = Form()
            form.add("file", fileName: "~/a.js", "t()")
            form.add(
                "file", fileName: "~/\(name).js", "t()\n//# sourceMappingURL=\(name).js.map\n")
            let answer = try await server.upload(form)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.json["artifacts"]?.array?.count == 1)
            #expect(answer.json["skippedCount"]?.int64 == 1)
            let reason = answer.json["skipped"]?.array?.first?["reason"]?.string
            #expect(reason?.contains("too long for a record") == true, "\(reason ?? "")")
        }
    }

    @Test func `chunks of bundles that ended make room, those of others stay an hour`() throws {
        let directory = NSTemporaryDirectory() + "/chunks-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let clock = Clock()
        let area = UploadArea(directory: directory)
        let store = ChunkStore(area, clock: { clock.now })
        let (a, b) = (ChunkStore.hash([1]), ChunkStore.hash([2]))
        try store.keep([1], as: a)
        try store.keep([2], as: b)
        #expect(area.waitingBytes == 2)
        store.markUsed([a, b])
        // Who asks for one will need it.
        #expect(store.missing([b]).isEmpty)
        try area.reserve(UploadLimits.waitingBytes - 1)
        #expect(store.missing([a, b]) == [a])
        #expect(throws: Problem.self) { try area.reserve(1) }
        clock.advance()
        try area.reserve(1)
        #expect(store.missing([b]) == [b])
    }

    private final class Clock: Sendable {
        private let time = Atomic<Int64>(0)
        var now: Int64 { time.load(ordering: .relaxed) }
        func advance() { time.store(3_601 * 1_000_000, ordering: .relaxed) }
    }
}
