import Foundation
import ErrorModel
import Testing

struct EventIntakeTests {
    static let received = Timestamp(microseconds: 1_800_000_000_000_000)
    static let salt = Array("salt".utf8)
    static let newID = EventID(high: 1, low: 2)

    static func intake(
        _ payload: [UInt8], _ source: EventProtocol = .sentry, _ facts: EnvelopeFacts = .init()
    ) throws -> IntakeEvent {
        try EventIntake.event(
            payload: payload.span.bytes, protocol: source, receivedAt: received, envelope: facts,
            newID: newID, project: 7, salt: salt)
    }

    static func view(_ text: String, _ source: EventProtocol = .sentry) throws -> EventDigestView {
        try EventDigestView(intake(Array(text.utf8), source).digest)
    }

    /// Payloads with all the shapes that SDKs have used.
    static let payloads = [
        #"{"event_id":"6261c2e8dd154238c95e4893a3f10311","timestamp":1767225599.266249,"platform":"javascript","exception":{"values":[{"type":"Inner","value":"i"},{"type":"TypeError","value":"x is \u00fcndefined \ud83d","mechanism":{"type":"onerror","handled":true},"stacktrace":{"frames":[{"function":"main","filename":"https://a.b/app.3f2a1c.js?x","lineno":3,"colno":5,"in_app":true},{"function":"Array.map","filename":"<anonymous>"},{"function":"Object.f","filename":"C:\\dir\\b.js","lineno":1}]}}]},"user":{"id":7,"data":{"account":"acme"}},"tags":[["b","2"],{"key":"a","value":true},["session_id","s1"]],"contexts":{"trace":{"trace_id":"8fe3df4e970106206effd7a99a558d5d"},"response":{"status_code":500}},"fingerprint":["{{ default }}",5],"release":"shop@1"}"#,
        #"{"level":40,"platform":"python","sentry.interfaces.Exception":{"type":"a.b.KeyError","value":null},"sentry.interfaces.Stacktrace":{"frames":[{"function":"<lambda>","module":"shop.views"}]},"tags":{"tenant":"t","n":1.50},"sentry.interfaces.User":{"username":"ann"}}"#,
        #"{"platform":"javascript","exception":{"values":[{"type":"Cause","stacktrace":{"frames":[{"function":"x","filename":"c.js","lineno":1}]}},{"type":"Outer","value":"o 5","stacktrace":{"frames":null}}]}}"#,
        #"{"logentry":{"message":"user %s has %(x)d","params":["42",{"a":[1]}]},"threads":{"values":[{"current":true,"stacktrace":{"frames":[{"function":"run"}]}},{"crashed":true,"stacktrace":{"frames":[{"function":"crash","abs_path":"/a/b.go"}]}}]},"level":"fatal","environment":"staging"}"#,
    ]

