import ErrorModel
import Foundation

/// A form as a browser or curl sends it.
struct Form {
    private static let boundary = "----------------faultlog"
    private var bytes: [UInt8] = []

    static let headers = ["content-type": "multipart/form-data; boundary=\(boundary)"]

    mutating func add(
        _ name: String, fileName: String? = nil, _ content: [UInt8], headers: [String] = []
    ) {
        var head = "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\""
        if let fileName { head += "; filename=\"\(fileName)\"" }
        for header in headers { head += "\r\n\(header)" }
        bytes += Array((head + "\r\n\r\n").utf8) + content + Array("\r\n".utf8)
    }

    mutating func add(
        _ name: String, fileName: String? = nil, _ content: String, headers: [String] = []
    ) {
        add(name, fileName: fileName, Array(content.utf8), headers: headers)
    }

    var body: [UInt8] { bytes + Array("--\(Self.boundary)--\r\n".utf8) }
}

/// A small script, its map, and an error in it.
enum Shop {
    static let script =
        "function t(){throw new Error(\"no\")}t();\n//# sourceMappingURL=app.min.js.map\n"
    static let debugID = "11111111-2222-4333-8444-555555555555"

    static func map(name: String = "checkout") -> String {
        #"{"version":3,"file":"app.min.js","sources":["src/app.js"],"names":["\#(name)"],"#
            + #""sourcesContent":["// the shop\nfunction \#(name)() {\n  throw new Error(\"no\");\n}\n"#
            + #"\#(name)();\n"],"mappings":"AACA,SAASA,IACP,MAAM,gBAERA"}"#
    }

    /// An event of a browser with two frames, the one that threw last.
    static func event(
        _ id: String, release: String? = "1.2.3", file: String = "https://shop.example/app.min.js",
        debugID: String? = nil
    ) -> String {
        let frames = [("?", 36), ("t", 20)].map { name, column in
            #"{"function":"\#(name)","filename":"\#(file)","abs_path":"\#(file)","lineno":1,"#
                + #""colno":\#(column),"in_app":true}"#
        }
        var event =
            #"{"event_id":"\#(id)","platform":"javascript","exception":{"values":[{"type":"Error","#
            + #""value":"no","stacktrace":{"frames":[\#(frames.joined(separator: ","))]}}]}"#
        if let release { event += #","release":"\#(release)""# }
        if let debugID {
            event +=
                #","debug_meta":{"images":[{"type":"sourcemap","code_file":"\#(file)","#
                + #""debug_id":"\#(debugID.uppercased())"}]}"#
        }
        return event + "}"
    }
}

extension RunningServer {
    /// Sends an event as an SDK does.
    func capture(_ event: String) async throws {
        let answer = try await send(
            "POST", "/api/1/envelope/", ["x-sentry-auth": "Sentry sentry_key=\(key)"],
            body: "{}\n{\"type\":\"event\"}\n\(event)\n")
        guard answer.status == 200 else { throw WireError("\(answer.status) \(answer.text)") }
    }

    func upload(_ form: Form, release: String = "1.2.3") async throws -> WireAnswer {
        try await send(
            "POST", "/api/origins/shop/releases/\(release)/sourcemaps", Form.headers,
            body: form.body)
    }

    func uploadShop(release: String = "1.2.3") async throws -> WireAnswer {
        var form = Form()
        form.add("file", fileName: "~/app.min.js", Shop.script)
        form.add("file", fileName: "~/app.min.js.map", Shop.map())
        return try await upload(form, release: release)
    }

    func frames(of event: String) async throws -> [JSONValue] {
        try await send("GET", "/api/events/\(event)").json["frames"]?.array ?? []
    }

    func list(_ release: String = "1.2.3", _ query: String = "") async throws -> [JSONValue] {
        try await send("GET", "/api/origins/shop/releases/\(release)/sourcemaps\(query)")
            .json["artifacts"]?.array ?? []
    }
}
