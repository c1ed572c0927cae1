import ErrorModel
import Testing

struct NativeTests {
    static let full = #"""
        {"id":"6261c2e8dd154238c95e4893a3f10311","timestamp":"2026-11-20T10:11:12.345Z","level":"error","action":"UNHANDLED","platform":"javascript","type":"TypeError","message":"no id",
        "frames":[{"function":"checkout","file":"app.js","line":10,"column":5,"module":null,"inApp":true},{"function":"onClick","file":"button.js"},{"function":"callHandler","file":"react-dom.js"},{"function":"x","file":"y.js"}],
        "causes":[{"type":"Inner","message":"i","frames":[]}],"release":"1.2.3","user":{"id":"u1","email":"a@example.org"},"account":{"id":"acme","name":"Acme Corp"},
        "sessionId":"s","windowId":"w","traceId":"t","replayId":"r","breadcrumbs":[{"category":"fetch","message":"GET /cart","data":{}}],"logs":[{"level":"info","message":"l"}],
        "tags":{"region":"eu"},"contexts":{"a":{}},"sdk":{"name":"n","version":"1"}}
        """#

    @Test func `one event is decoded`() throws {
        let event = try EventIntakeTests.intake(Array(Self.full.utf8), .native)
        let view = try EventDigestView(event.digest)
        #expect(HexText.text(view.fingerprint) == "30b4d8a9847d6360")
        #expect(view.type == "TypeError" && view.value == "no id" && view.action == .unhandled)
        #expect(view.culprit == "checkout in app.js" && view.release == "1.2.3")
        #expect(view.environment == "production")
        #expect(view.account == EventKeys.account("acme", salt: EventIntakeTests.salt))
        #expect(event.keys.session == EventKeys.session("s"))
        #expect(event.keys.trace == EventKeys.trace("t"))
        let difference = try DigestReference.difference(
            event, receivedAt: EventIntakeTests.received, salt: EventIntakeTests.salt)
        #expect(difference == nil)
    }

    @Test func `what is written is decoded to the same event`() throws {
        let event = try ErrorEvent(payload: Array(Self.full.utf8).span.bytes, protocol: .native)
        var writer = JSONWriter()
        event.write(to: &writer)
        let again = try ErrorEvent(payload: writer.bytes.span.bytes, protocol: .native)
        #expect(again == event)
        #expect(event.exceptions.count == 2 && event.frames.count == 4)
        #expect(event.account?.name == "Acme Corp" && event.windowID == "w")
    }

    private static func batch(_ body: String, limit: Int = 1 << 20) -> NativeBatch {
        NativeBatch(
            body: Array(body.utf8).span.bytes, receivedAt: EventIntakeTests.received, project: 1,
            salt: [], eventByteLimit: limit, newID: { EventIntakeTests.newID })
    }

    @Test func `a body is an object, an array or lines`() {
        #expect(Self.batch(Self.full).events.count == 1)
        #expect(Self.batch("[\(Self.full), {\"message\":\"m\"}]").events.map(\.number) == [1, 2])
        let lines = Self.batch("{\"type\":\"A\"}\r\n\n{\"message\":\"m\"}\n")
        #expect(lines.events.map(\.number) == [1, 3])
        #expect(lines.refused.isEmpty)
    }

    @Test func `bad parts are refused with their place and the good ones kept`() {
        let lines = Self.batch("{\"type\":\"A\"}\n{\"level\":1}\n{oops\n7\n{\"type\":\"B\"}")
        #expect(lines.events.map(\.number) == [1, 5])
        #expect(lines.refused.map(\.number) == [2, 3, 4])
        #expect(lines.refused.map(\.offset) == [13, 25, 31])
        #expect(lines.refused[0].reason == "neither type nor message is given")
        let array = Self.batch("[{\"type\":\"A\"},5,{\"type\":\"B\"} {}]")
        #expect(array.events.map(\.number) == [1, 3])
        #expect(array.refused.map(\.number) == [2, 4])
        #expect(Self.batch("").refused.count == 1)
        #expect(Self.batch("nonsense").refused.count == 1)
        #expect(Self.batch("[").refused.count == 1)
    }

    @Test func `an event that is too large is refused and the others are kept`() {
        let lines = Self.batch("{\"type\":\"A\"}\n{\"type\":\"Long\"}\n{\"type\":\"B\"}", limit: 12)
        #expect(lines.events.map(\.number) == [1, 3])
        #expect(lines.refused.map(\.number) == [2])
        #expect(lines.tooLargeCount == 1)
    }
}
