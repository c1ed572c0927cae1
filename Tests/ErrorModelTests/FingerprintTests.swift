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
    ])
    func `a message becomes a pattern`(message: String, pattern: String) {
        let text = Fingerprint.canonicalText(
            platform: "other", type: nil, frames: [], message: message)
        #expect(text == "Message|" + pattern)
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
