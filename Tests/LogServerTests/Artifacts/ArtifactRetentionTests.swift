import ErrorModel
import EventLog
import Foundation
import Testing

@testable import LogServer

/// Ids of events by number.
private enum ItemNames {
    static func id(_ number: Int) -> String {
        "9ec79c33ec9942ab8353589fcb2e0" + String(1_000 + number, radix: 10).suffix(3)
    }
}

/// How long scripts, maps and their files stay.
struct ArtifactRetentionTests {
    /// An hour ahead, so that files that were just written are old enough to be swept.
    @Sendable private static func later() -> Int64 { Faultlog.systemClock() + 3_600 * 1_000_000 }

    private static func path(_ server: RunningServer, _ item: JSONValue?) -> String {
        let hash = item?["blob"]?.string ?? ""
        return "\(server.directory)/blobs/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash)"
    }

    private static func uploadMap(
        _ server: RunningServer, _ release: String, name: String
    ) async throws -> JSONValue? {
        var form = Form()
        let map = Shop.map(name: name).replacing(
            #""version":3"#, with: #""version":3,"debugId":"\#(Shop.debugID)""#)
        form.add("file", fileName: "~/app.min.js.map", map)
        return try await server.upload(form, release: release).json["artifacts"]?.array?.first
    }

    @Test func `artifacts go with the last event of their release, and their files with them`()
        async throws
    {
        try await RunningServer.with(log: .unsealed(), clock: Self.later) { server in
            try await server.capture(
                Shop.event("9ec79c33ec9942ab8353589fcb2e04d1", release: "old"))
            try await server.capture(
                Shop.event("9ec79c33ec9942ab8353589fcb2e04d2", release: "kept"))
            let old = try await Self.uploadMap(server, "old", name: "old")
            let none = try await Self.uploadMap(server, "-", name: "none")
            let kept = try await Self.uploadMap(server, "kept", name: "kept")
            for number in 0..<40 {
                _ = try await server.makeIssue(
                    #"{"type":"E","message":"\#(number)","release":"kept","tags":{"t":"\#(UUID().uuidString)"}}"#
                )
            }
            try await server.settle()
            let bytes = server.app.log.status.byteCount
            let done = try await server.send(
                "POST", "/api/log/retention", body: #"{"keepBytes":\#(bytes / 2)}"#)
            #expect(done.status == 200, "\(done.text)")
            #expect(server.app.log.status.firstOffset > 5)
            #expect(try await server.list("old").isEmpty)
            #expect(try await server.list("-").isEmpty)
            #expect(try await server.list("kept").count == 1)
            for (item, isThere) in [(old, false), (none, false), (kept, true)] {
                #expect(FileManager.default.fileExists(atPath: Self.path(server, item)) == isThere)
            }
            let event = "9ec79c33ec9942ab8353589fcb2e04d3"
            try await server.capture(Shop.event(event, release: "kept"))
            #expect(try await server.frames(of: event).first?["function"]?.string == "kept")
        }
    }

    @Test func `artifacts stay for commits cut short and for events that came late`() async throws {
        let whole = "4f0c2a91b7de4f0c2a91b7de4f0c2a91b7de4f0c"
        try await RunningServer.with(log: .unsealed(), clock: Self.later) { server in
            for release in [whole, "late", "gone"] {
                _ = try await Self.uploadMap(server, release, name: "f")
                // The newest by its own clock, and soon no longer in the log.
                try await server.capture(
                    Shop.event(ItemNames.id(release.utf8.count), release: release))
            }
            for number in 0..<40 {
                _ = try await server.makeIssue(
                    #"{"type":"E","message":"\#(number)","tags":{"t":"\#(UUID().uuidString)"}}"#)
            }
            try await server.capture(
                Shop.event(ItemNames.id(100), release: String(whole.prefix(12))))
            let old = Shop.event(ItemNames.id(101), release: "late")
            try await server.capture(old.dropLast() + #","timestamp":1600000000}"#)
            try await server.settle()
            let bytes = server.app.log.status.byteCount
            let done = try await server.send(
                "POST", "/api/log/retention", body: #"{"keepBytes":\#(bytes / 2)}"#)
            #expect(done.status == 200, "\(done.text)")
            #expect(server.app.log.status.firstOffset > 6)
            #expect(try await server.list(whole).count == 1)
            #expect(try await server.list("late").count == 1)
            #expect(try await server.list("gone").isEmpty)
        }
    }

    @Test func `what an upload holds is not swept, also when it ends in a sweep`() async throws {
        try await RunningServer.with(clock: Self.later) { server in
            let store = server.app.directory.blobs
            let blobs = server.app.blobsInFlight
            let hash = BlobHash(of: [1, 2, 3])
            let hold = BlobHold(blobs)
            hold.add(hash)
            hold.add(hash)
            try store.writeChecked([1, 2, 3], hash)
            #expect(try await server.app.sweepFiles() == 0)
            blobs.beginSweep()
            hold.letGo()
            #expect(try !blobs.deleteUnlessHeld(hash) { try store.remove(hash) })
            blobs.endSweep()
            #expect(try await server.app.sweepFiles() == 1)
            #expect(try store.read(hash) == nil)
        }
    }

    @Test func `a sweep leaves what is named and takes what is not`() async throws {
        try await RunningServer.with(clock: Self.later) { server in
            let first = try await Self.uploadMap(server, "1", name: "first")
            let second = try await Self.uploadMap(server, "1", name: "second")
            let other = try await Self.uploadMap(server, "2", name: "first")
            #expect(first?["blob"] == other?["blob"] && second?["replaced"]?.bool == true)
            #expect(try await server.app.sweepFiles() == 0)
            let path = "/api/origins/shop/releases/2/sourcemaps"
            #expect(try await server.app.sweepFiles(isDue: false) == 0)
            #expect(try await server.send("DELETE", path).json["removed"]?.int64 == 1)
            #expect(try await server.app.sweepFiles(isDue: false) == 1)
            #expect(!FileManager.default.fileExists(atPath: Self.path(server, first)))
            #expect(FileManager.default.fileExists(atPath: Self.path(server, second)))
            // An upload that fails behind its first file leaves that to the next sweep.
            var form = Form()
            form.add("file", fileName: "~/a.js", "t()")
            form.add("archive", fileName: "a.zip", "none")
            #expect(try await server.upload(form).status == 400)
            #expect(try await server.app.sweepFiles(isDue: false) == 1)
            #expect(try await server.app.sweepFiles(isDue: true) == 0)
            let forms = try FileManager.default.subpathsOfDirectory(
                atPath: server.directory + "/maps")
            #expect(forms.count { $0.contains("/") } == 1)
        }
    }

    @Test func `a map whose file is gone says so`() async throws {
        try await RunningServer.with { server in
            let map = try await Self.uploadMap(server, "1.2.3", name: "first")
            let event = "9ec79c33ec9942ab8353589fcb2e04d3"
            try await server.capture(Shop.event(event))
            try FileManager.default.removeItem(atPath: server.directory + "/maps")
            try Data("damaged".utf8).write(to: URL(fileURLWithPath: Self.path(server, map)))
            let damaged = try await server.frames(of: event).first?["unresolved"]?.string
            #expect(damaged?.contains("upload it again") == true, "\(damaged ?? "")")
            _ = try await Self.uploadMap(server, "1.2.3", name: "first")
            #expect(try await server.frames(of: event).first?["function"]?.string == "first")
            try FileManager.default.removeItem(atPath: server.directory + "/maps")
            server.app.maps.sweep(keeping: [])
            try FileManager.default.removeItem(atPath: Self.path(server, map))
            let gone = try await server.frames(of: event).first?["unresolved"]?.string
            #expect(gone?.contains("no longer there") == true, "\(gone ?? "")")
        }
    }

    @Test func `open maps stay within their bytes, those that were used last`() {
        func source(_ number: UInt8) -> MapSource {
            MapSource(map: BlobHash(of: [number]), script: nil)
        }
        var maps = OpenMaps(limit: 100)
        for number: UInt8 in 0..<4 {
            maps.insert(OpenMap([UInt8](repeating: 0, count: 30)), source(number))
            _ = maps.take(source(0))
            #expect(maps.byteCount <= 100)
        }
        #expect(maps.take(source(0)) != nil && maps.take(source(1)) == nil)
        #expect(maps.take(source(2)) != nil && maps.take(source(3)) != nil)
        maps.insert(OpenMap([UInt8](repeating: 0, count: 101)), source(9))
        #expect(maps.take(source(9)) == nil && maps.byteCount == 90)
        maps.insert(OpenMap([UInt8](repeating: 0, count: 10)), source(0))
        #expect(maps.byteCount == 70)
        maps.removeAll { $0 == source(2) }
        #expect(maps.byteCount == 30)
    }
}
