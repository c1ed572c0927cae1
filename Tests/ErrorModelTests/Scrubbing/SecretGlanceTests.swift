import Testing

@testable import ErrorModel

/// A glance sees at least what the walk takes out.
@Suite struct SecretGlanceTests {
    private static func glance(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { SecretGlance.mayHoldSecrets(JSONBytes($0)) }
    }

    private static func walkFinds(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes {
            let plain = EscapedASCII.plain(JSONBytes($0)) ?? Array($0)
            return plain.withUnsafeBytes {
                ScrubbingWalk.walk(JSONBytes($0), ScrubbingRules()) != nil
            }
        }
    }

    /// JSON of all shapes, its names and texts often those of secrets.
    private struct Writer {
        var random: SeededRandom
        var text = ""

        private static let names = [
            "a", "key", "name", "value", "type", "password", "X-Api-Key", "tok", "token",
            "auth", "author", "ip", "ip_address", "user", "sdk", "modules", "debugIds",
            "debug_meta", "context_line", "n\\u0061me", "p\\u0061ssword", "http.url", "",
            "environ", "headers", "a name that is longer than any other", "session_id",
        ]
        private static let texts = [
            "", "x", "token", "Cookie", "password", "plain words", "a\\\"b", "\\\\",
            "4111 1111 1111 1111", "4111111111111111", "a4111111111111111", "12345678901234",
            "\\u00a04111111111111111", "Bearer abcdefgh12345678901234", "basic dXNlcjpwYXNz",
            "https://me:secret@example.org/", "http://pk_12@localhost/1", "GET /?token=a1b2c3",
            "ghp_0123456789abcdef0123", "sk-abc", "dispatch_stock", "X-Request-Id", "10.0.0.1",
            "eyJhbGciOiJ.eyJzdWIiOi.SflKxwRJS12", "eyJ.eyJ", "password%3Dabcdef12",
            "-----BEGIN PRIVATE KEY-----\\nMII\\n-----END", "{\\\"apiKey\\\":\\\"v\\\"}",
            "token = next()", "[Filtered]", "é",
        ]
        private static let scalars = [
            "0", "-1.5e3", "true", "null", "4111111111111111", "4111111111111112", "1700000000000",
            "-4111111111111111", "4111111111111111.5",
        ]

        private mutating func pick<T>(_ all: [T]) -> T { all.randomElement(using: &random)! }

        private mutating func chance(_ one: Int) -> Bool {
            Int.random(in: 0..<one, using: &random) == 0
        }

        /// So that all lies at all places of the 64 bytes.
        private mutating func space(_ isPretty: Bool) {
            guard isPretty, chance(3) else { return }
            text += String(
                repeating: pick([" ", "\n", "\t"]), count: Int.random(in: 1...3, using: &random))
        }

        private mutating func string(_ choices: [String]) {
            let padding = String(
                repeating: ".", count: chance(4) ? Int.random(in: 0...70, using: &random) : 0)
            text += "\"\(padding)\(padding.isEmpty ? "" : " ")\(pick(choices))\""
        }

        mutating func value(_ depth: Int, _ isPretty: Bool) {
            space(isPretty)
            switch Int.random(in: 0..<(depth > 4 ? 6 : 10), using: &random) {
            case 0..<4: string(Self.texts)
            case 4..<6: text += pick(Self.scalars)
            case 6..<8:
                text += "["
                for index in 0..<Int.random(in: 0...3, using: &random) {
                    if index > 0 { text += "," }
                    value(depth + 1, isPretty)
                }
                space(isPretty)
                text += "]"
            default: object(depth, isPretty)
            }
            space(isPretty)
        }

        mutating func object(_ depth: Int, _ isPretty: Bool) {
            text += "{"
            for index in 0..<Int.random(in: 0...5, using: &random) {
                if index > 0 { text += "," }
                space(isPretty)
                // Secrets are rare, so that they are not all that is found.
                if chance(3) { string(Self.names) } else { text += "\"plain\"" }
                space(isPretty)
                text += ":"
                value(depth + 1, isPretty)
            }
            space(isPretty)
            text += "}"
        }
    }

