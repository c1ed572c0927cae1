import ErrorModel
import Foundation
import Testing

struct FingerprintTests {
    @Test(arguments: FingerprintVector.all)
    func `a vector gives its canonical text and hash`(vector: FingerprintVector) {
        let text = vector.canonicalText
        #expect(text == vector.canonical)
        #expect(HexText.text(Fingerprint.hash(canonical: text)) == vector.fingerprint)
    }

    @Test(arguments: [
        ("a@b.co", "<email>"), ("x a.b+c@d-e.example.org.", "x <email>."), ("a@b", "a@b"),
        ("id 12345678", "id <hex>"), ("1,234.50 EUR", "<num> EUR"), ("-5", "-<num>"),
        ("10.0.0.7:8080/x", "<ip>/x"), ("v1.2", "v1.<num>"), ("1.2.3abc", "<num>.3abc"),
        ("2026-11-20", "<time>"), ("2026-11-20 10:11", "<time>"),
        ("at 2026-11-20T10:11:12+01:00!", "at <time>!"), ("2026-11-20T", "<num>-<num>-20T"),
        ("see \"https://a.b/c?d=1\" now", "see \"<url>\" now"), ("0xZZ", "0xZZ"),
        ("deadbeef", "deadbeef"), ("deadbee1", "<hex>"), ("é5 5é", "é5 5é"),
        ("\u{a0}a\u{2003}b\u{a0}", "a b"), ("  \r\n\t\n x", "x"),
        ("\u{a0}\nx", "x"), ("\u{3000}\n\u{85}\nx\u{1f}", "x"),
        ("at 2026-11-20 10:11:12.5+00 x", "at <time> x"), ("2026-11-20T10Z", "<time>"),
        ("2026-11-20 10 left", "<time> <num> left"),
    ])
    func `a message becomes a pattern`(message: String, pattern: String) {
        let text = Fingerprint.canonicalText(
            platform: "other", type: nil, frames: [], message: message)
        #expect(text == "Message|" + pattern)
    }

    /// Files as SDKs write them where the code came from `eval`.
    @Test(arguments: [
        ("eval at <anonymous> (/app/run.js:25:33), <anonymous>", "run.js"),
        ("eval at foo (http://x/app.js?1:1:2), <anonymous>", "app.js"),
        ("eval at b (eval at f (/srv/app.js:1:2), <anonymous>:1:1), <anonymous>", "app.js"),
        ("eval at g (evalmachine.<anonymous>:1:14), <anonymous>", "evalmachine.<anonymous>"),
        ("http://h/b.js line 5 > eval", "b.js"), ("http://h/b.js line 5 > Function", "b.js"),
        ("http://h/b.js line 5 > eval line 1 > eval", "b.js"),
        ("eval at", "eval at"), ("main > eval", "main > eval"), ("BLOB:http://x/1", "<blob>"),
        ("Data:text/javascript,x", "<data>"),
    ])
    func `a file becomes its name`(file: String, name: String) {
        let frame = Fingerprint.Frame(function: "f", file: file, hasLine: true)
        let text = Fingerprint.canonicalText(platform: "node", type: "E", frames: [frame])
        #expect(text == "E|f@" + name)
    }

    @Test func `white space of any script is cut from a type`() {
        let text = Fingerprint.canonicalText(
            platform: "node", type: "\u{a0}E\u{2003} ", frames: [])
        #expect(text == "E")
    }

    @Test func `a pattern ends at two hundred scalars`() {
        let long = String(repeating: "é ", count: 100_000)
        let text = Fingerprint.canonicalText(platform: "", type: "T", frames: [], message: long)
        #expect(text.unicodeScalars.count == 200 + 2)
    }

    @Test(arguments: ["a", "a.", "a@", "a@b.", "1.", "0x", "-", "a:", "1-", "\u{20ac}"])
    func `a pattern of a long hostile line is quick`(unit: String) {
        let line = String(repeating: "\u{7f}", count: 1) + String(repeating: unit, count: 100_000)
        _ = Fingerprint.canonicalText(platform: "", type: "T", frames: [], message: line)
    }

    @Test func `client parts replace or extend the default`() {
        #expect(Fingerprint.clientText(parts: [], defaultText: "d") == nil)
        #expect(Fingerprint.clientText(parts: ["{{default}}"], defaultText: "d") == nil)
        #expect(Fingerprint.clientText(parts: ["{{ default }}"], defaultText: "d") == nil)
        #expect(Fingerprint.clientText(parts: ["{{ default }}", "x"], defaultText: "d") == "d|x")
        #expect(Fingerprint.clientText(parts: ["a", "b"], defaultText: "d") == "a|b")
    }
}

