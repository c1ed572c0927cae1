import ErrorModel
import Foundation
import Testing

@testable import LogServer

/// Which map a frame gets, and what is said where there is none.
struct MapFinderTests {
    private static let otherID = "99999999-2222-4333-8444-555555555555"

    private static func resolve(
        _ server: RunningServer, file: String = "https://shop.example/js/app.min.js",
        debugID: String? = nil, dist: String? = nil, count: Int = 1
    ) async throws -> [JSONValue] {
        let id = debugID.map { #","debugId":"\#($0)""# } ?? ""
        let frame = #"{"file":"\#(file)","line":1,"column":20\#(id)}"#
        let frames = Array(repeating: frame, count: count).joined(separator: ",")
        let more = dist.map { #","dist":"\#($0)""# } ?? ""
        return try await server.send(
            "POST", "/api/sourcemaps/resolve",
            body: #"{"project":"shop","release":"1.2.3"\#(more),"frames":[\#(frames)]}"#
        ).json["frames"]?.array ?? []
    }

    @Test func `a map of another build is not used, and the reason names it`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add(
                "file", fileName: "~/js/app.min.js", Shop.script,
                headers: ["Debug-Id: \(Self.otherID)"])
            form.add(
                "file", fileName: "~/js/app.min.js.map", Shop.map(),
                headers: ["Debug-Id: \(Self.otherID)"])
            #expect(try await server.upload(form).status == 201)
            let other = try await Self.resolve(server, debugID: Shop.debugID).first
            let reason = other?["unresolved"]?.string ?? ""
            #expect(
                reason.contains("belongs to another build, with the debug id \(Self.otherID)"),
                "\(reason)")
            for id in [nil, Self.otherID] {
                let frame = try await Self.resolve(server, debugID: id).first
                #expect(frame?["function"]?.string == "checkout", "\(id ?? "")")
            }
            // One without an id may be of any build, and comes before those of others.
            var plain = Form()
            plain.add("file", fileName: "~/js/app.min.js.map", Shop.map(name: "plain"))
            #expect(try await server.upload(plain).status == 201)
            var script = Form()
            script.add("file", fileName: "~/js/app.min.js", "t()")
            #expect(try await server.upload(script).status == 201)
            let frame = try await Self.resolve(server, debugID: Shop.debugID).first
            #expect(frame?["function"]?.string == "plain", "\(frame as Any)")
        }
    }

    @Test func `a map that its script names is found on any host`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add(
                "file", fileName: "https://shop.example/js/app.min.js", "t()",
                headers: ["Sourcemap: https://cdn.example/maps/a.map"])
            form.add("file", fileName: "~/maps/a.map", Shop.map())
            #expect(try await server.upload(form).status == 201)
            let frame = try await Self.resolve(server).first
            #expect(frame?["function"]?.string == "checkout", "\(frame as Any)")
        }
    }

    @Test func `a script without its map does not end the search`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add("file", fileName: "https://shop.example/js/app.min.js", "t()")
            form.add("file", fileName: "~/js/app.min.js.map", Shop.map())
            #expect(try await server.upload(form).status == 201)
            let frame = try await Self.resolve(server).first
            #expect(frame?["function"]?.string == "checkout", "\(frame as Any)")
        }
    }

    @Test func `a script found by its debug id leads to the map that it names`() async throws {
        try await RunningServer.with { server in
            // In two uploads, so that nothing pairs them.
            var script = Form()
            script.add(
                "file", fileName: "~/js/app.min.js", "t()",
                headers: ["Debug-Id: \(Shop.debugID)", "Sourcemap: ~/maps/a.map"])
            #expect(try await server.upload(script, release: "other").status == 201)
            var map = Form()
            map.add("file", fileName: "~/maps/a.map", Shop.map())
            #expect(try await server.upload(map, release: "other").status == 201)
            let frame = try await Self.resolve(server, debugID: Shop.debugID).first
            #expect(frame?["function"]?.string == "checkout", "\(frame as Any)")
        }
    }

    @Test func `a name that is there for another dist says for which`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add("dist", "7")
            form.add("file", fileName: "~/js/app.min.js.map", Shop.map())
            #expect(try await server.upload(form).status == 201)
            for (dist, word) in [(nil, "the event names none"), ("8", "the event is of '8'")] {
                let frame = try await Self.resolve(server, dist: dist).first
                let reason = frame?["unresolved"]?.string ?? ""
                #expect(reason.contains("only for the dist '7'; \(word)"), "\(reason)")
            }
        }
    }

    @Test func `frames of one place and of a map that is gone are all answered`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add("file", fileName: "~/js/app.min.js.map", Shop.map())
            #expect(try await server.upload(form).status == 201)
            let frames = try await Self.resolve(server, count: 50)
            #expect(frames.count { $0["function"]?.string == "checkout" } == 50)
            server.app.maps.sweep(keeping: [])
            for hash in server.app.directory.blobs.all() {
                try server.app.directory.blobs.remove(hash)
            }
            let gone = try await Self.resolve(server, count: 50)
            #expect(
                gone.count {
                    $0["unresolved"]?.string?.contains("no longer there") == true
                } == 50)
        }
    }
}