    /// What the first looks turn down would not be found by the closer ones either.
    @Test func `where no name of a secret stands before a sign, none is found there`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let parts = [
            "password", "pass", "word", "tok", "en", "Token", "api", "key", "Key", "_", "-", ".",
            " ",
            "  ", "    ", "'", "\\\"", "\\\\\\\"", "]", "[", "%5D", "%5b", "%22", "%", "\\n",
            "\\u0026", "\\u0074", "12", "é", "x", "/", "ip", "auth", "\"",
        ]
        var passed = 0
        for _ in 0..<50_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                text += parts.randomElement(using: &random)!
            }
            // In a string, whose text before is none of it.
            let before = Array("{\"token\":\"".utf8)
            let string = Array(text.utf8)
            let json = before + string + Array("=\"}".utf8)
            let isFound = string.withUnsafeBytes {
                TextView(text: $0).name(before: string.count) != nil
            }
            let mayHold = json.withUnsafeBytes {
                SensitiveKeyFilter.shared.mayHoldName(
                    JSONBytes($0), before: before.count + string.count)
            }
            if isFound, !mayHold {
                Issue.record("seed \(seed): \(text)")
                return
            }
            if !mayHold { passed += 1 }
        }
        #expect(passed > 10_000)
    }

    @Test func `what the walk takes out a glance has seen, with wide vectors and without`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var writer = Writer(random: SeededRandom(seed))
        var passed = 0
        for round in 0..<20_000 {
            writer.text = ""
            writer.object(0, round.isMultiple(of: 4))
            let text = writer.text
            let isSeen = Self.glance(text)
            let isSeenPlainly = Array(text.utf8).withUnsafeBytes {
                SecretGlance.mayHoldSecrets(.plain(JSONBytes($0), findsAddresses: false))
            }
            guard isSeen == isSeenPlainly, isSeen || !Self.walkFinds(text) else {
                Issue.record("seed \(seed): \(isSeen), \(isSeenPlainly): \(text)")
                return
            }
            if !isSeen { passed += 1 }
        }
        // It would be of no use if it always saw something.
        #expect(passed > 2_000)
    }

    @Test(arguments: [
        #"{"user":{"ip_address":"10.0.0.1"},"tags":[["a","b"]],"n":1700000000000}"#,
        #"{"modules":{"python-token":"1.0","secretstorage":"2"},"level":"error"}"#,
        #"{"sdk":{"name":"a","token":"b"},"name":"x","key":1}"#,
        #"{ "a": 1, "b": [1, 2], "c": {"d": "f_g(x)"} }"#,
    ])
    func `a payload without secrets is passed at a glance`(text: String) {
        #expect(!Self.glance(text))
    }

    @Test(arguments: [
        #"{"sdk":{"a":{"token":"b"}},"extra":{"token":"b"}}"#, #"{"sdk":1,"token":"b"}"#,
        #"{"extra":{"modules":{"token":"b"}}}"#, #"{"modules":[["token","b"]]}"#,
        #"{"modules":{"name":"token","value":"b"}}"#, #"{"a":{"key" :  "token","value":"b"}}"#,
        #"{"a":["token",["b"]]}"#, #"{"a":[ "token","b"]}"#, #"{"token" :"b"}"#,
        #"{"token":{"a":1}}"#, #"{"a":4111111111111111}"#,
        "4111111111111111",
    ])
    func `what needs a closer look is seen wherever it lies`(text: String) {
        #expect(Self.glance(text))
        #expect(Self.walkFinds(text))
        for count in 0..<140 where text.hasPrefix("{") {
            let padding = String(repeating: ".", count: count)
            #expect(Self.glance(#"{"pad":"\#(padding)",\#(text.dropFirst())"#), "\(count)")
        }
    }
}