    @Test(arguments: payloads)
    func `data gives the same digest again`(payload: String) throws {
        let facts = EnvelopeFacts(
            eventID: EventID(high: 3, low: 4),
            sentAt: Timestamp(microseconds: 1_700_000_000_000_001),
            traceID: "tr\"ace", replayID: "r")
        for facts in [EnvelopeFacts(), facts] {
            let event = try Self.intake(Array(payload.utf8), .sentry, facts)
            let again = try EventIntake.fromData(
                event.data.span.bytes, receivedAt: Self.received, project: 7, salt: Self.salt)
            #expect(again.id == event.id)
            #expect(again.keys == event.keys)
            #expect(again.digest == event.digest)
            #expect(
                try DigestReference.difference(event, receivedAt: Self.received, salt: Self.salt)
                    == nil)
        }
    }

    @Test func `a cause's stack is shown and does not group`() throws {
        let event = try Self.intake(Array(Self.payloads[2].utf8))
        let full = try ErrorEvent.fromData(event.data.span.bytes)
        #expect(full.canonicalText == "Outer|o <num>")
        #expect(try EventDigestView(event.digest).fingerprint == full.fingerprint)
        #expect(full.frames.map(\.function) == ["x"])
    }

    @Test(arguments: payloads)
    func `every truncation is refused and never traps`(payload: String) {
        let bytes = Array(payload.utf8)
        for count in 0..<bytes.count {
            #expect(throws: IntakeError.self) { try Self.intake(Array(bytes[..<count])) }
            #expect(throws: IntakeError.self) { try Self.intake(Array(bytes[..<count]), .native) }
        }
    }

    @Test(arguments: payloads)
    func `every byte mutated keeps both decoders in step`(payload: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("mutation seed \(seed)")
        var random = SeededRandom(seed)
        let original = Array(payload.utf8)
        let interesting = Array("\"\\{}[],:0nt \u{1}".utf8) + [0xFF, 0x80, 0xC3, 0x0A]
        for index in original.indices {
            for _ in 0..<3 {
                var bytes = original
                bytes[index] =
                    Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : interesting.randomElement(using: &random) ?? 0
                guard let event = try? Self.intake(bytes) else { continue }
                let again = try EventIntake.fromData(
                    event.data.span.bytes, receivedAt: Self.received, project: 7, salt: Self.salt)
                let difference = try DigestReference.difference(
                    event, receivedAt: Self.received, salt: Self.salt)
                if again.digest != event.digest || again.keys != event.keys || difference != nil {
                    let text = String(decoding: bytes, as: UTF8.self)
                    Issue.record("seed \(seed), byte \(index): \(difference ?? "") in \(text)")
                }
            }
        }
    }

    @Test func `broken text is mended and the line stays legal JSON`() throws {
        let bytes =
            Array("{\r\n\t\"platform\" : \"a\tb".utf8) + [0xFF, 0x01]
            + Array("\",\n\"release\":\"\\u0000x\\ud800\"}".utf8)
        let event = try Self.intake(bytes)
        let data = try JSONValue(parsing: event.data)
        #expect(data["mended"]?.bool == true)
        #expect(!event.data.contains { $0 < 0x20 })
        let view = try EventDigestView(event.digest)
        #expect(view.flags.contains(.mended))
        #expect(view.platform == "a\u{FFFD}b\u{FFFD}\u{FFFD}")
        #expect(view.release == "\u{FFFD}x\u{FFFD}")
    }

    @Test(arguments: [
        (#"\ud800"#, "\u{FFFD}"), (#"\udc00x"#, "\u{FFFD}x"), (#"a\u0000b"#, nil),
        (#"\ud83d\ude00"#, nil), (#"\ud83d\u0041"#, "\u{FFFD}A"), (#"\\ud800"#, nil),
        (#"\ud800\ud83d\ude00"#, "\u{FFFD}\u{1F600}"), (#"\\\ud800"#, "\\\u{FFFD}"),
        (#"\uD83D\uDE00\u00e9\n"#, nil), (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"),
    ])
    func `escaped halves of pairs are mended and marked, in both protocols`(
        escaped: String, wanted: String?
    ) throws {
        for source in [EventProtocol.sentry, .native] {
            let text = #"{"message":"m","extra":{"k\#(escaped)":["\#(escaped)"]}}"#
            let event = try EventIntake.event(
                payload: Array(text.utf8).span.bytes, protocol: source, receivedAt: Self.received,
                envelope: EnvelopeFacts(), newID: EventID(high: 1, low: 2), project: 7,
                salt: Self.salt)
            let data = try JSONValue(parsing: event.data)
            #expect(data["mended"]?.bool == (wanted == nil ? nil : true))
            let view = try EventDigestView(event.digest)
            #expect(view.flags.contains(.mended) == (wanted != nil))
            let line = String(decoding: event.data, as: UTF8.self)
            guard let wanted else {
                #expect(line.contains(text))
                continue
            }
            let extra = data["payload"]?["extra"]
            #expect(extra?["k\(wanted)"]?.array == [.string(wanted)], "\(line)")
            #expect(!line.lowercased().contains(#"\ud800"#))
            // Foundation is strict about them.
            _ = try JSONSerialization.jsonObject(with: Data(event.data))
        }
    }

    @Test func `wrong types are dropped and named`() throws {
        let text =
            #"{"release":[],"platform":5,"level":{},"exception":7,"tags":"x","user":[],"contexts":3,"timestamp":"never","message":"m"}"#
        let view = try Self.view(text)
        #expect(view.type == "Message" && view.value == "m" && view.level == .error)
        #expect(view.flags.contains(.noRelease))
        let event = try ErrorEvent(payload: Array(text.utf8).span.bytes, protocol: .sentry)
        #expect(
            Set(event.dropped) == [
                "release", "platform", "level", "exception", "tags", "user", "contexts",
                "timestamp",
            ])
    }

    @Test(arguments: ["[]", "null", "5", "\"x\"", " [1] "])
    func `what is no object is refused`(text: String) {
        #expect(throws: IntakeError.notAnObject) { try Self.intake(Array(text.utf8)) }
    }

    @Test func `ids come from the envelope, then the payload, then the caller`() throws {
        let payload = Array(#"{"event_id":"6261C2E8-DD15-4238-C95E-4893A3F10311"}"#.utf8)
        let own = EventID("6261c2e8dd154238c95e4893a3f10311")
        #expect(try Self.intake(payload).id == own)
        #expect(try !String(decoding: Self.intake(payload).data, as: UTF8.self).contains("eventId"))
        let other = EventID(high: 9, low: 9)
        #expect(try Self.intake(payload, .sentry, EnvelopeFacts(eventID: other)).id == other)
        #expect(try Self.intake(Array("{}".utf8)).id == Self.newID)
    }

    @Test func `happened is the earlier of the corrected time and the receipt`() throws {
        let hour: Int64 = 3_600_000_000
        func happened(_ at: Int64, sent: Int64?) throws -> Int64 {
            let time = Timestamp(microseconds: Self.received.microseconds + at).text
            let facts = EnvelopeFacts(
                sentAt: sent.map { Self.received.shifted(byMicroseconds: $0) })
            let event = try Self.intake(Array("{\"timestamp\":\"\(time)\"}".utf8), .sentry, facts)
            return try EventDigestView(event.digest).happened.microseconds
                - Self.received.microseconds
        }
        #expect(try happened(-5, sent: nil) == -5)
        #expect(try happened(hour, sent: nil) == 0)
        #expect(try happened(hour - 7, sent: hour) == -7)
        #expect(try happened(-hour - 7, sent: -hour) == -7)
        #expect(try happened(-7, sent: 59_000_000) == -7)
    }

    @Test func `kinds of event are told apart`() throws {
        #expect(try Self.intake(Array("{}".utf8)).kind == .error)
        #expect(try Self.intake(Array(#"{"type":"feedback"}"#.utf8)).kind == .feedback)
        #expect(try Self.intake(Array(#"{"type":"transaction"}"#.utf8)).kind == .transaction)
    }

    @Test func `issue keys are told apart by project and never zero`() {
        var keys: Set<UInt64> = []
        for project in UInt32(0)..<50 {
            for fingerprint in UInt64(0)..<50 {
                keys.insert(EventKeys.issue(project: project, fingerprint: fingerprint))
            }
        }
        #expect(keys.count == 2500)
        #expect(!keys.contains(0))
        #expect(EventKeys.user("", salt: Self.salt) == 0)
        #expect(EventKeys.user("a", salt: Self.salt) != EventKeys.account("a", salt: Self.salt))
        #expect(EventKeys.trace("AB-cd") == EventKeys.trace("abcd"))
    }

    @Test(arguments: [
        ("onunhandledrejection", true, Action.rejection), ("promise", true, .rejection),
        ("auto.http.client.fetch", false, .httpError), ("HTTPClientError", true, .httpError),
        ("onerror", true, .unhandled), ("instrument", true, .unhandled),
        ("auto.browser.global_handlers.onerror", true, .unhandled),
        ("auto.browser.browserapierrors.setTimeout", true, .unhandled),
        ("UncaughtExceptionHandler", true, .unhandled), ("django", false, .unhandled),
        ("generic", true, .caught), ("logging", true, .caught),
    ])
    func `a mechanism gives its action`(type: String, handled: Bool, action: Action) {
        let rule = ActionRule(mechanismType: type, saysUnhandled: !handled, hasMechanism: true)
        #expect(rule.action == action)
    }

    @Test func `an action without a telling mechanism`() {
        #expect(ActionRule(level: .fatal).action == .unhandled)
        #expect(ActionRule(hasMechanism: true, level: .fatal).action == .caught)
        #expect(ActionRule(hasException: false, level: .fatal).action == .caught)
        #expect(ActionRule(responseStatus: 500).action == .httpError)
        #expect(ActionRule(responseStatus: 499).action == .caught)
        #expect(ActionRule(saysUnhandled: true, responseStatus: 500).action == .unhandled)
    }
}
