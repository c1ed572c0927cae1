import Testing

@testable import ErrorModel

/// Secrets planted in places of every recorded event, others each time: none of them reaches the log.
@Suite(.enabled(if: Corpus.isPresent)) struct PlantedSecretTests {
    /// What is planted as the value of a field of this name.
    private static let fields: [(name: String, value: JSONValue)] = [
        ("password", .string("planted-1-hunter")), ("X-Api-Key", .string("planted-2")),
        ("access_token", .array([.string("planted-3"), .string("planted-4")])),
        ("clientSecret", .pairs([("a", .string("planted-5"))])),
        ("Cookie", .string("a=planted-6; b=planted-7")), ("db_passwd", .string("planted-8")),
        ("Authorization", .string("planted-9")),
        ("environ", .pairs([("A", .string("planted-10"))])),
    ]
    /// What is planted behind the text of a string; `planted` must not be found again.
    private static let texts = [
        " http://u:planted-11@h/?token=planted-12&x=1", " password: planted-13", " PWD=planted-14",
        #" {"secret":"planted-15"}"#, " Bearer planted1234567890123456",
        " {'api_key': 'planted-16'}",
        " Authorization: Digest planted-17",
        " -----BEGIN PRIVATE KEY-----\nplanted-18\n-----END PRIVATE KEY-----",
        " ghp_planted0123456789abcdef0123", " eyJplanted1234.eyJplanted1234.planted12345",
        " 4111 1111 1111 1111", " 5555555555554444", " sk_live_planted0123456789abcdef",
    ]
    private static let cards = ["4111 1111 1111 1111", "5555555555554444"]

    /// The names of the protocol under which nothing of the sender is planted.
    private static func isForeign(_ path: [String]) -> Bool {
        guard let first = path.first else { return false }
        return ["modules", "sdk", "debug_meta", "debugIds"].contains(first)
    }

    /// Plants a field in an object, or a text in a string: at one of the places in turn.
    private static func plant(
        _ value: JSONValue, at target: Int, _ counter: inout Int, _ path: [String]
    ) -> JSONValue {
        switch value {
        case .object(let members):
            var planted: [JSONValue.Member] = members.map {
                .init($0.key, plant($0.value, at: target, &counter, path + [$0.key]))
            }
            counter += 1
            if counter == target, !isForeign(path) {
                for field in fields { planted.append(.init(field.name, field.value)) }
            }
            return .object(planted)
        case .array(let items):
            return .array(items.map { plant($0, at: target, &counter, path) })
        case .string(let text):
            counter += 1
            guard counter == target else { return value }
            let isCode = ["context_line", "pre_context", "post_context"].contains(path.last ?? "")
            return .string(text + (isCode ? texts[7] + texts[10] : texts.joined()))
        default: return value
        }
    }

    private static func leaks(_ bytes: [UInt8]) -> [String] {
        (["planted"] + cards).filter { bytes.firstRange(of: Array($0.utf8)) != nil }
    }

    /// What stands around the first thing found, for people.
    private static func around(_ line: [UInt8]) -> String {
        let place = (["planted"] + cards).compactMap { line.firstRange(of: Array($0.utf8)) }.first
        guard let place else { return "the digest" }
        let start = max(0, place.lowerBound - 120)
        return String(decoding: line[start..<min(line.count, place.upperBound + 80)], as: UTF8.self)
    }

    private static func intake(_ payload: Corpus.Payload, _ json: JSONValue) throws -> IntakeEvent {
        try EventIntake.event(
            payload: json.compactBytes.span.bytes, protocol: .sentry,
            receivedAt: Corpus.receivedAt, envelope: payload.facts, newID: Corpus.newID,
            project: 42, salt: Corpus.salt, scrubber: Scrubber(.init()))
    }

    /// Larger payloads would take minutes, and hold the same fields.
    private static let byteLimit = 30_000
    /// Places of one payload that are tried in one run.
    private static let placeLimit = 3

    @Test func `nothing that was planted is stored`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var draws: UInt64 = 0
        var places = 0
        for row in Corpus.rows() where row.expect == "accept" {
            for payload in (try? Corpus.payloads(row)) ?? []
            where payload.bytes.count < Self.byteLimit {
                guard let json = try? JSONValue(parsing: payload.bytes), json.members != nil else {
                    continue
                }
                var count = 0
                _ = Self.plant(json, at: 0, &count, [])
                for _ in 0..<min(count, Self.placeLimit) {
                    // Weyl's sequence: the same seed, the same places.
                    draws += 1
                    let drawn = seed &+ draws &* 0x9E37_79B9_7F4A_7C15
                    let target = 1 + Int(drawn >> 32) % count
                    var counter = 0
                    let planted = Self.plant(json, at: target, &counter, [])
                    guard planted != json else { continue }
                    let event = try Self.intake(payload, planted)
                    let found = Self.leaks(event.line) + Self.leaks(event.digest)
                    places += 1
                    if !found.isEmpty {
                        Issue.record(
                            "seed \(seed): \(row.id) place \(target): \(found) in \(Self.around(event.line))"
                        )
                        return
                    }
                }
            }
        }
        print("\(places) places planted, seed \(seed)")
        #expect(places > 1000)
    }

    @Test func `recorded events keep what tells one error from another`() throws {
        // Changed are those whose own text holds a secret: the corpus plants some.
        var events = 0
        var regrouped: [String] = []
        for row in Corpus.rows() where row.expect == "accept" {
            for payload in (try? Corpus.payloads(row)) ?? [] {
                guard let plain = try? Corpus.intake(payload),
                    let json = try? JSONValue(parsing: payload.bytes)
                else { continue }
                let clean = try Self.intake(payload, json)
                events += 1
                if clean.keys.issue != plain.keys.issue { regrouped.append(row.id) }
                #expect(clean.keys.user == plain.keys.user, "\(row.id)")
            }
        }
        print("\(events) events, in another group without their secrets: \(regrouped)")
        #expect(events > 500 && regrouped.count * 50 < events, "\(regrouped)")
    }
}