/// The second version: the frames of the application's own code.
struct InAppFingerprintTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var platform = "python"
        var frames: [Fingerprint.Frame]
        var canonical: String
    }

    private static func frame(
        _ function: String, _ file: String, inApp: Bool? = nil, path: String? = nil,
        native: Bool = false
    ) -> Fingerprint.Frame {
        Fingerprint.Frame(
            function: function, file: file, hasLine: true, isNative: native, path: path,
            inApp: inApp)
    }

    private static let cases = [
        Case(
            testDescription: "own frames alone, nearest first",
            frames: [
                frame("send", "http.py", inApp: false), frame("pay", "cart.py", inApp: true),
                frame("wrap", "retry.py", inApp: false), frame("main", "app.py", inApp: true),
            ], canonical: "E|pay@cart.py|main@app.py"),
        Case(
            testDescription: "three at most",
            frames: ["a", "b", "c", "d"].map { frame($0, "x.py", inApp: true) },
            canonical: "E|a@x.py|b@x.py|c@x.py"),
        Case(
            testDescription: "no own frame: as by the first version",
            frames: ["a", "b", "c", "d"].map { frame($0, "x.py", inApp: false) },
            canonical: "E|a@x.py|b@x.py|c@x.py"),
        Case(
            testDescription: "where the SDK is silent the path decides",
            frames: [
                frame("send", "http.py", path: "/venv/lib/python3.12/site-packages/http.py"),
                frame("open", "io.py", path: "/usr/lib/python3.12/io.py"),
                frame("load", "<frozen importlib._bootstrap>"),
                frame("gem", "/var/gems/rack.rb"), frame("dep", "/src/vendor/a/b.py"),
                frame("main", "app.py", path: "/srv/app.py"),
            ], canonical: "E|main@app.py"),
        Case(
            testDescription: "the SDK's word counts more than the path",
            frames: [
                frame("x", "a.py", inApp: true, path: "/x/site-packages/a.py"),
                frame("y", "b.py", inApp: false, path: "/srv/b.py"),
            ], canonical: "E|x@a.py"),
        Case(
            testDescription: "no file: nobody's", frames: [frame("x", ""), frame("y", "b.py")],
            canonical: "E|y@b.py"),
        Case(
            testDescription: "JavaScript", platform: "node",
            frames: [
                frame("map", "<anonymous>", inApp: true, native: true),
                frame("emit", "node:events"), frame("run", "internal/timers.js"),
                frame("get", "/app/node_modules/axios/index.js"),
                frame("get", "C:\\app\\node_modules\\axios\\index.js"),
                frame("load", "/app/src/cart.js"),
            ], canonical: "E|load@cart.js"),
        Case(
            testDescription: "a folder that only resembles one of a library",
            frames: [frame("x", "/srv/vendors/python3/lib.py"), frame("y", "/srv/lib/b.py")],
            canonical: "E|x@lib.py|y@b.py"),
    ]

    @Test(arguments: cases)
    func `the frames of the application come first`(example: Case) {
        let text = Fingerprint.canonicalText(
            platform: example.platform, type: "E", frames: example.frames, version: .inAppFirst)
        #expect(text == example.canonical)
    }

    @Test(arguments: FingerprintVector.all)
    func `an event without frames is the same by both`(vector: FingerprintVector) {
        guard vector.frames.isEmpty else { return }
        let text = Fingerprint.canonicalText(
            platform: vector.platform, type: vector.type, frames: [], message: vector.message,
            template: vector.template, version: .inAppFirst)
        #expect(
            text
                == Fingerprint.canonicalText(
                    platform: vector.platform, type: vector.type, frames: [],
                    message: vector.message, template: vector.template))
    }

    private static func intake(
        _ payload: String, _ source: EventProtocol, _ version: FingerprintVersion
    ) throws -> IntakeEvent {
        try EventIntake.event(
            payload: Array(payload.utf8).span.bytes, protocol: source,
            receivedAt: Timestamp(microseconds: 1), envelope: EnvelopeFacts(),
            newID: EventID(high: 1, low: 1), project: 1, salt: [], version: version)
    }

    private static let payloads: [(String, EventProtocol)] = [
        (
            #"{"platform":"python","exception":{"values":[{"type":"E","stacktrace":{"frames":[{"function":"main","filename":"app.py","in_app":true},{"function":"send","filename":"http.py","abs_path":"/x/site-packages/http.py"}]}}]}}"#,
            .sentry
        ),
        (
            #"{"platform":"python","type":"E","frames":[{"function":"send","file":"http.py","inApp":false},{"function":"main","file":"app.py"}]}"#,
            .native
        ),
        (
            #"{"type":"E","stack":"Traceback (most recent call last):\n  File \"/srv/app.py\", line 3, in main\n    a()\n  File \"/x/lib/python3.12/http.py\", line 9, in send\n    b()\nE: m"}"#,
            .native
        ),
    ]

    @Test(arguments: payloads)
    func `intake takes it from the payload, says so, and says it again`(
        payload: String, source: EventProtocol
    ) throws {
        let wanted = Fingerprint.hash(canonical: "E|main@app.py")
        let event = try Self.intake(payload, source, .inAppFirst)
        let digest = try EventDigestView(event.digest)
        #expect(digest.fingerprint == wanted && digest.fingerprintVersion == 2)
        #expect(event.keys.issue == EventKeys.issue(project: 1, fingerprint: wanted))
        let again = try EventIntake.fromData(
            event.data.span.bytes, receivedAt: Timestamp(microseconds: 1), project: 1, salt: [])
        #expect(again.digest == event.digest)
        let old = try Self.intake(payload, source, .page)
        let known = try EventIntake.fingerprints(ofData: old.data.span.bytes)
        #expect(known[.inAppFirst] == wanted)
        #expect(try known[.page] == EventDigestView(old.digest).fingerprint)
        #expect(known[.page] != wanted)
        // Without its payload it still knows both.
        let sampled = old.sampled(project: 1, receivedAt: Timestamp(microseconds: 1))
        #expect(try EventIntake.fingerprints(ofData: sampled.data.span.bytes) == known)
    }

    @Test func `a redacted event of before knows what its digest says`() throws {
        let event = try Self.intake(Self.payloads[0].0, .sentry, .page)
        let digest = try EventDigestView(event.digest)
        let line = RedactedEvent(
            reason: .expired, user: 0, trace: 0, session: 0, digest: event.digest
        ).data
        let known = try EventIntake.fingerprints(ofData: line.span.bytes)
        #expect(known[.page] == digest.fingerprint && known[.inAppFirst] == nil)
    }

    @Test func `a client's fingerprint is the same by both, but for the default in it`() throws {
        let parts = #""fingerprint":["mine"]"#
        let own = try Self.intake(
            #"{"type":"E",\#(parts),"frames":[{"function":"a","file":"node_modules/a.js"},{"function":"b","file":"b.js"}]}"#,
            .native, .page)
        let known = try EventIntake.fingerprints(ofData: own.data.span.bytes)
        #expect(known[.page] == known[.inAppFirst])
        #expect(known[.page] == Fingerprint.hash(canonical: "mine"))
    }

    @Test func `a long hostile path is quick`() {
        let path = String(repeating: "lib/python", count: 200_000)
        _ = Fingerprint.canonicalText(
            platform: "python", type: "E", frames: [Self.frame("x", path)], version: .inAppFirst)
    }
}

