import ErrorModel
import Testing

struct EnvelopeTests {
    @Test func `items have a length or end at the newline`() throws {
        let body = """
            {"event_id":"6261c2e8-dd15-4238-c95e-4893a3f10311","sent_at":"2026-11-20T10:00:00Z","trace":{"trace_id":"t","replay_id":"r"},"x":1}
            {"type":"event"}
            {}
            {"type":"attachment","length":4,"filename":"a.txt"}
            a
            bc
            {"type":"future_thing","length":0}


            """
        let envelope = try Envelope(parsing: Array(body.utf8))
        #expect(envelope.header.eventID?.text == "6261c2e8dd154238c95e4893a3f10311")
        #expect(envelope.header.facts.traceID == "t" && envelope.header.facts.replayID == "r")
        #expect(envelope.items.map(\.type) == ["event", "attachment", "future_thing"])
        #expect(envelope.items.map(\.payload.count) == [2, 4, 0])
        #expect(envelope.items[1].filename == "a.txt" && envelope.items[2].kind == .other)
    }

    @Test(arguments: [
        "{}", "{}\n", "{}\n\n", "{}\n{\"type\":\"x\"}", "{}\n{\"type\":\"x\",\"length\":0}",
    ])
    func `short forms are whole`(body: String) throws {
        #expect(try Envelope(parsing: Array(body.utf8)).items.count <= 1)
    }

    @Test(arguments: [
        ("", EnvelopeError.Kind.empty, 0, 0), ("[]", .headerNotAnObject, 0, 0),
        ("{\"event_id\":\"x\"}", .invalidEventID, 0, 0),
        ("{\"event_id\":7}", .invalidEventID, 0, 0),
        ("{}\n{}", .itemWithoutType, 3, 1), ("{}\n{\"type\":5}", .itemWithoutType, 3, 1),
        ("{}\n{\"type\":\"x\",\"length\":-1}\n", .invalidLength, 3, 1),
        ("{}\n{\"type\":\"x\",\"length\":1.5}\n", .invalidLength, 3, 1),
        ("{}\n{\"type\":\"x\",\"length\":\"1\"}\n", .invalidLength, 3, 1),
        ("{}\n{\"type\":\"x\",\"length\":9223372036854775808}\n", .lengthBeyondEnd, 3, 1),
        ("{}\n{\"type\":\"x\",\"length\":9223372036854775807}\n", .lengthBeyondEnd, 3, 1),
        ("{}\n{\"type\":\"x\",\"length\":3}\nab", .lengthBeyondEnd, 3, 1),
        ("{}\n{\"type\":\"x\",\"length\":1}\nab", .noNewlineAfterPayload, 28, 1),
    ])
    func `broken framing is refused with its place`(
        body: String, kind: EnvelopeError.Kind, offset: Int, item: Int
    ) {
        #expect(throws: EnvelopeError(kind: kind, offset: offset, item: item)) {
            try Envelope(parsing: Array(body.utf8))
        }
    }

    @Test(arguments: [
        ("{", EnvelopeError.Kind.invalidHeader(JSONError(.unexpectedEnd, at: 1)), 20),
        ("{\"a\":1}\nab", .itemWithoutType, 19),
        ("{\"type\":\"x\",\"length\":9}\nab", .lengthBeyondEnd, 19),
    ])
    func `what stands before a break in the framing is kept`(
        rest: String, kind: EnvelopeError.Kind, offset: Int
    ) throws {
        let envelope = try Envelope(parsing: Array("{}\n{\"type\":\"y\"}\nab\n\(rest)".utf8))
        #expect(envelope.items.map(\.type) == ["y"])
        #expect(envelope.broken == EnvelopeError(kind: kind, offset: offset, item: 2))
    }

    @Test func `every truncation is parsed or refused`() {
        let body = Array(
            "{\"a\":{}}\n{\"type\":\"event\",\"length\":9}\n{\"a\":\"b\"}\n{\"type\":\"x\"}\nyy"
                .utf8)
        for count in 0...body.count { _ = try? Envelope(parsing: Array(body[..<count])) }
    }
}

struct SentryAuthTests {
    @Test(arguments: [
        "Sentry sentry_version=7, sentry_client=raven/1, sentry_key=abc, sentry_secret=x",
        "Sentry sentry_key=abc,sentry_version=7,sentry_client=raven/1",
        "sentry sentry_client=raven/1,sentry_version=7.0 ,  sentry_key=abc ",
    ])
    func `the header is read in all its forms`(value: String) {
        let expected = SentryAuth(key: "abc", version: 7, client: "raven/1")
        #expect(SentryAuth.header(value) == expected)
        #expect(SentryAuth.authorization(value) == expected)
    }

    @Test func `the key is found in the other places`() {
        #expect(SentryAuth.authorization("Basic cGtfMTo=")?.key == "pk_1")
        #expect(SentryAuth.authorization("Bearer pk_1") == nil)
        #expect(SentryAuth.bearer("Bearer  pk_1 ") == "pk_1")
        let query = "sentry_version=7&sentry_client=sentry.javascript%2F10&sentry_key=a%62c"
        #expect(
            SentryAuth.query(query)
                == SentryAuth(key: "abc", version: 7, client: "sentry.javascript/10"))
        #expect(SentryAuth.query("a=b&&=&sentry_key=") == nil)
        #expect(SentryAuth.header("Sentry") == nil)
    }

    @Test func `a DSN gives key and project`() {
        let dsn = SentryDSN("https://pk_1:secret@host:8000/some/path/42")
        #expect(dsn?.key == "pk_1" && dsn?.project == "42" && dsn?.path == "/some/path")
        #expect(dsn?.host == "host:8000" && dsn?.scheme == "https")
        #expect(SentryDSN("https://host/42") == nil && SentryDSN("") == nil)
        #expect(SentryDSN("https://k@host") == nil && SentryDSN("https://k@host/") == nil)
    }
}
