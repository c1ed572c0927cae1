import ErrorModel
import Foundation
import Testing

/// What counts as JSON, beside what Foundation takes.
///
/// The texts are made here: each scalar, alone and in each place of a document, with each kind of
/// space, and each document cut and with each byte in the place of another.
@Suite struct JSONAgreementTests {
    private static func faultlog(_ bytes: [UInt8]) -> Bool { JSONScannerTests.isValid(bytes) }

    private static func foundation(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }

    private static let scalars: [[UInt8]] =
        [
            "0", "-0", "1", "-1", "10", "01", "00", "-01", "+1", "1.", ".1", "1.0", "1.0.0", "1e1",
            "1E1", "1e+1", "1e-1", "1e", "1e+", "1.e1", "0e0", "0.0e-0", "-", "--1", "- 1", "1 0",
            "0x10", "1_000", "1,0", "NaN", "nan", "Infinity", "-Infinity", "9007199254740993",
            "18446744073709551616", "123456789012345678901234567890", "true", "True", "tru",
            "truee", "false", "null", "nul", "nulll", "undefined", "\"\"", "\"a\"", "'a'", "\"a",
            "a\"", "\"\\\"\"", "\"\\\\\"", "\"\\/\"", "\"\\b\\f\\n\\r\\t\"", "\"\\a\"", "\"\\'\"",
            "\"\\u0041\"", "\"\\u004\"", "\"\\u004g\"", "\"\\U0041\"", "\"\\ud83d\\ude00\"",
            "\"\u{e9}\u{1F600}\u{2028}\"", "\"\t\"", "\"\n\"", "\"\u{7f}\"", "\"\\u0000\"",
            "/* c */1", "1//", "#", "",
        ].map { Array($0.utf8) } + [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0x00, 0x22],
        ]

    private static let places = [
        ("", ""), ("[", "]"), ("[1,", "]"), ("[", ",1]"), ("{\"a\":", "}"),
        ("{\"a\":[{\"b\":", "}]}"), ("{", ":1}"), (" \t\r\n", "\r\n\t "), ("\u{b}", ""),
        ("\u{a0}", ""), ("", "\u{c}"), ("", ","), ("[", "]]"), ("[[", "]"), ("{\"a\":1,", "}"),
    ]

    private static let documents: [[UInt8]] = [
        #"{"a":[1,-2.5e+3,"x\u00e9\n",{"b":null}],"c":{},"d":[],"e":true}"#,
        #"[{"k":"v"},[[]],"\\",0.1]"#,
    ].map { Array($0.utf8) }

    /// Why the two may judge a text differently.
    enum Difference: Hashable {
        /// A number that no Double holds: ours keep their text.
        case hugeNumber
        /// Half of a surrogate pair, escaped: real SDKs send it, and it is read as U+FFFD.
        case loneSurrogate
        /// Foundation takes UTF-16 and UTF-32 and a mark in front; RFC 8259 has UTF-8 without one.
        case otherEncoding
        /// Foundation passes over a comma behind the last element or member.
        case lastComma
        /// Nesting: 200 levels here, 512 there.
        case depth
    }

    /// Texts on which the two do differ, each with whether Faultlog takes it.
    private static let differences: [(Difference, [UInt8], Bool)] = [
        (.hugeNumber, Array("1e400".utf8), true),
        (.hugeNumber, Array("[-1e400]".utf8), true),
        (.loneSurrogate, Array(#""\ud83d""#.utf8), true),
        (.loneSurrogate, Array(#""\ude00\ud83d""#.utf8), true),
        (.loneSurrogate, Array(#""\ud83d\u0041""#.utf8), true),
        (.otherEncoding, [0xEF, 0xBB, 0xBF] + Array("[1]".utf8), false),
        (.otherEncoding, [0x5B, 0x00, 0x31, 0x00, 0x5D, 0x00], false),
        (.otherEncoding, [0xFF, 0xFE, 0x5B, 0x00, 0x31, 0x00, 0x5D, 0x00], false),
        (.lastComma, Array("[1,]".utf8), false),
        (.lastComma, Array(#"{"a":1,}"#.utf8), false),
        (
            .depth,
            Array((String(repeating: "[", count: 300) + String(repeating: "]", count: 300)).utf8),
            false
        ),
    ]

    @Test func `both take the same, in every place`() {
        var differing: [String] = []
        for scalar in Self.scalars {
            for (front, back) in Self.places {
                let text = Array(front.utf8) + scalar + Array(back.utf8)
                if Self.faultlog(text) != Self.foundation(text) {
                    differing.append(String(decoding: text, as: UTF8.self))
                }
            }
        }
        #expect(differing == ["[1,]", #"{"a":1,}"#])
    }

    @Test func `both take the same, cut and changed at every byte`() {
        var differing: Set<String> = []
        func compare(_ text: [UInt8]) {
            if Self.faultlog(text) != Self.foundation(text) {
                differing.insert(String(decoding: text, as: UTF8.self))
            }
        }
        for document in Self.documents {
            for place in 0...document.count {
                compare(Array(document[..<place]))
                guard place < document.count else { break }
                // NUL is left out: it makes Foundation guess at another encoding.
                for byte in [UInt8](1...255) {
                    var changed = document
                    changed[place] = byte
                    compare(changed)
                }
            }
        }
        #expect(differing == [])
    }

    @Test func `where they differ is known`() {
        for (difference, text, isTaken) in Self.differences {
            let shown = String(decoding: text.prefix(20), as: UTF8.self)
            #expect(Self.faultlog(text) == isTaken, "\(difference): \(shown)")
            #expect(Self.foundation(text) == !isTaken, "\(difference): \(shown)")
        }
    }
}
