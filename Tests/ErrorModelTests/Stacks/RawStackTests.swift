import ErrorModel
import Testing

/// Events of our own JSON whose stack is text.
struct RawStackTests {
    private static func event(_ members: [(String, JSONValue)]) throws -> IntakeEvent {
        try EventIntakeTests.intake(JSONValue.pairs(members).compactBytes, .native)
    }

    private static func digest(_ event: IntakeEvent) throws -> EventDigestView {
        try EventDigestView(event.digest)
    }

    private static func expectAgreement(_ event: IntakeEvent) throws {
        let difference = try DigestReference.difference(
            event, receivedAt: EventIntakeTests.received, salt: EventIntakeTests.salt)
        #expect(difference == nil)
    }

    private static let script = """
        TypeError: no id
            at new Promise (<anonymous>)
            at Object.checkout (https://shop.example/js/app.js:10:5)
            at async onClick [as click] (https://shop.example/js/button.js:1:2)
            at callHandler (https://shop.example/js/react-dom.js:3:4)
        """

    @Test(arguments: ["javascript", "node", ""])
    func `frames of a script's stack enter fingerprint and culprit`(platform: String) throws {
        let event = try Self.event([
            ("type", "TypeError"), ("message", "no id"), ("platform", .string(platform)),
            ("stack", .string(Self.script)),
        ])
        let view = try Self.digest(event)
        #expect(HexText.text(view.fingerprint) == "30b4d8a9847d6360")
        #expect(view.culprit == "Promise")
        #expect(view.platform == (platform.isEmpty ? "javascript" : platform))
        try Self.expectAgreement(event)
        let full = try ErrorEvent.fromData(event.data.span.bytes)
        #expect(full.frames.count == 4 && full.frames[1].line == 10 && full.frames[0].isNative)
        #expect(full.rawStack == Self.script)
    }

    @Test func `type, message and causes that are missing come from the stack`() throws {
        let text = """
            Traceback (most recent call last):
              File "/srv/shop/views.py", line 6, in load
                return open(path)
            FileNotFoundError: none

            The above exception was the direct cause of the following exception:

            Traceback (most recent call last):
              File "/srv/shop/run.py", line 2, in <module>
                load()
            shop.errors.Broken: cannot load
            """
        let event = try Self.event([("message", "it broke"), ("stack", .string(text))])
        let view = try Self.digest(event)
        #expect(view.type == "Broken" && view.value == "it broke" && view.platform == "python")
        #expect(view.culprit == "<module> in /srv/shop/run.py")
        let canonical = "Broken|<module>@run.py"
        #expect(view.fingerprint == Fingerprint.hash(canonical: canonical))
        try Self.expectAgreement(event)
        let full = try ErrorEvent.fromData(event.data.span.bytes)
        #expect(full.exceptions.map(\.type) == ["Broken", "FileNotFoundError"])
        #expect(full.exceptions[1].frames.map(\.function) == ["load"])
        #expect(full.frames.first?.contextLine == "load()")
        let typed = try Self.event([("type", "E"), ("stack", .string(text))])
        #expect(try Self.digest(typed).value == "cannot load")
        try Self.expectAgreement(typed)
    }

    @Test func `frames that are sent win over the text`() throws {
        let event = try Self.event([
            ("type", "TypeError"), ("stack", .string(Self.script)),
            ("frames", [["function": "f", "file": "a.js"]]),
        ])
        #expect(try Self.digest(event).culprit == "f in a.js")
        try Self.expectAgreement(event)
    }

    @Test(arguments: ["", "it failed", "at noon", "\u{0}\u{FFFF}", "Error: x"])
    func `a text without frames changes nothing`(text: String) throws {
        let with = try Self.event([("type", "E"), ("message", "m"), ("stack", .string(text))])
        let without = try Self.event([("type", "E"), ("message", "m")])
        #expect(with.digest == without.digest)
        try Self.expectAgreement(with)
    }

    @Test func `what is written is decoded to the same event`() throws {
        let body: JSONValue = [
            "message": "no id", "action": "CAUGHT", "stack": .string(Self.script),
        ]
        let event = try ErrorEvent(payload: body.compactBytes.span.bytes, protocol: .native)
        var writer = JSONWriter()
        event.write(to: &writer)
        let again = try ErrorEvent(payload: writer.bytes.span.bytes, protocol: .native)
        #expect(again == event)
    }
}
