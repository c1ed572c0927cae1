import ErrorModel
import Testing

@testable import FaultlogClient

/// What is sent is what the server's decoder reads.
struct EventEncodingTests {
    private static func decoded(_ event: OutgoingEvent) throws -> ErrorEvent {
        let line = try #require(EventEncoding.line(event))
        #expect(!line.contains(UInt8(ascii: "\n")))
        return try ErrorEvent(payload: line.span.bytes, protocol: .native)
    }

    static var full: OutgoingEvent {
        var event = OutgoingEvent(
            id: "6261c2e8dd154238c95e4893a3f10311", timestampMicroseconds: 1_795_169_472_345_678)
        event.level = .fatal
        event.action = .httpError
        event.type = "Shop.PaymentError.declined"
        event.message = "card declined"
        event.frames = [
            .init(function: "pay(with:)", file: "Shop/Pay.swift", module: "Shop", line: 12),
            .init(function: "main()", file: "Lib/Main.swift", inApp: false),
        ]
        event.causes = [.init(type: "NSURLErrorDomain -1004", message: "no connection")]
        event.release = "1.2.3"
        event.environment = "production"
        event.user = .init(
            id: "u1", username: "ada", email: "a@example.org", name: "Ada", ip: "192.0.2.1")
        event.account = .init(id: "acme", name: "Acme Corp")
        event.sessionID = "s1"
        event.traceID = "t1"
        event.transaction = "POST /pay"
        event.breadcrumbs = [
            .init(
                timestampMicroseconds: 1_795_169_472_000_000, category: "http",
                message: "GET /cart", level: .warning, data: ["status": 200])
        ]
        event.tags = ["region": "eu", "a": "b"]
        event.contexts = ["runtime": ["name": "swift", "threads": 4]]
        event.extra = [
            "list": [1, 2.5, true, nil, "x"], "nan": .double(.nan), "big": .integer(.min),
        ]
        event.fingerprint = ["{{ default }}", "pay"]
        return event
    }

