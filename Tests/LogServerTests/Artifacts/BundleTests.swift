import Crypto
import ErrorModel
import EventLog
import Foundation
import LogServer
import Testing

/// The routes of sentry-cli, as it calls them.
struct BundleTests {
    private static let organization = "/api/0/organizations/any"

    /// A zip with stored files, as a tool writes one.
    private static func zip(_ files: [(String, [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        var list: [UInt8] = []
        func number(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        for (name, content) in files {
            let common =
                number(20, 2) + number(0, 8) + number(Int(crc32(content)), 4)
                + number(content.count, 4) + number(content.count, 4)
                + number(name.utf8.count, 2) + number(0, 2)
            list +=
                number(0x0201_4B50, 4) + number(20, 2) + common + number(0, 10)
                + number(bytes.count, 4) + Array(name.utf8)
            bytes += number(0x0403_4B50, 4) + common + Array(name.utf8) + content
        }
        let end =
            number(0x0605_4B50, 4) + number(0, 4) + number(files.count, 2)
            + number(files.count, 2) + number(list.count, 4) + number(bytes.count, 4) + [0, 0]
        return bytes + list + end
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }

    private static func bundle(manifest: String? = nil) -> [UInt8] {
        let usual =
            #"{"project":"shop","release":"1.2.3","files":{"#
            + #""_/_/a.js":{"type":"minified_source","url":"~/app.min.js","headers":{"#
            + #""debug-id":"\#(Shop.debugID)","sourcemap":"app.min.js.map"}},"#
            + #""_/_/a.map":{"type":"source_map","url":"~/app.min.js.map","headers":{"#
            + #""debug-id":"\#(Shop.debugID)"}},"#
            + #""gone":{"type":"source_map","url":"~/gone.map"},"#
            + #""x":{"type":"indexed_ram_bundle","url":"~/x"}}}"#
        return Array("SYSB".utf8) + [2, 0, 0, 0]
            + zip([
                ("_/_/a.js", Array(Shop.script.utf8)), ("_/_/a.map", Array(Shop.map().utf8)),
                ("manifest.json", Array((manifest ?? usual).utf8)),
            ])
    }

    private static func sha1(_ bytes: [UInt8]) -> String {
        Insecure.SHA1.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            .joined()
    }

    private static func assemble(
        _ server: RunningServer, _ bytes: [UInt8], chunks: [[UInt8]], more: String = ""
    ) async throws -> JSONValue {
        let names = chunks.map { "\"\(sha1($0))\"" }.joined(separator: ",")
        return try await server.send(
            "POST", organization + "/artifactbundle/assemble/",
            body:
                #"{"checksum":"\#(sha1(bytes))","chunks":[\#(names)],"projects":["shop"]\#(more)}"#
        ).json
    }

    private static func send(_ server: RunningServer, chunks: [[UInt8]]) async throws -> WireAnswer
    {
        var form = Form()
        for chunk in chunks { form.add("file", fileName: sha1(chunk), chunk) }
        return try await server.send(
            "POST", organization + "/chunk-upload/", Form.headers, body: form.body)
    }

    @Test func `a bundle is put together from its chunks`() async throws {
        try await RunningServer.with { server in
            let options = try await server.send("GET", Self.organization + "/chunk-upload/")
            #expect(options.json["hashAlgorithm"]?.string == "sha1")
            let bytes = Self.bundle()
            let chunks = [Array(bytes[..<100]), Array(bytes[100...])]
            let first = try await Self.assemble(server, bytes, chunks: chunks)
            #expect(first["state"]?.string == "not_found")
            #expect(first["missingChunks"]?.array?.count == 2)
            #expect(try await Self.send(server, chunks: [chunks[0]]).status == 200)
            let second = try await Self.assemble(server, bytes, chunks: chunks)
            #expect(second["missingChunks"]?.array == [.string(Self.sha1(chunks[1]))])
            #expect(try await Self.send(server, chunks: chunks).status == 200)
            let third = try await Self.assemble(server, bytes, chunks: chunks)
            #expect(third["state"]?.string == "ok", "\(third)")
            let items = try await server.list()
            #expect(items.map { $0["url"]?.string } == ["~/app.min.js.map", "~/app.min.js"])
            #expect(items.allSatisfy { $0["debugId"]?.string == Shop.debugID })
            #expect(items.last?["sourcemap"]?.string == "~/app.min.js.map")
            // Once more: the chunks are still there, for a bundle that shares them.
            let again = try await Self.assemble(server, bytes, chunks: chunks)
            #expect(again["state"]?.string == "ok")
        }
    }

    @Test func `of several projects each has the bundle, once, and they are bounded`()
        async throws
    {
        try await RunningServer.with { server in
            let other = try await server.send(
                "POST", "/api/projects", body: #"{"slug":"other","name":"Other"}"#)
            #expect(other.status == 201, "\(other.text)")
            let bytes = Self.bundle()
            #expect(try await Self.send(server, chunks: [bytes]).status == 200)
            func assemble(_ projects: [String], _ dist: String = "7") async throws -> JSONValue {
                let names = projects.map { "\"\($0)\"" }.joined(separator: ",")
                return try await server.send(
                    "POST", Self.organization + "/artifactbundle/assemble/",
                    body: #"{"checksum":"\#(Self.sha1(bytes))","chunks":["\#(Self.sha1(bytes))"],"#
                        + #""projects":[\#(names)],"dist":"\#(dist)"}"#
                ).json
            }
            let long = try await assemble(["shop"], String(repeating: "ü", count: 33))
            #expect(long["detail"]?.string?.contains("'dist' has more than 64 bytes") == true)
            let start = server.app.log.durableOffset
            let done = try await assemble(["shop", "other", "1", "shop"])
            #expect(done["state"]?.string == "ok", "\(done)")
            #expect(server.app.log.durableOffset == start + 4)
            let list = try await server.send(
                "GET", "/api/origins/other/releases/1.2.3/sourcemaps")
            #expect(list.json["artifacts"]?.array?.count == 2)
            let none = try await assemble(["shop", "nobody"])
            #expect(none["detail"]?.string?.contains("no project 'nobody'") == true)
        }
    }

    @Test func `damaged chunks and bundles are refused, and nothing stays`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add("file", fileName: Self.sha1([1]), [UInt8](repeating: 7, count: 9))
            let path = Self.organization + "/chunk-upload/"
            #expect(
                try await server.send("POST", path, Form.headers, body: form.body).status == 400)
            var climbing = Form()
            climbing.add("file", fileName: "../../x", [1])
            #expect(
                try await server.send("POST", path, Form.headers, body: climbing.body).status
                    == 400)
            for (bytes, word) in [
                (Array("no zip".utf8), "neither a zip"), (Self.zip([]), "no manifest.json"),
                (Self.bundle(manifest: "["), "not JSON"),
                (Self.bundle(manifest: "{}"), "lists no files"),
                (Self.bundle(manifest: #"{"files":{}}"#), "nothing of the bundle"),
                (
                    Self.bundle(
                        manifest:
                            #"{"files":{"_/_/a.js":{"type":"source","url":"~/../../a.js"}}}"#),
                    "out of its folder"
                ),
            ] {
                #expect(try await Self.send(server, chunks: [bytes]).status == 200)
                let answer = try await Self.assemble(server, bytes, chunks: [bytes])
                #expect(answer["state"]?.string == "error")
                #expect(answer["detail"]?.string?.contains(word) == true, "\(answer)")
            }
            let bytes = Self.bundle()
            #expect(try await Self.send(server, chunks: [bytes]).status == 200)
            let other = try await Self.assemble(server, [1, 2, 3], chunks: [bytes])
            #expect(other["detail"]?.string?.contains("SHA-1") == true)
            #expect(try await server.list().isEmpty)
        }
    }

    @Test func `releases are made, shown and finalized`() async throws {
        try await RunningServer.with { server in
            let made = try await server.send(
                "POST", Self.organization + "/releases/",
                body: #"{"version":"a/1","projects":["shop"]}"#)
            #expect(made.status == 201 && made.json["version"]?.string == "a/1")
            let path = Self.organization + "/releases/a%2F1/"
            #expect(try await server.send("GET", path).json["dateReleased"] == .null)
            let done = try await server.send(
                "PUT", path, body: #"{"dateReleased":"2026-11-22T00:00:00Z"}"#)
            #expect(done.json["dateReleased"]?.string != nil)
            #expect(done.json["projects"]?.array?.first?["slug"]?.string == "shop")
            #expect(
                try await server.send("GET", Self.organization + "/releases/b/").status == 404)
            var form = Form()
            form.add("file", fileName: "a", Shop.map())
            form.add("name", "~/app.min.js.map")
            form.add("header", "Sourcemap:x")
            let file = try await server.send(
                "POST", "/api/0/projects/any/shop/releases/a%2F1/files/", Form.headers,
                body: form.body)
            #expect(file.status == 201 && file.json["name"]?.string == "~/app.min.js.map")
            #expect(try await server.list("a%2F1").count == 1)
        }
    }
}
