import ErrorModel
import Testing

/// Templates with their parameters, as SDKs send them that do not send the text.
struct MessageFormatTests {
    private static func text(
        _ template: String, _ parameters: JSONValue, platform: String
    )
        throws -> String?
    {
        let entry = JSONValue.object([
            .init("platform", .string(platform)),
            .init("logentry", ["message": .string(template), "params": parameters]),
        ])
        let event = try EventIntakeTests.intake(Array(entry.compactText.utf8))
        let difference = try DigestReference.difference(
            event, receivedAt: EventIntakeTests.received, salt: EventIntakeTests.salt)
        #expect(difference == nil)
        let decoded = try ErrorEvent.fromData(event.data.span.bytes)
        return decoded.message
    }

    @Test(
        arguments: [
            ("could not bill %s: %s", ["acme", ["code": 17]], "could not bill acme: {'code': 17}"),
            ("%s %s %s", [nil, true, false], "None True False"),
            ("%s", [["a", 1, nil, [.number("2.5")]]], "['a', 1, None, [2.5]]"),
            ("%r and %r", ["it's", "\"a\" 'b'\n"], #""it's" and '"a" \'b\'\n'"#),
            (
                "%.2f %5d|%-5d|%05d %+d", [.number("1.2345"), 5, 5, 5, 5],
                "1.23     5|5    |00005 +5"
            ),
            (
                "%x %#X %o %e %g", [255, 255, 8, 1500, .number("0.0001")],
                "ff 0XFF 10 1.500000e+03 0.0001"
            ),
            ("%5s|%-5s|%.2s", ["ab", "ab", "abc"], "   ab|ab   |ab"),
            ("%d %d", ["x", -7], "x -7"), ("%s of 100%%", [3], "3 of 100%"),
            ("%(who)s has %(n)03d", ["who": "ann", "n": 7], "ann has 007"),
            ("%s %s", ["one"], "one %s"),
            ("%999999999d", [1], String(repeating: " ", count: 255) + "1"),
        ] as [(String, JSONValue, String)])
    func `Python's are printed as Python does`(
        template: String, parameters: JSONValue, text: String
    ) throws {
        #expect(try Self.text(template, parameters, platform: "python") == text)
    }

    @Test(
        arguments: [
            ("%s %s %s", [nil, true, ["a": [1]]], #"null true {"a":[1]}"#),
            ("%.2f {} {0}", [.number("1.2345"), "x"], "1.2345 x 1.2345"),
        ] as [(String, JSONValue, String)])
    func `others are printed as JSON`(
        template: String, parameters: JSONValue, text: String
    ) throws {
        #expect(try Self.text(template, parameters, platform: "java") == text)
    }
}
