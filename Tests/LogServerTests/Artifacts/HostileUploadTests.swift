import ErrorModel
import EventLog
import Foundation
import LogServer
import Testing

/// Uploads that are broken, hostile or not what they say.
struct HostileUploadTests {
    private static let path = "/api/origins/shop/releases/1.2.3/sourcemaps"

    @Test func `what is no form is refused, and nothing is kept`() async throws {
        try await RunningServer.with { server in
            var whole = Form()
            whole.add("file", fileName: "~/app.min.js", Shop.script)
            whole.add("file", fileName: "~/app.min.js.map", Shop.map())
            let start = server.app.log.durableOffset
            // Every cut of it, but for the last line break.
            for count in stride(from: 0, to: whole.body.count - 4, by: 23) {
                let answer = try await server.send(
                    "POST", Self.path, Form.headers, body: Array(whole.body[..<count]))
                #expect(answer.status == 400, "\(count): \(answer.text)")
            }
            for (type, body) in [
                ("application/json", "{}"), ("multipart/form-data", "--a--"),
                ("multipart/form-data; boundary=", "--a--"), ("", ""),
            ] {
                let answer = try await server.send(
                    "POST", Self.path, ["content-type": type], body: body)
                #expect(answer.status == 415, "\(type)")
            }
            #expect(server.app.log.durableOffset == start)
            #expect(try await server.list().isEmpty)
        }
    }

    @Test func `fields that are missing, unknown or too long are named`() async throws {
        try await RunningServer.with { server in
            func answer(_ fill: (inout Form) -> Void) async throws -> WireAnswer {
                var form = Form()
                fill(&form)
                return try await server.upload(form)
            }
            for (word, fill) in [
                ("no 'file'", { $0.add("url", "~/a.js") }),
                ("no field 'nonsense'", { $0.add("nonsense", "x") }),
                ("no filename", { $0.add("file", "x") }),
                ("needs the field 'url'", { $0.add("map", "{}") }),
                ("'Debug-Id'", { $0.add("file", fileName: "a.js", "x", headers: ["Debug-Id: 7"]) }),
                ("'dist' has more", { $0.add("dist", String(repeating: "d", count: 65)) }),
                (
                    "neither a zip nor a tar",
                    { $0.add("archive", fileName: "a.zip", "no archive at all") }
                ),
            ] as [(String, (inout Form) -> Void)] {
                let answer = try await answer(fill)
                #expect(answer.status == 400 && answer.detail.contains(word), "\(answer.text)")
            }
        }
    }

    @Test(arguments: [
        ("~/a.js.map", "<html><p>404</p>", "HTML"), ("~/a.js.map", "", "empty"),
        ("~/a.js.map", #"{"version":3,"sources":[],"mappings":"AAA"#, "cut off"),
        ("~/a.js.map", "function a(){}", "script"),
        (
            "~/a.js.map",
            #"{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"http://127.0.0.1/x"}]}"#,
            "fetched"
        ),
        ("~/../../etc/passwd.js", "x", "out of its folder"), ("~/a.js", "", "empty"),
        ("~/style.css.map", "{}", "by its name"), ("~/page.html", "<p>", "by its name"),
        ("", "x", "filename"), ("?", "x", "no URL"),
    ])
    func `a file that is none says why`(name: String, content: String, word: String) async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add("file", fileName: name, content)
            let answer = try await server.upload(form)
            #expect(answer.status >= 400 && answer.detail.contains(word), "\(answer.text)")
            #expect(try await server.list().isEmpty)
        }
    }

    @Test func `long names and unknown releases are refused`() async throws {
        try await RunningServer.with { server in
            var form = Form()
            form.add("file", fileName: "~/\(String(repeating: "a", count: 2_100)).js", "x")
            form.add("file", fileName: "~/b.js", "x")
            let answer = try await server.upload(form)
            #expect(answer.status == 201)
            let reason = answer.json["skipped"]?.array?.first?["reason"]?.string
            #expect(reason?.contains("2000 bytes") == true)
            #expect(
                try await server.upload(form, release: String(repeating: "r", count: 251)).status
                    == 400)
            let none = try await server.send(
                "POST", "/api/origins/nobody/releases/1/sourcemaps", Form.headers, body: form.body)
            #expect(none.status == 404)
            let outside = try await server.send(
                "POST", Self.path, Form.headers, body: form.body, door: .tcp)
            #expect(outside.status == 401)
        }
    }

    @Test func `a body that promises too much is refused before it comes`() async throws {
        try await RunningServer.with { server in
            let answer = try await onThread {
                let wire = try server.wire()
                try wire.send(
                    "POST \(Self.path) HTTP/1.1\r\nhost: a\r\ncontent-length: 300000000\r\n"
                        + "content-type: multipart/form-data; boundary=b\r\n\r\n--b\r\n")
                return try wire.answer()
            }
            #expect(answer.status == 413 && answer.detail.contains("MiB"))
        }
    }
}