struct FingerprintVector: Sendable, CustomTestStringConvertible {
    var id: String
    var platform: String
    var type: String?
    var message: String?
    var template: String?
    var frames: [Fingerprint.Frame]
    var canonical: String
    var fingerprint: String

    var testDescription: String { id }

    var canonicalText: String {
        let hasException = type != nil || !frames.isEmpty
        return Fingerprint.canonicalText(
            platform: platform, type: hasException ? type ?? "" : nil, frames: frames,
            message: message, template: template)
    }

    static let all: [FingerprintVector] = {
        let path =
            ProcessInfo.processInfo.environment["FAULTLOG_VECTORS"]
            ?? URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/fingerprint-vectors.json").path
        guard let data = FileManager.default.contents(atPath: path),
            let root = try? JSONValue(parsing: Array(data)),
            let vectors = root["vectors"]?.array
        else { fatalError("no fingerprint vectors at \(path)") }
        return vectors.compactMap(FingerprintVector.init)
    }()

    init?(_ vector: JSONValue) {
        guard let id = vector["id"]?.string, let input = vector["input"],
            let canonical = vector["canonical"]?.string,
            let fingerprint = vector["fingerprint"]?.string
        else { return nil }
        self.id = id
        self.canonical = canonical
        self.fingerprint = fingerprint
        platform = input["platform"]?.string ?? ""
        type = input["type"]?.string
        message = input["message"]?.string
        template = input["template"]?.string
        var frames: [Fingerprint.Frame] = []
        for frame in input["frames"]?.array ?? [] { frames.append(Self.frame(frame)) }
        self.frames = input["order"]?.string == "outermost-first" ? frames.reversed() : frames
    }
    private static func frame(_ frame: JSONValue) -> Fingerprint.Frame {
        Fingerprint.Frame(
            function: frame["function"]?.string, file: frame["file"]?.string,
            module: frame["module"]?.string, hasLine: frame["line"]?.int64 != nil,
            isNative: frame["native"]?.bool ?? false,
            isResolved: frame["resolved"]?.bool ?? false)
    }
}
