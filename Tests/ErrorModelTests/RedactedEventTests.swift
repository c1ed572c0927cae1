import ErrorModel
import Testing

/// A redacted event's line gives its keys and digest again, and nothing of what was taken out.
@Suite struct RedactedEventTests {
    private static let salt = Array("salt".utf8)
    private static let payload = """
        {"timestamp":1000,"release":"shop@1","environment":"prod","platform":"python",
        "transaction":"/users/alice","user":{"id":"alice","email":"alice@example.org",
        "data":{"account":"acme"}},"tags":{"user.name":"alice"},
        "contexts":{"trace":{"trace_id":"0123456789abcdef0123456789abcdef"}},
        "exception":{"values":[{"type":"KeyError","value":"no user alice"}]}}
        """

    private static func event() throws -> IntakeEvent {
        let bytes = Array(payload.utf8)
        return try EventIntake.event(
            payload: bytes.span.bytes, protocol: .sentry,
            receivedAt: Timestamp(microseconds: 2_000_000_000), envelope: EnvelopeFacts(),
            newID: EventID(high: 1, low: 2), project: 3, salt: salt)
    }

    private static func again(_ data: [UInt8]) throws -> IntakeEvent {
        try EventIntake.fromData(
            data.span.bytes, receivedAt: Timestamp(microseconds: 2_000_000), project: 3,
            salt: salt)
    }

    @Test func `an erased event counts for the same issue, and nothing of the person is left`()
        throws
    {
        let event = try Self.event()
        let redacted = RedactedEvent.erased(try EventDigestView(event.digest), standIn: 77)
        let text = String(decoding: redacted.data, as: UTF8.self)
        #expect(
            text.hasPrefix("{\"redacted\":\"erased\",\"user\":\"000000000000004d\",\"digest\":\""))
        let again = try Self.again(redacted.data)
        #expect(again.keys.issue == event.keys.issue && again.keys.user == 77)
        #expect(again.keys.trace == 0 && again.keys.session == 0)
        #expect(again.digest == redacted.digest)
        var wanted = try EventDigestView(event.digest).digest
        #expect(wanted.value == "no user alice" && wanted.culprit == "/users/alice")
        #expect(wanted.account != 0)
        wanted.value = ""
        wanted.culprit = ""
        wanted.tags = []
        #expect(try EventDigestView(again.digest).digest == wanted)
        #expect(!String(decoding: again.digest, as: UTF8.self).contains("alice"))
    }

    @Test func `an expired event keeps keys and digest whole`() throws {
        let event = try Self.event()
        let redacted = RedactedEvent.expired(keys: event.keys, digest: event.digest)
        let again = try Self.again(redacted.data)
        #expect(again.keys == event.keys && again.digest == event.digest)
        #expect(event.keys.trace != 0 && event.keys.user != 0)
    }

    @Test func `an event of a storm counts as it would with its payload, and says so`() throws {
        let event = try Self.event()
        let time = Timestamp(microseconds: 2_000_000_000)
        let sampled = event.sampled(project: 3, receivedAt: time)
        let again = try Self.again(sampled.data)
        #expect(again.keys == event.keys && again.digest == sampled.digest)
        #expect(sampled.id == event.id && sampled.line.count < event.line.count + 400)
        var wanted = try EventDigestView(event.digest).digest
        wanted.flags.insert(.sampled)
        #expect(try EventDigestView(again.digest).digest == wanted)
        #expect(try ErrorEvent.fromData(sampled.data.span.bytes).redacted == .sampled)
        #expect(sampled.data.withUnsafeBytes { !RedactedEvent.isTakenOut($0) })
        let expired = RedactedEvent.expired(keys: event.keys, digest: event.digest)
        #expect(expired.data.withUnsafeBytes { RedactedEvent.isTakenOut($0) })
        // Sampled again it is the same.
        #expect(sampled.sampled(project: 3, receivedAt: time).line == sampled.line)
    }

    @Test func `what is left can be shown`() throws {
        let event = try Self.event()
        let redacted = RedactedEvent.expired(keys: event.keys, digest: event.digest)
        let shown = try ErrorEvent.fromData(redacted.data.span.bytes)
        #expect(shown.redacted == .expired && shown.shownType == "KeyError")
        #expect(shown.value == "no user alice" && shown.release == "shop@1")
        #expect(shown.environment == "prod" && shown.transaction == "/users/alice")
        #expect(shown.timestamp == Timestamp(microseconds: 1_000_000_000))
        var json = JSONWriter()
        json.beginObject()
        shown.writeMembers(to: &json)
        json.endObject()
        #expect(try JSONValue(parsing: json.bytes)["redacted"]?.string == "expired")
    }

    @Test(arguments: [
        #"{"redacted":"lost","digest":"00"}"#, #"{"redacted":"erased"}"#,
        #"{"redacted":"erased","digest":"0"}"#, #"{"redacted":"erased","digest":"zz"}"#,
        #"{"redacted":"erased","digest":"0102"}"#, #"{"redacted":"erased","digest":7}"#,
        #"{"redacted":"erased","#, #"{"redacted":["#,
    ]) func `other shapes are refused`(text: String) throws {
        let data = Array(text.utf8)
        #expect(throws: IntakeError.self) { try Self.again(data) }
        #expect(throws: IntakeError.self) { try ErrorEvent.fromData(data.span.bytes) }
    }

    @Test func `a key that is none is refused`() throws {
        let event = try Self.event()
        let text = String(
            decoding: RedactedEvent.expired(keys: event.keys, digest: event.digest).data,
            as: UTF8.self)
        let broken = Array(text.replacing("\"user\":\"", with: "\"user\":\"x").utf8)
        #expect(throws: IntakeError.self) { try Self.again(broken) }
    }

    @Test func `the records of the act read back, and never hold a name`() throws {
        let counts = RewrittenCounts(events: 3, segments: 2, bytes: 4096)
        let erased = PersonErased(
            project: 1, user: 0xAB, rewritten: counts, isComplete: true, actor: "api")
        #expect(try PersonErased(data: erased.bytes) == erased)
        let asked = PersonErasureRequested(project: 1, user: 0xAB, actor: "api")
        #expect(try PersonErasureRequested(data: asked.bytes) == asked)
        for days in [nil, UInt64(30)] {
            let changed = ProjectRetentionChanged(project: 1, keepDays: days, actor: "api")
            #expect(try ProjectRetentionChanged(data: changed.bytes) == changed)
        }
        let expired = ProjectExpired(
            project: 1, before: Timestamp(microseconds: 1_000_000), rewritten: counts,
            actor: "api")
        #expect(try ProjectExpired(data: expired.bytes) == expired)
    }
}
