import ErrorModel
import Foundation
import Testing

struct JSONScannerTests {
    static func isValid(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try JSONValue(parsing: bytes)
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "-0.0", "1e5", "1E+5", "1.5e-10", "\"\"",
        " [ 1 , 2 ] ", "{\"a\":{\"b\":[{}]}}", "\"\\u00e9\\ud83d\\n\"", "[1,\"x\",null,true]",
        "1208925819614629174706176", "5e-324", "\"\u{e9}\u{1F6D2}\"", "\t\r\n{ }\n",
    ])
    func `valid text is taken`(text: String) {
        #expect(Self.isValid(Array(text.utf8)))
    }

    @Test(arguments: [
        "{", "[", "]", "}", "{]", "[}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}",
        "{\"a\":1,}", "{,}", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity",
        "tru", "truE", "nul", "falsy", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
        "\"a\nb\"", "[1 2]", "{} {}", "1 1", "'a'", "{\"a\":1 \"b\":2}", "[1]]", "\u{feff}{}",
    ])
    func `invalid text is refused, taken or skipped`(text: String) {
        let bytes = Array(text.utf8)
        #expect(!Self.isValid(bytes))
        #expect(!Self.isValid(Array("[".utf8) + bytes + Array("]".utf8)))
        #expect(throws: JSONError.self) {
            try bytes.withJSON { (text) throws(JSONError) in
                var scanner = try JSONScanner(text)
                try scanner.skipValue()
                try scanner.expectEnd()
            }
        }
    }

    /// One byte of a kind at each place of a string, behind which the text ends at each distance: strings
    /// are looked at 16 bytes at a time.
    @Test(arguments: [
        UInt8(ascii: "x"), UInt8(ascii: "\""), 0x5C, 0x1F, 0x00, 0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F,
        0xC3,
    ])
    func `a byte at any place of a string is what it is`(special: UInt8) throws {
        for length in 0...50 {
            for place in 0...length {
                for rest in [0, 1, 15, 16, 40] {
                    var content = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    content.insert(special, at: place)
                    // An escape needs a letter behind it; two bytes make one character.
                    if special == 0x5C { content.insert(UInt8(ascii: "n"), at: place + 1) }
                    if special == 0xC3 { content.insert(0xA9, at: place + 1) }
                    let text = [0x22] + content + [0x22] + [UInt8](repeating: 0x20, count: rest)
                    try Self.expectString(text, special, place, content.count)
                }
            }
        }
    }

    @Test func `what lies behind the text is not looked at`() throws {
        // A quote right behind the end, and all that 16 bytes could hold.
        for count in 1...40 {
            for behind in [UInt8(ascii: "\""), 0x5C, 0x00, 0xFF] {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
                bytes[0] = UInt8(ascii: "\"")
                bytes += [UInt8](repeating: behind, count: 64)
                try bytes.withUnsafeBytes { buffer in
                    let text = JSONBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    var scanner = try JSONScanner(text)
                    #expect(throws: JSONError(.unexpectedEnd, at: count)) {
                        _ = try scanner.takeString()
                    }
                    #expect(!scanner.sawNonASCII)
                }
            }
        }
    }

    private static func expectString(
        _ text: [UInt8], _ special: UInt8, _ place: Int, _ count: Int
    ) throws {
        try text.withJSON { (bytes) throws(JSONError) in
            var scanner = try JSONScanner(bytes, toleratesBadText: true)
            let slice = try scanner.takeString()
            let isEnd = special == UInt8(ascii: "\"")
            #expect(
                slice
                    == JSONSlice(
                        offset: 1, count: isEnd ? place : count, hasEscapes: special == 0x5C))
            #expect(scanner.position == slice.range.upperBound + 1)
            #expect(scanner.sawControlInString == (special < 0x20))
            // May also be said where a neighbour is; never left unsaid.
            #expect(scanner.sawNonASCII == (special >= 0x80))
        }
        if special < 0x20 {
            #expect(throws: JSONError(.controlCharacter, at: 1 + place)) {
                try text.withJSON { (bytes) throws(JSONError) in
                    var scanner = try JSONScanner(bytes)
                    _ = try scanner.takeString()
                }
            }
        }
    }

    @Test func `an error says where`() {
        #expect(throws: JSONError(.unexpectedByte, at: 6)) { try JSONValue(parsing: "[1, 2 3]") }
        #expect(throws: JSONError(.unexpectedEnd, at: 5)) { try JSONValue(parsing: "{\"a\":") }
        #expect(throws: JSONError(.invalidUTF8, at: 1)) {
            try JSONValue(parsing: [0x22, 0xFF, 0x22])
        }
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")])
    func `nesting beyond the limit is refused without recursion`(open: String, close: String) {
        let levels = open.filter { $0 == "[" || $0 == "{" }.count
        for (count, isTaken) in [(JSONLimits.depth, true), (JSONLimits.depth + 2, false)] {
            let text = String(repeating: open, count: count / levels) + "1"
            let whole = text + String(repeating: close, count: count / levels)
            #expect(Self.isValid(Array(whole.utf8)) == isTaken)
        }
        let bomb = Array(String(repeating: open, count: 50_000).utf8)
        #expect(!Self.isValid(bomb))
        let event = Array("{\"x\":".utf8) + bomb
        #expect(throws: IntakeError.self) { try Corpus.intake(.init(bytes: event, facts: .init())) }
    }

    @Test func `strings are unescaped and mended`() throws {
        let text =
            "[\"a\\u0041\\n\\ud83d\\ude00\", \"half \\ud83d pair\", \"\\ude00\", \"\\u0000\"]"
        let list = try JSONValue(parsing: text).array?.compactMap(\.string)
        #expect(list == ["aA\n\u{1F600}", "half \u{FFFD} pair", "\u{FFFD}", "\0"])
    }

    @Test func `the last of two equal keys wins`() throws {
        #expect(try JSONValue(parsing: "{\"a\":1,\"a\":2}")["a"] == .number("2"))
    }

    @Test func `what is written is read back`() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("quote\"\\\u{1}", "line\n\t\u{1F600}")
        writer.member("n", Int64.min)
        writer.key("list")
        writer.beginArray()
        writer.double(0.1)
        writer.double(.nan)
        writer.bool(true)
        writer.endArray()
        writer.member("at", Timestamp(microseconds: 1_500))
        writer.endObject()
        let value = try JSONValue(parsing: writer.bytes)
        #expect(value["quote\"\\\u{1}"]?.string == "line\n\t\u{1F600}")
        #expect(value["n"]?.int64 == .min)
        #expect(value["list"] == [.number("0.1"), nil, true])
        #expect(value["at"]?.string == "1970-01-01T00:00:00.001500Z")
        #expect(value.compactBytes == writer.bytes)
    }

    @Test func `random small texts are judged as Foundation judges them`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("JSON differential seed \(seed)")
        var random = SeededRandom(seed)
        let alphabet = Array("{}[]\",:\\u0eE+-. tfn1alsrud".utf8)
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                bytes.append(alphabet.randomElement(using: &random) ?? 0x20)
            }
            let theirs =
                (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed))
                != nil
            if theirs != Self.isValid(bytes), !Self.isKnownDifference(bytes) {
                Issue.record("\(String(decoding: bytes, as: UTF8.self)): \(theirs), seed \(seed)")
            }
        }
    }

    /// Foundation refuses numbers out of the range of a double, and escapes of lone surrogates; it
    /// takes a comma behind the last element of a list, which RFC 8259 does not.
    private static func isKnownDifference(_ bytes: [UInt8]) -> Bool {
        let dense = bytes.filter { $0 != UInt8(ascii: " ") }
        let hasLateComma = zip(dense, dense.dropFirst()).contains {
            $0 == (UInt8(ascii: ","), UInt8(ascii: "]"))
        }
        return bytes.contains { $0 | 0x20 == 0x65 } || bytes.contains(0x75) || hasLateComma
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