    @Test func `every field arrives`() throws {
        let event = try Self.decoded(Self.full)
        #expect(event.id?.text == Self.full.id)
        #expect(event.timestamp?.microseconds == Self.full.timestampMicroseconds)
        #expect(event.level == .fatal && event.action == .httpError && event.saysHow)
        #expect(event.platform == "swift" && event.transaction == "POST /pay")
        #expect(
            event.exceptions.map(\.type) == [
                "Shop.PaymentError.declined", "NSURLErrorDomain -1004",
            ])
        #expect(event.exceptions.map(\.value) == ["card declined", "no connection"])
        #expect(event.frames.map(\.function) == ["pay(with:)", "main()"])
        #expect(event.frames.map(\.file) == ["Shop/Pay.swift", "Lib/Main.swift"])
        #expect(
            event.frames.map(\.line) == [12, nil] && event.frames.map(\.module) == ["Shop", nil])
        #expect(event.frames.map(\.inApp) == [true, false])
        #expect(event.release == "1.2.3" && event.environment == "production")
        #expect(event.user?.id == "u1" && event.user?.username == "ada")
        #expect(event.user?.email == "a@example.org" && event.user?.name == "Ada")
        #expect(event.user?.ip == "192.0.2.1")
        #expect(event.account == AccountInfo(id: "acme", name: "Acme Corp"))
        #expect(event.sessionID == "s1" && event.traceID == "t1")
        #expect(
            event.tags.map(\.key) == ["a", "region"] && event.tags.map(\.value) == ["b", "eu"])
        #expect(event.clientFingerprint == ["{{ default }}", "pay"])
        let crumb = try #require(event.breadcrumbs.first)
        #expect(crumb.timestamp?.microseconds == 1_795_169_472_000_000)
        #expect(crumb.category == "http" && crumb.message == "GET /cart")
        #expect(crumb.level == "warning" && crumb.data?["status"]?.int64 == 200)
        #expect(event.contexts?["runtime"]?["threads"]?.int64 == 4)
        let list = event.extra?["list"]?.array
        #expect(list == [.number("1"), .number("2.5"), .bool(true), .null, .string("x")])
        #expect(event.extra?["nan"]?.string == "nan")
        #expect(event.extra?["big"]?.int64 == .min)
        #expect(event.sdk?["name"]?.string == "faultlog.swift")
        #expect(event.dropped.isEmpty)
    }

    @Test(arguments: OutgoingEvent.Action.allCases)
    func `every action is one that the server knows`(action: OutgoingEvent.Action) throws {
        var event = Self.full
        event.action = action
        let decoded = try Self.decoded(event)
        #expect(decoded.action.name == action.rawValue && decoded.saysHow)
    }

    @Test(arguments: OutgoingEvent.Level.allCases)
    func `every level is one that the server knows`(level: OutgoingEvent.Level) throws {
        var event = Self.full
        event.level = level
        #expect(try Self.decoded(event).level.name == level.rawValue)
    }

    static let hostile: [String] = [
        "\u{0}", "a\u{0}b", "\"", "\\", "\\\"", "\n\r\t\u{8}\u{c}\u{1f}\u{7f}", "\u{2028}\u{2029}",
        "}]}\n{\"type\":\"x\"}", "\u{FEFF}", "é👩‍👩‍👧‍👦", "e\u{301}\u{301}", "\u{10FFFF}", "\u{FFFF}", "'",
        "\\u0000",
        String(decoding: [0x61, 0xFF, 0xC3, 0x28], as: UTF8.self),
    ]

    @Test(arguments: hostile)
    func `any text arrives as it is`(text: String) throws {
        var event = Self.full
        event.type = text
        event.message = text
        event.tags = [text: text]
        event.extra = [text: .string(text)]
        event.fingerprint = [text]
        event.breadcrumbs[0].message = text
        event.user = .init(id: text)
        let decoded = try Self.decoded(event)
        #expect(decoded.type.map { Array($0.utf8) } == Array(text.utf8))
        #expect(decoded.value.map { Array($0.utf8) } == Array(text.utf8))
        #expect(decoded.tags.first?.value == text && decoded.tags.first?.key == text)
        #expect(decoded.extra?[text]?.string == text)
        #expect(decoded.clientFingerprint == [text])
        #expect(decoded.breadcrumbs.first?.message == text && decoded.user?.id == text)
    }

    @Test func `what is too long is cut and says so`() throws {
        var event = Self.full
        event.message = String(repeating: "x", count: 1 << 20)
        event.tags = ["k": String(repeating: "é", count: 1000)]
        event.extra = ["deep": (0..<1000).reduce("x") { value, _ in [value] }]
        let decoded = try Self.decoded(event)
        #expect(decoded.value?.hasSuffix("x… [cut: 1048576 bytes]") == true)
        #expect((decoded.value?.utf8.count ?? 0) < TextLimits.message + 40)
        // Never in the middle of a character.
        #expect(
            decoded.tags.first?.value == String(repeating: "é", count: 128) + "… [cut: 2000 bytes]")
        #expect(decoded.extra?["deep"] != nil)
    }

    @Test func `text is cut between characters`() {
        #expect(TextLimits.cut("abc", to: 3) == "abc")
        #expect(TextLimits.cut("abcd", to: 3) == "abc… [cut: 4 bytes]")
        #expect(TextLimits.cut("aé", to: 2) == "a… [cut: 3 bytes]")
        #expect(TextLimits.cut("👩‍👩‍👧‍👦", to: 3) == "… [cut: 25 bytes]")
        #expect(TextLimits.cut("a", to: -1) == "… [cut: 1 bytes]")
    }

    @Test func `an event that is too large loses its extras, then its breadcrumbs`() throws {
        let text = AttributeValue.string(String(repeating: "x", count: 4000))
        var event = Self.full
        event.extra = ["all": .array(Array(repeating: text, count: 1000))]
        var decoded = try Self.decoded(event)
        #expect(decoded.extra?["faultlogCut"] != nil && decoded.breadcrumbs.count == 1)
        event.extra = [:]
        event.breadcrumbs = Array(
            repeating: .init(timestampMicroseconds: 0, message: "m", data: ["d": text]),
            count: 100)
        decoded = try Self.decoded(event)
        #expect(decoded.breadcrumbs.isEmpty && decoded.type == event.type)
        event = Self.full
        event.frames = Array(
            repeating: .init(function: String(repeating: "f", count: 300), file: "f"), count: 200)
        event.tags = Dictionary(uniqueKeysWithValues: (0..<1000).map { ("\($0)", "v") })
        decoded = try Self.decoded(event)
        #expect(decoded.frames.count == TextLimits.frames && decoded.tags.count == TextLimits.tags)
        #expect(EventEncoding.line(event, byteLimit: 100) == nil)
    }

    @Test func `an event that says nothing is not sent`() {
        var event = OutgoingEvent(id: "x", timestampMicroseconds: 0)
        #expect(EventEncoding.line(event) == nil)
        event.type = ""
        event.message = ""
        #expect(EventEncoding.line(event) == nil)
        event.message = "m"
        #expect(EventEncoding.line(event) != nil)
    }

    @Test(
        arguments: [
            0, 1, -1, 951_782_400_000_000, 951_868_799_999_999, 1_795_169_472_345_678,
            -62_135_596_800_000_000, 253_402_300_799_999_999, 4_107_542_399_000_001,
        ] as [Int64])
    func `a time reads back as it was`(microseconds: Int64) {
        let text = TimeText.text(microseconds: microseconds)
        #expect(Timestamp(text: text)?.microseconds == microseconds)
    }

    @Test func `a time that no calendar has is moved to its end`() {
        #expect(TimeText.text(microseconds: .max) == "9999-12-31T23:59:59.999999Z")
        #expect(TimeText.text(microseconds: .min) == "0001-01-01T00:00:00.000000Z")
    }

    @Test func `ids are those of the server`() {
        #expect(RandomID.text(high: 1, low: .max) == "0000000000000001ffffffffffffffff")
        let id = RandomID.text()
        #expect(EventID(id)?.text == id && RandomID.text() != id)
        #expect(RandomID.isID(id) && !RandomID.isID(String(repeating: "0", count: 32)))
    }
}
