import Testing

@testable import ErrorModel

@Suite struct TellingPlacesTests {
    /// The same by looking at one byte after the other.
    private static func slowPlaces(_ text: [UInt8], findsAddresses: Bool) -> [Int] {
        var places: [Int] = []
        var isInString = false
        var isEscaped = false
        var wasScalar = false
        for (index, byte) in text.enumerated() {
            // Outside of strings as well, where no JSON has a backslash.
            let isQuote = byte == UInt8(ascii: "\"") && !isEscaped
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            func before(_ count: Int) -> UInt8 { index >= count ? text[index - count] : 0 }
            if isInString {
                if isQuote {
                    places.append(index)
                    isInString = false
                } else if isTelling() {
                    places.append(index)
                }
                wasScalar = false
                continue
            }
            let isBlank = byte <= 0x20
            let isPunctuation = isQuote || Array("{}[],:=%@".utf8).contains(byte)
            let isScalar = !isBlank && !isPunctuation
            if isQuote || Array("{}[]".utf8).contains(byte) || isScalar && !wasScalar {
                places.append(index)
            }
            wasScalar = isScalar
            isInString = isQuote

            func isTelling() -> Bool {
                if Array("=:%@_IzJ-".utf8).contains(byte) { return true }
                if byte == UInt8(ascii: " "), [0x72, 0x63].contains(before(1) | 0x20),
                    [0x65, 0x69].contains(before(2) | 0x20)
                {
                    return true
                }
                guard ASCII.isDigit(before(1)), !ASCII.isDigit(byte) else { return false }
                return byte == UInt8(ascii: " ") || findsAddresses && byte == UInt8(ascii: ".")
                    || ASCII.isDigit(before(7)) && ASCII.isDigit(before(13))
            }
        }
        return places
    }

    private static func all(_ places: consuming TellingPlaces, of count: Int) -> [Int] {
        var found: [Int] = []
        while true {
            let place = places.next()
            guard place < count else { return found }
            found.append(place)
        }
    }

    /// Something like JSON, with strings that hold a bit of all that matters.
    private static func text(_ random: inout SeededRandom) -> [UInt8] {
        let outside = ["{", "}", "[", "]", ",", ":", " ", "\n", "1", "-2.5e3", "true", "null"]
        let inside = [
            "a", "\\\"", "\\\\", "\\n", "\\u00a0", "4111 1111 1111 1111", "4111111111111111",
            "10.0.0.1", "Bearer x", "basic ", "eyJ", "ghp_", "--", "=", ":", "%3D", "@", "é", " ",
            "{", "]", ",", "123456789012", "I", "z", "_",
        ]
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            if Bool.random(using: &random) {
                bytes += Array(outside.randomElement(using: &random)!.utf8)
            } else {
                bytes.append(UInt8(ascii: "\""))
                for _ in 0..<Int.random(in: 0...8, using: &random) {
                    bytes += Array(inside.randomElement(using: &random)!.utf8)
                }
                // Some strings do not end.
                if Int.random(in: 0..<50, using: &random) > 0 { bytes.append(UInt8(ascii: "\"")) }
            }
        }
        return bytes
    }

    @Test(arguments: [true, false])
    func `they are those that a slow look finds, with wide vectors and without`(
        findsAddresses: Bool
    ) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            let text = Self.text(&random)
            let wanted = Self.slowPlaces(text, findsAddresses: findsAddresses)
            let (fast, plain) = text.withUnsafeBytes { bytes in
                let json = JSONBytes(bytes)
                return (
                    Self.all(
                        TellingPlaces(json, findsAddresses: findsAddresses), of: text.count),
                    Self.all(
                        TellingPlaces(.plain(json, findsAddresses: findsAddresses)), of: text.count)
                )
            }
            guard fast == wanted, plain == wanted else {
                Issue.record(
                    """
                    seed \(seed): \(String(decoding: text, as: UTF8.self))
                    wanted \(wanted), vectors \(fast), none \(plain)
                    """)
                return
            }
        }
    }

    @Test func `passing over some leaves the others`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            let text = Self.text(&random)
            let wanted = Self.slowPlaces(text, findsAddresses: true)
            let isRight = text.withUnsafeBytes { bytes in
                let json = JSONBytes(bytes)
                var places = TellingPlaces(json, findsAddresses: true)
                var last = -1
                for _ in 0..<20 {
                    let place: Int
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0:
                        place = places.next()
                        if place != wanted.first(where: { $0 > last }) ?? text.count {
                            return false
                        }
                    case 1:
                        let from = last + Int.random(in: 1...150, using: &random)
                        places.skip(to: from)
                        last = from - 1
                        continue
                    default:
                        place = places.nextQuote()
                        let quote = wanted.first { $0 > last && text[$0] == UInt8(ascii: "\"") }
                        if place != quote ?? text.count { return false }
                    }
                    if place == text.count { return true }
                    last = place
                }
                return true
            }
            guard isRight else {
                Issue.record("seed \(seed): \(String(decoding: text, as: UTF8.self))")
                return
            }
        }
    }

    /// Nothing depends on where in a vector a secret lies.
    @Test(arguments: [
        "4111 1111 1111 1111", "4111111111111111", "Bearer abcdefgh12345678901234",
        "https://me:secret@example.org/", "ghp_0123456789abcdef0123", "?token=a1b2c3d4",
        "eyJhbGciOiJ.eyJzdWIiOi.SflKxwRJS12", "\\u00a04111111111111111", "password%3Dabcdef12",
    ])
    func `a secret is found wherever it lies`(secret: String) throws {
        let scrubber = Scrubber(ScrubbingRules())
        func scrubbed(_ text: String) throws -> String {
            let found = Array(text.utf8).withUnsafeBytes { scrubber.scrub($0) }
            return String(decoding: try #require(found).bytes, as: UTF8.self)
        }
        let shortest = try scrubbed(#"{"a":"\#(secret)"}"#)
        for count in 0..<140 {
            let padding = String(repeating: ".", count: count)
            let found = try scrubbed(#"{"pad":"\#(padding)","a":"\#(secret)"}"#)
            #expect(found == #"{"pad":"\#(padding)",\#(shortest.dropFirst())"#)
        }
    }

    @Test func `plain names are plain, and nearly all have a place`() {
        var found = 0
        for name in PlainNames.names {
            Array(name.utf8).withUnsafeBytes { bytes in
                #expect(SensitiveKey.classify(bytes) == .none, "\(name)")
                if PlainNames.shared.role(bytes) != nil { found += 1 }
            }
        }
        #expect(found >= PlainNames.names.count * 8 / 10)
        for name in ["", "a", "password", "api_key", "ip_address", "token", "filenam", "filenamE"] {
            Array(name.utf8).withUnsafeBytes {
                #expect(PlainNames.shared.role($0) == nil, "\(name)")
            }
        }
        let roles: [(String, PlainNames.Role)] = [
            ("key", .naming), ("name", .naming), ("sdk", .programs), ("modules", .programs),
            ("debug_meta", .programs), ("debugIds", .programs), ("type", .none),
        ]
        for (name, role) in roles {
            Array(name.utf8).withUnsafeBytes { #expect(PlainNames.shared.role($0) == role) }
        }
    }
}
