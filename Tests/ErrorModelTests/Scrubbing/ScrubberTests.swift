import Testing

@testable import ErrorModel

/// What is taken out of a payload, and what is not.
@Suite struct ScrubberTests {
    private static func scrub(
        _ text: String, _ rules: ScrubbingRules = .init()
    ) -> (text: String, paths: [String])? {
        guard let result = Scrubber(rules).scrub(Array(text.utf8).span.bytes) else { return nil }
        return (String(decoding: result.bytes, as: UTF8.self), result.paths)
    }

    // MARK: by name

    @Test(arguments: [
        (#"{"extra":{"password":"hunter2"}}"#, #"{"extra":{"password":"[Filtered]"}}"#),
        (#"{"extra":{"DB_PASSWORD" : "x"}}"#, #"{"extra":{"DB_PASSWORD" : "[Filtered]"}}"#),
        (#"{"extra":{"apiKey":["a",{"b":1}],"n":1}}"#, #"{"extra":{"apiKey":"[Filtered]","n":1}}"#),
        (#"{"extra":{"pin":1234,"secret":99}}"#, #"{"extra":{"pin":1234,"secret":"[Filtered]"}}"#),
        (#"{"vars":{"x_auth_token":"'abc'"}}"#, #"{"vars":{"x_auth_token":"[Filtered]"}}"#),
        (
            #"{"request":{"headers":[["Accept","a"],["Authorization","Bearer x"]]}}"#,
            #"{"request":{"headers":[["Accept","a"],["Authorization","[Filtered]"]]}}"#
        ),
        (
            #"{"request":{"headers":{"X-Api-Key":"k","Cookie":"a=b","Host":"h"}}}"#,
            #"{"request":{"headers":{"X-Api-Key":"[Filtered]","Cookie":"[Filtered]","Host":"h"}}}"#
        ),
        (
            #"{"request":{"headers":[["Set-Cookie",["a","b"]]]}}"#,
            #"{"request":{"headers":[["Set-Cookie","[Filtered]"]]}}"#
        ),
        (
            #"{"request":{"cookies":{"sid":"1"}}}"#, #"{"request":{"cookies":"[Filtered]"}}"#
        ),
        (
            #"{"tags":[{"key":"token","value":"t"},{"key":"a","value":"b"}]}"#,
            #"{"tags":[{"key":"token","value":"[Filtered]"},{"key":"a","value":"b"}]}"#
        ),
        (#"{"extra":{"environ":{"A":"b"}}}"#, #"{"extra":{"environ":"[Filtered]"}}"#),
        (#"{"user":{"id":"1","token":"t"}}"#, #"{"user":{"id":"1","token":null}}"#),
        (#"{"a":{"p\u0061ssword_":"x"}}"#, #"{"a":{"password_":"[Filtered]"}}"#),
        (#"{"a":{"p\u00zzssword":"x"}}"#, #"{"a":{"p\u00zzssword":"x"}}"#),
    ])
    func `a field goes by its name`(given: String, wanted: String) throws {
        #expect(Self.scrub(given)?.text ?? given == wanted)
    }

    @Test(arguments: [
        #"{"modules":{"python-token":"1.0","secretstorage":"2"}}"#,
        #"{"extra":{"total_tokens":512,"has_password":true,"password":null,"token":""}}"#,
        #"{"extra":{"password":"[Filtered]","secret":"********"}}"#,
        #"{"extra":{"author":"me","authenticated":"yes","keyboard":"de","session_id":"s1"}}"#,
        #"{"exception":{"values":[{"type":"SyntaxError","value":"Unexpected token: foo"}]}}"#,
        #"{"exception":{"values":[{"type":"SyntaxError","value":"Unexpected token '<' in JSON"}]}}"#,
        #"{"a":"token == other, token => 3, token != null"}"#,
        #"{"context_line":"    token = request.headers.get(name)"}"#,
        #"{"a":"https://example.org:8080/path@2x.png"}"#, #"{"a":"http://pk_12@localhost/1"}"#,
        #"{"a":"Basic Authentication failed, bearer certificates are welcome"}"#,
        #"{"a":"4111111111111112","b":4111111111111112,"c":"0.4111111111111111"}"#,
        #"{"a":"1700000000000000","b":1700000000000,"c":"a4111111111111111"}"#,
        #"{"a":"10.0.19041.1","ip":"10.1.2.3"}"#, #"{"a":"-----BEGIN CERTIFICATE-----\nMII"}"#,
        "", "{", #"{"password"#, #"{"password":"x"#, "[[[[", "]]]]", #""password""#, "\u{0}\"",
    ])
    func `what is no secret stays`(text: String) {
        #expect(Self.scrub(text) == nil)
    }

    /// As frameworks log parameters, and as people paste commands.
    @Test(arguments: [
        ("user[password]=hunter2&a=1", "user[password]=[Filtered]&a=1"),
        ("user%5Bpassword%5D=hunter2", "user%5Bpassword%5D=[Filtered]"),
        ("password[]=a&password[]=b", "password[]=[Filtered]&password[]=[Filtered]"),
        ("ENV['DB_PASSWORD'] = 'x y'", "ENV['DB_PASSWORD'] = '[Filtered]'"),
        (#"{\"password\"=>\"x\", \"a\"=>1}"#, #"{\"password\"=>\"[Filtered]\", \"a\"=>1}"#),
        (#"{:password=>\"x\"}"#, #"{:password=>\"[Filtered]\"}"#),
        ("[password] => hunter2", "[password] => [Filtered]"),
        ("{'password': ['a', 'b]'], 'c': 1}", "{'password': [[Filtered]], 'c': 1}"),
        (
            #"{\"password\"=>{\"a\"=>\"b\"}, \"c\"=>1}"#,
            #"{\"password\"=>{[Filtered]}, \"c\"=>1}"#
        ),
        (#"{\"token\":[\"a"#, #"{\"token\":[[Filtered]"#),
        ("%7B%22password%22%3A%22hunter2%22%7D", "%7B%22password%22%3A%22[Filtered]%22%7D"),
        ("a%26password%3Dhunter2%26b%3D1", "a%26password%3D[Filtered]"),
        ("mysql --password hunter2 -h db", "mysql --password [Filtered] -h db"),
        ("['mysql', '--password', 'a b', '-h']", "['mysql', '--password', '[Filtered]', '-h']"),
        (#"[\"--api-key\", \"abc\"]"#, #"[\"--api-key\", \"[Filtered]\"]"#),
    ])
    func `a text goes behind the name of a secret, however it is written`(
        given: String, wanted: String
    ) throws {
        let text = #"{"a":"\#(given)"}"#
        let found = Self.scrub(text)?.text
        #expect(found == #"{"a":"\#(wanted)"}"#)
        // What is taken out is not taken out again.
        #expect(found.flatMap { Self.scrub($0) } == nil)
    }

    @Test(arguments: [
        "token => token.id", "(password) => check(password)", "--token is required",
        "option --token requires a value", "a --token -x",
        "[password] => ", "{'password': []}", "{'password': {}}", "token%3A foo", "tokens[3] = 5",
        "--passwords", "items[token]", "{'password': [Filtered]}", "%5D%3Dx", "]=x", "%22%3A%22",
    ])
    func `words beside the name of a secret stay`(text: String) throws {
        #expect(Self.scrub(#"{"a":"\#(text)"}"#) == nil)
    }

    // MARK: by look

    /// As encoders write them that are careful with HTML, and as somebody might who hides one.
    @Test(arguments: [
        (
            #"{\u0022password\u0022:\u0022hunter2\u0022}"#,
            #"{\"password\":\"[Filtered]\"}"#
        ),
        (#"token\u003dabc"#, "token=[Filtered]"), (#"token\u003Dabc"#, "token=[Filtered]"),
        (#"https://bob:pw\u0040h/"#, "https://bob:[Filtered]@h/"),
        (#"password=\u0027x\u0027"#, "password='[Filtered]'"),
        (#"p\u0061ssword=x"#, "password=[Filtered]"),
        (#"password\u003a x"#, "password: [Filtered]"),
        (#"Bearer abcdefgh\u002B12345678"#, "Bearer [Filtered]"),
        (#"Be\u0061rer abcdefgh12345678"#, "Bearer [Filtered]"),
        (#"gh\u0070_0123456789abcdef0123"#, "[Filtered]"),
        (#"411111\u0031111111111"#, "[Filtered]"),
        (
            #"-----BEGIN\u0020PRIVATE KEY-----abc-----END"#,
            "-----BEGIN PRIVATE KEY-----[Filtered]-----END"
        ),
        // A backslash and some letters.
        (#"token\\u003dabc"#, #"token\\u003dabc"#), (#"a\u0027b \u005c \u007f"#, nil),
        (#"\u003cb\u003e"#, nil),
    ])
    func `an escape hides nothing`(given: String, wanted: String?) throws {
        let text = #"{"a":"\#(given)"}"#
        #expect(Self.scrub(text)?.text ?? text == wanted.map { #"{"a":"\#($0)"}"# } ?? text)
        // The same where the project has rules of its own.
        var rules = ScrubbingRules()
        rules.fields = [try #require(FieldPath("none.such"))]
        #expect(Self.scrub(text, rules)?.text == Self.scrub(text)?.text)
        // What is no secret is stored as it came.
        if wanted == nil { #expect(Self.scrub(text) == nil) }
    }

    @Test func `a text with escaped characters means the same without the escapes`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let parts = [
            #"\u0022"#, #"\u005c"#, #"\u005C\u0022"#, #"\\"#, #"\""#, "u0022", #"\u0041"#,
            #"\u001f"#,
            #"\u007f"#, #"\u00e9"#, #"\ud83d\ude00"#, "é", #"\/"#, #"\n"#, "x", #"\u0000"#,
        ]
        for _ in 0..<2_000 {
            var text = "\""
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                text += parts.randomElement(using: &random)!
            }
            text += "\""
            let plain = Array(text.utf8).withUnsafeBytes { EscapedASCII.plain(JSONBytes($0)) }
            guard let plain else { continue }
            let (before, after) = (try JSONValue(parsing: text), try JSONValue(parsing: plain))
            #expect(before == after, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: [
        ("GET /a?token=abc&x=1", "GET /a?token=[Filtered]&x=1"),
        (#"a?api_key=abc\u0026x=1"#, "a?api_key=[Filtered]&x=1"),
        (#"DB=1\npwd=hunter2"#, #"DB=1\npwd=[Filtered]"#),
        (#"a=1\u0026pwd=hunter2&b=1"#, "a=1&pwd=[Filtered]&b=1"),
        (#"x\tpin: 12345678"#, #"x\tpin: [Filtered]"#),
        (
            #"\neyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijkl"#, #"\n[Filtered]"#
        ),
        (#"\u201cghp_0123456789abcdef0123"#, #"\u201c[Filtered]"#),
        (#"Karte:\u00a04111111111111111"#, #"Karte:\u00a0[Filtered]"#),
        (#"Cookie: a=\"b\"; c=d\nx: 1"#, #"Cookie: [Filtered]\nx: 1"#),
        ("password: nullable-horse-battery", "password: [Filtered]"),
        ("q=1&password%3Dabc&x", "q=1&password%3D[Filtered]&x"),
        ("login with password: hunter2 failed", "login with password: [Filtered] failed"),
        (#"{\"password\":\"hun,ter 2\",\"a\":1}"#, #"{\"password\":\"[Filtered]\",\"a\":1}"#),
        (#"{'password': 'hun ter', 'a': 1}"#, #"{'password': '[Filtered]', 'a': 1}"#),
        (#"{\"token\": 12345}"#, #"{\"token\": [Filtered]}"#),
        ("Authorization: Bearer abc def", "Authorization: [Filtered]"),
        (#"Cookie: a=b; c=d\r\nHost: h"#, #"Cookie: [Filtered]\r\nHost: h"#),
        ("sent Bearer abcdefgh12345678 there", "sent Bearer [Filtered] there"),
        ("sent Basic dXNlcjpwYXNz there", "sent Basic [Filtered] there"),
        ("postgres://bob:s3cr@t@db/x", "postgres://bob:[Filtered]@db/x"),
        (#"https:\/\/bob:pw@h\/x"#, #"https:\/\/bob:[Filtered]@h\/x"#),
        ("card 4111 1111 1111 1111.", "card [Filtered]."),
        ("card 4111-1111-1111-1111", "card [Filtered]"), ("5555555555554444", "[Filtered]"),
        (#"a\n378282246310005\n"#, #"a\n[Filtered]\n"#),
        (
            #"-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----"#,
            "-----BEGIN RSA PRIVATE KEY-----[Filtered]-----END RSA PRIVATE KEY-----"
        ),
        ("-----BEGIN PRIVATE KEY-----abc", "-----BEGIN PRIVATE KEY-----[Filtered]"),
        ("t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1 u", "t [Filtered] u"),
        ("ghp_0123456789abcdefABCDEF0123456789abcd", "[Filtered]"),
        ("key sk_live_0123456789abcdef0123", "key [Filtered]"),
        ("id AKIAIOSFODNN7EXAMPL.", "id AKIAIOSFODNN7EXAMPL."),
        ("id AKIAIOSFODNN7EXAMPLE x", "id [Filtered] x"),
        (#"\nxoxb-0123456789-abcdefghij"#, #"\n[Filtered]"#),
        ("PGPASSWORD=abc psql", "PGPASSWORD=[Filtered] psql"),
        ("password=[x1] y", "password=[Filtered]] y"), ("password={x1}", "password=[Filtered]}"),
        ("password=<x1&a=b", "password=[Filtered]&a=b"),
        (#"password:\tx1 y"#, #"password:\t[Filtered] y"#),
        (#"password=a\\b c"#, "password=[Filtered] c"),
        (#"password=caf\u00e9x y"#, "password=[Filtered] y"),
        (#"password=a\/b y"#, "password=[Filtered] y"),
        (#"?password=a\u0026page=2"#, "?password=[Filtered]&page=2"),
        (#"password=a\nb"#, #"password=[Filtered]\nb"#),
        (
            #"{\\\"password\\\":\\\"x\\\",\\\"a\\\":\\\"b\\\"}"#,
            #"{\\\"password\\\":\\\"[Filtered]\\\",\\\"a\\\":\\\"b\\\"}"#
        ),
        (#"{'password': 'it\\'s', 'a': 1}"#, "{'password': '[Filtered]', 'a': 1}"),
        (
            "password=[REDACTED] <hidden> password=<hidden>",
            "password=[REDACTED] <hidden> password=<hidden>"
        ),
        ("password={'a': 1}", "password={'a': 1}"), ("password={}", "password={}"),
    ])
    func `a text loses what looks like a secret`(given: String, wanted: String) {
        let text = #"{"a":"\#(given)"}"#
        #expect(Self.scrub(text)?.text ?? text == #"{"a":"\#(wanted)"}"#)
    }

    /// Each took time in the square of its length: a minute, where it takes some milliseconds.
    @Test(arguments: [
        "-eyJ", "Cookie: null ", "password=[", "Cookie:[", "4-4 ", "\\\\", "a=", "@:",
        "--token ", "'--token','", "'token':['", "'token':[[", "'token'=>{", "[token]=[",
        "%22token%22%3A%22",
        "token%5B%5D%3D", #"\"token\":[\""#, "--token",
    ])
    func `repeated beginnings are read once`(part: String) {
        let text = #"{"a":""# + String(repeating: part, count: 200_000 / part.utf8.count) + #""}"#
        let clock = ContinuousClock()
        let taken = clock.measure { _ = Self.scrub(text) }
        #expect(taken < .seconds(30), "\(part): \(taken)")
    }

    @Test func `code loses literals only`() {
        let text = #"{"context_line":"password = \"hunter2\"; token = next()"}"#
        #expect(
            Self.scrub(text)?.text
                == #"{"context_line":"password = \"[Filtered]\"; token = next()"}"#)
    }

    @Test func `a number may be a card`() {
        #expect(Self.scrub(#"{"a":[4111111111111111]}"#)?.text == #"{"a":["[Filtered]"]}"#)
    }

    @Test func `places are named once and in order`() throws {
        let text =
            #"{"b":{"password":"x","l":[{"token":"1"},{"token":"2"}]},"a":"?token=1&secret=2"}"#
        #expect(try #require(Self.scrub(text)).paths == ["b.password", "b.l.token", "a"])
    }

    @Test func `the list of places is bounded, what is removed is not`() throws {
        let members = (0..<1000).map { #""password\#($0)":"hidden""# }.joined(separator: ",")
        let result = try #require(Self.scrub("{\(members)}"))
        #expect(result.paths.count == Scrubber.pathLimit && !result.text.contains("hidden"))
    }

    // MARK: rules

    private static func rules(_ json: String) throws -> ScrubbingRules {
        try ScrubbingRules(JSONValue(parsing: json))
    }

    @Test(arguments: [
        (#"{"defaults":false}"#, #"{"password":"x"}"#, nil),
        (
            #"{"ipAddresses":false}"#,
            #"{"user":{"ip_address":"1.2.3.4"},"m":"from 10.1.2.3:80","v":"1.2.3.4.5"}"#,
            #"{"user":{"ip_address":null},"m":"from [Filtered]:80","v":"1.2.3.4.5"}"#
        ),
        (
            #"{"fields":["extra.customer.*","**.iban2","user.email"]}"#,
            #"{"extra":{"customer":{"a":1,"b":{"c":2}}},"x":[{"y":{"iban2":"D"}}],"user":{"email":"e"}}"#,
            #"{"extra":{"customer":{"a":"[Filtered]","b":"[Filtered]"}},"x":[{"y":{"iban2":"[Filtered]"}}],"user":{"email":null}}"#
        ),
        (
            ##"{"patterns":["ORD-####","x*y"]}"##, #"{"m":"order ord-1234 of x12y, ORD-12"}"#,
            #"{"m":"order [Filtered] of [Filtered], ORD-12"}"#
        ),
        // What is cut out takes escapes and characters whole.
        (##"{"patterns":["n#"]}"##, #"{"m":"a\n1b"}"#, #"{"m":"a[Filtered]b"}"#),
        (
            #"{"patterns":["a?"]}"#, #"{"m":"aéb","n":"xa\u00e9b"}"#,
            #"{"m":"[Filtered]b","n":"x[Filtered]b"}"#
        ),
        (##"{"patterns":["00e#"]}"##, #"{"m":"a\u00e9b"}"#, #"{"m":"a[Filtered]b"}"#),
    ])
    func `projects have rules of their own`(rules: String, given: String, wanted: String?) throws {
        let result = Self.scrub(given, try Self.rules(rules))?.text
        #expect(result == wanted)
    }

    @Test(arguments: [
        #"{"fields":[""]}"#, #"{"fields":["a..b"]}"#, #"{"fields":["**"]}"#, #"{"fields":"a"}"#,
        #"{"fields":[1]}"#, #"{"patterns":["*"]}"#, #"{"patterns":["??"]}"#,
        #"{"patterns":["a\\"]}"#,
        #"{"defaults":1}"#,
    ])
    func `rules that cannot be used are refused`(text: String) throws {
        #expect(throws: ScrubbingRulesError.self) { try Self.rules(text) }
    }

    @Test func `rules are what they were after they were written`() throws {
        let rules = try Self.rules(
            ##"{"defaults":false,"ipAddresses":false,"fields":["a.*"],"patterns":["#@"]}"##)
        #expect(try ScrubbingRules(rules.json) == rules)
        #expect(try ScrubbingRules(.object([])) == ScrubbingRules())
    }

    // MARK: an event

    @Test func `what is taken out is in no part of the record, and marked`() throws {
        let payload =
            #"{"type":"T","message":"no password=hunter2","user":{"id":"u"},"extra":{"token":"hunter2"}}"#
        let event = try EventIntake.event(
            payload: Array(payload.utf8).span.bytes, protocol: .native,
            receivedAt: Timestamp(microseconds: 5), envelope: .init(),
            newID: EventID(high: 1, low: 2), project: 1, salt: [1], scrubber: Scrubber(.init()))
        for part in [event.line, event.digest] {
            #expect(part.firstRange(of: Array("hunter2".utf8)) == nil)
        }
        let stored = try ErrorEvent.fromData(event.data.span.bytes)
        #expect(stored.scrubbed == ["message", "extra.token"])
        let again = try EventIntake.fromData(
            event.data.span.bytes, receivedAt: Timestamp(microseconds: 5), project: 1, salt: [1])
        #expect(again.digest == event.digest && again.keys == event.keys)
    }

    @Test func `what is wrong with a payload is told by its own places`() throws {
        func error(_ scrubber: Scrubber?) -> IntakeError? {
            let payload = #"{"password":"x","a":}"#
            do throws(IntakeError) {
                _ = try EventIntake.event(
                    payload: Array(payload.utf8).span.bytes, protocol: .sentry,
                    receivedAt: Timestamp(microseconds: 5), envelope: .init(),
                    newID: EventID(high: 1, low: 2), project: 1, salt: [], scrubber: scrubber)
                return nil
            } catch {
                return error
            }
        }
        #expect(error(nil) != nil && error(Scrubber(.init())) != nil)
    }
}
