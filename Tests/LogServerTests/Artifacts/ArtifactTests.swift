import ErrorModel
import EventLog
import Foundation
import LogServer
import Testing

/// Scripts and source maps, from the upload to the frame that reads in original names.
struct ArtifactTests {
    private static let event = "9ec79c33ec9942ab8353589fcb2e04dc"

    @Test func `an event reads in original names, also one that came before the upload`()
        async throws
    {
        try await RunningServer.with { server in
            try await server.capture(Shop.event(Self.event))
            let before = try await server.frames(of: Self.event)
            #expect(before.count == 2)
            #expect(
                before[0]["unresolved"]?.string == "nothing was uploaded for the release 1.2.3")
            #expect(before[0]["minified"] == nil)
            let issue = try await server.send("GET", "/api/events/\(Self.event)").json["issue"]

            let made = try await server.uploadShop()
            #expect(made.status == 201, "\(made.text)")
            let artifacts = made.json["artifacts"]?.array ?? []
            #expect(artifacts.map { $0["url"]?.string } == ["~/app.min.js", "~/app.min.js.map"])
            #expect(artifacts.map { $0["kind"]?.string } == ["script", "source_map"])
            #expect(artifacts.allSatisfy { $0["replaced"]?.bool == false })
            #expect(made.json["skipped"]?.array == [])

            let frames = try await server.frames(of: Self.event)
            let thrown = try #require(frames.first)
            #expect(thrown["function"]?.string == "checkout")
            #expect(thrown["file"]?.string == "src/app.js")
            #expect(thrown["line"]?.int64 == 3 && thrown["column"]?.int64 == 9)
            #expect(thrown["contextLine"]?.string == "  throw new Error(\"no\");")
            #expect(
                thrown["preContext"]?.array == ["// the shop", "function checkout() {"])
            #expect(thrown["minified"]?["function"]?.string == "t")
            #expect(
                thrown["minified"]?["file"]?.string == "https://shop.example/app.min.js")
            #expect(thrown["minified"]?["column"]?.int64 == 20)
            #expect(thrown["unresolved"] == nil)
            #expect(frames.last?["line"]?.int64 == 5)
            // The issue, and with it the fingerprint, is the same.
            let after = try await server.send("GET", "/api/events/\(Self.event)").json["issue"]
            #expect(after == issue)
            let id = issue?.string ?? ""
            let seen = "at_least=\(server.app.log.durableOffset)"
            let detail = try await server.send("GET", "/api/error-issues/\(id)?\(seen)").json
            #expect(
                detail["latestEvent"]?["frames"]?.array?.first?["function"]?.string == "checkout")
            let events = try await server.send("GET", "/api/error-issues/\(id)/events").json
            #expect(
                events["events"]?.array?.first?["frames"]?.array?.first?["line"]?.int64 == 3)
        }
    }

    @Test func `a debug id finds its map whatever release and URL the event has`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            let script = Shop.script.replacing(
                "//# source", with: "//# debugId=\(Shop.debugID)\n//# source")
            form.add("file", fileName: "~/app.min.js", script)
            form.add("file", fileName: "~/app.min.js.map", Shop.map())
            let made = try await server.upload(form, release: "-")
            #expect(made.status == 201, "\(made.text)")
            #expect(
                made.json["artifacts"]?.array?.map { $0["debugId"]?.string }
                    == [Shop.debugID, Shop.debugID])
            try await server.capture(
                Shop.event(
                    Self.event, release: nil, file: "https://cdn.example/x/1.js",
                    debugID: Shop.debugID))
            #expect(
                try await server.frames(of: Self.event).first?["function"]?.string == "checkout")
            // Our own JSON names the id in the frame.
            let id = "9ec79c33ec9942ab8353589fcb2e04dd"
            try await server.post(
                #"{"id":"\#(id)","type":"Error","message":"no","platform":"javascript","#
                    + #""frames":[{"function":"t","file":"/x.js","line":1,"column":20,"#
                    + #""debugId":"\#(Shop.debugID)"}]}"#)
            #expect(try await server.frames(of: id).first?["line"]?.int64 == 3)
        }
    }

    @Test(arguments: [
        ("4f0c2a91b7de4f0c2a91b7de4f0c2a91b7de4f0c", "4f0c2a91b7de", true),
        ("4f0c2a91b7de", "4f0c2a91b7de4f0c2a91b7de4f0c2a91b7de4f0c", true),
        ("1234567", "12345678", false),
    ])
    func `a commit that is cut short meets its whole form`(
        uploaded: String, release: String, isFound: Bool
    ) async throws {
        try await RunningServer.with { server in
            #expect(try await server.uploadShop(release: uploaded).status == 201)
            let id = "0123456789abcdef0123456789abcdef"
            try await server.capture(Shop.event(id, release: release))
            let first = try await server.frames(of: id).first
            #expect((first?["function"]?.string == "checkout") == isFound, "\(first as Any)")
        }
    }

    @Test func `artifacts are listed, replaced and removed`() async throws {
        try await RunningServer.with { server in
            _ = try await server.uploadShop()
            let end = server.app.log.durableOffset
            // The same again: nothing new is kept.
            let again = try await server.uploadShop()
            #expect(again.status == 201 && server.app.log.durableOffset == end)
            var form = Form()
            form.add("file", fileName: "https://shop.example/app.min.js.map?v=2", Shop.map())
            form.add("file", fileName: "app.min.js.map", Shop.map(name: "pay"))
            let changed = try await server.upload(form)
            #expect(
                changed.json["artifacts"]?.array?.map { $0["replaced"]?.bool } == [false, true])
            #expect(try await server.list().count == 3)
            #expect(try await server.list("1.2.3", "?url=~/app.min.js").count == 1)
            #expect(try await server.list("1.2.3", "?limit=1").count == 1)
            let page = try await server.send(
                "GET", "/api/origins/shop/releases/1.2.3/sourcemaps?limit=2")
            let next = page.json["next"]?.string ?? ""
            #expect(try await server.list("1.2.3", "?limit=2&cursor=\(next)").count == 1)
            #expect(try await server.list("9.9").isEmpty)

            try await server.capture(
                Shop.event(Self.event, file: "https://cdn.example/app.min.js#x"))
            #expect(try await server.frames(of: Self.event).first?["function"]?.string == "pay")

            let path = "/api/origins/shop/releases/1.2.3/sourcemaps"
            // A few letters of many bytes each: a name is cut by its bytes.
            let actor = String(repeating: "e" + String(repeating: "%CC%81", count: 20), count: 30)
            let one = try await server.send(
                "DELETE", path + "?url=~/app.min.js.map&actor=\(actor)")
            #expect(one.json["removed"]?.int64 == 1)
            let line = try await server.send("GET", "/api/log").text.split(separator: "\n").last
            let removed = line.flatMap { try? JSONValue(parsing: String($0)) }?["data"]
            #expect((90...100).contains(removed?["actor"]?.string?.utf8.count ?? 0))
            // With the script there but not its map the frame says so.
            let reason = try await server.frames(of: Self.event).first?["unresolved"]?.string
            #expect(reason?.contains("its map ~/app.min.js.map is not") == true, "\(reason ?? "")")
            let all = try await server.send("DELETE", path)
            #expect(all.json["removed"]?.int64 == 2)
            #expect(try await server.list().isEmpty)
        }
    }

    @Test func `map, file and url are a pair, also of a distribution`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add("url", "https://shop.example/app.min.js")
            form.add("dist", "7")
            form.add("map", fileName: "whatever.map", Shop.map())
            form.add("file", fileName: "app.js", "function t(){throw new Error(\"no\")}t();")
            let made = try await server.upload(form)
            #expect(made.status == 201, "\(made.text)")
            #expect(
                Set(made.json["artifacts"]?.array?.map { $0["url"]?.string } ?? []) == [
                    "https://shop.example/app.min.js", "https://shop.example/app.min.js.map",
                ])
            let body =
                #"{"project":"shop","release":"1.2.3","frames":[{"file":"https://shop.example/app.min.js?x","line":1,"column":20}]"#
            let without = try await server.send(
                "POST", "/api/sourcemaps/resolve", body: body + "}")
            #expect(without.json["frames"]?.array?.first?["unresolved"] != nil)
            let with = try await server.send(
                "POST", "/api/sourcemaps/resolve", body: body + #","dist":"7"}"#)
            #expect(with.json["frames"]?.array?.first?["function"]?.string == "checkout")
        }
    }

    @Test func `raw stacks are resolved, and bad questions are refused`() async throws {
        try await RunningServer.with { server in
            _ = try await server.uploadShop()
            func ask(_ body: String) async throws -> WireAnswer {
                try await server.send("POST", "/api/sourcemaps/resolve", body: body)
            }
            let stack =
                #"Error: no\n    at t (https://a.example/app.min.js:1:20)\n    at https://a.example/app.min.js:1:500"#
            let answer = try await ask(
                #"{"project":"shop","release":"1.2.3","stack":"\#(stack)"}"#)
            let frames = answer.json["frames"]?.array ?? []
            #expect(frames.map { $0["line"]?.int64 } == [3, 5])
            for (body, status) in [
                ("{}", 400), ("nonsense", 400), (#"{"project":"shop"}"#, 400),
                (#"{"project":"none","frames":[]}"#, 404),
                (#"{"project":"shop","frames":[7]}"#, 400),
                (#"{"project":"shop","frames":[{"file":"a.js","debugId":"x"}]}"#, 400),
                (#"{"project":"shop","frames":[]}"#, 200),
            ] {
                #expect(try await ask(body).status == status, "\(body)")
            }
            let line =
                try await ask(
                    #"{"project":1,"release":"1.2.3","frames":[{"file":"/app.min.js","line":9,"column":1},{"file":"/app.min.js"},{"native":true}]}"#
                ).json["frames"]?.array?.map { $0["unresolved"]?.string ?? "" } ?? []
            #expect(line.count == 3 && line.allSatisfy { !$0.isEmpty })
            #expect(line.first?.contains("nothing for this line") == true)
        }
    }

    @Test func `an inline map is used, and a damaged stored form is made again`() async throws {
        try await RunningServer.with { server in
            let map = Data(Shop.map().utf8).base64EncodedString()
            var form = Form()
            form.add(
                "file", fileName: "~/app.min.js",
                Shop.script.replacing(
                    "app.min.js.map", with: "data:application/json;base64," + map))
            let made = try await server.upload(form)
            #expect(made.json["artifacts"]?.array?.count == 2, "\(made.text)")
            try await server.capture(Shop.event(Self.event))
            let maps = server.directory + "/maps"
            let folder = try #require(
                try FileManager.default.contentsOfDirectory(atPath: maps).first)
            let file = try #require(
                try FileManager.default.contentsOfDirectory(atPath: maps + "/" + folder).first)
            let path = "\(maps)/\(folder)/\(file)"
            var bytes = try #require(FileManager.default.contents(atPath: path))
            bytes[bytes.count - 1] ^= 1
            bytes[300] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(
                try await server.frames(of: Self.event).first?["function"]?.string == "checkout")
        }
    }

    @Test func `artifacts outlive a start and a rebuild`() async throws {
        let directory = RunningServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await RunningServer.with(in: directory) { server in
            _ = try await server.uploadShop()
            try await server.capture(Shop.event(Self.event))
        }
        try FileManager.default.removeItem(atPath: directory + "/maps")
        try FileManager.default.removeItem(atPath: directory + "/views/artifacts@1.sqlite")
        try await RunningServer.with(in: directory) { server in
            let end = server.app.log.durableOffset
            _ = try await server.list("1.2.3", "?at_least=\(end)")
            #expect(
                try await server.frames(of: Self.event).first?["function"]?.string == "checkout")
            _ = try await server.send("POST", "/api/projections/artifacts/rebuild")
            #expect(try await server.list("1.2.3", "?at_least=\(end)").count == 2)
        }
    }

    @Test func `whoever follows the log may have the original frames beside each event`()
        async throws
    {
        try await RunningServer.with { server in
            _ = try await server.uploadShop()
            try await server.capture(Shop.event(Self.event))
            let plain = try await server.send("GET", "/api/log").text
            #expect(!plain.contains("resolved"))
            let lines = try await server.send("GET", "/api/log?resolved=1").text
                .split(separator: "\n")
            #expect(lines.count == plain.split(separator: "\n").count)
            let event = try #require(lines.last.flatMap { try? JSONValue(parsing: String($0)) })
            #expect(event["type"]?.string == "event.captured")
            let frames = event["resolved"]?["frames"]?.array
            #expect(frames?.map { $0["line"]?.int64 } == [3, 5])
            // All else is as it was sent.
            for (line, other) in zip(lines, plain.split(separator: "\n")) {
                #expect(line.hasPrefix(other.dropLast()))
            }
        }
    }

    @Test(arguments: [
        "~/maps/a.map", "../maps/a.map", "/maps/a.map", "https://shop.example/maps/a.map?v=1",
    ])
    func `a header of a script names its map`(reference: String) async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add(
                "file", fileName: "https://shop.example/js/app.min.js", "t()",
                headers: ["Sourcemap: \(reference)", "Content-Type: text/javascript"])
            let isAnywhere = reference.hasPrefix("~")
            form.add(
                "file", fileName: "\(isAnywhere ? "~" : "https://shop.example")/maps/a.map",
                Shop.map())
            let made = try await server.upload(form)
            #expect(made.status == 201, "\(made.text)")
            let body =
                #"{"project":"shop","release":"1.2.3","frames":[{"file":"https://shop.example/js/app.min.js","line":1,"column":20}]}"#
            let answer = try await server.send("POST", "/api/sourcemaps/resolve", body: body)
            #expect(
                answer.json["frames"]?.array?.first?["function"]?.string == "checkout",
                "\(answer.text)")
        }
    }

    @Test func `of an endless stack the first frames are looked up`() async throws {
        try await RunningServer.with { server in
            _ = try await server.uploadShop()
            let frame = #"{"file":"/app.min.js","line":1,"column":20}"#
            let frames = Array(repeating: frame, count: 600).joined(separator: ",")
            let answer = try await server.send(
                "POST", "/api/sourcemaps/resolve",
                body: #"{"project":"shop","release":"1.2.3","frames":[\#(frames)]}"#)
            let shown = answer.json["frames"]?.array ?? []
            #expect(shown.count == 600)
            #expect(shown.count { $0["function"]?.string == "checkout" } == 500)
            #expect(
                shown.last?["unresolved"]?.string?.contains("first 500") == true)
            let long = try await server.send(
                "POST", "/api/sourcemaps/resolve",
                body: #"{"project":"shop","stack":"\#(String(repeating: "x", count: 1 << 20))"}"#)
            #expect(long.status == 413)
        }
    }
}
