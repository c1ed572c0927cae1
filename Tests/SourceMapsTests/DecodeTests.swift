import ErrorModel
import SourceMaps
import Testing

/// What is taken, what is refused and what is warned of.
@Suite("decoding") struct DecodeTests {
    struct Fault: CustomStringConvertible {
        let kind: SourceMapWarning.Kind
        let json: String
        var description: String { kind.rawValue }

        init(_ kind: SourceMapWarning.Kind, _ json: String) {
            self.kind = kind
            self.json = json
        }

        /// A map of one source and one name with these mappings.
        static func mappings(_ kind: SourceMapWarning.Kind, _ mappings: String) -> Fault {
            Fault(kind, MapText(names: ["n"], mappings: mappings).json)
        }

        static func member(_ kind: SourceMapWarning.Kind, _ member: String) -> Fault {
            Fault(kind, MapText(mappings: "AAAA", more: [member]).json)
        }
    }

    private static let section =
        #"{"offset":{"line":0,"column":0},"map":{"version":3,"sources":["a"],"mappings":"AAAA;AACA"}}"#

    private static let faultCases: [Fault] = [
        .member(.version, #""version":"3""#), .member(.version, #""version":2"#),
        Fault(.version, #"{"sources":[],"mappings":""}"#),
        .member(.file, #""file":null"#), .member(.sourceRoot, #""sourceRoot":5"#),
        .member(.sourcesItem, #""sources":["a",3]"#),
        .member(.sourcesContent, #""sourcesContent":"x""#),
        .member(.sourcesContentItem, #""sourcesContent":[{}]"#),
        .member(.names, #""names":{}"#), .member(.namesItem, #""names":[null]"#),
        .member(.ignoreList, #""ignoreList":0"#), .member(.ignoreListItem, #""ignoreList":[0.5]"#),
        .member(.ignoreListItem, #""ignoreList":[-1]"#),
        .member(.ignoreListIndex, #""ignoreList":[1]"#),
        .mappings(.mappingsCharacter, "AAAA,A$AA"), .mappings(.mappingsCharacter, "AAAA,Ag"),
        .mappings(.mappingsCharacter, "AAAA:AAAA"),
        .mappings(.emptySegment, "AAAA,,AAAA"), .mappings(.emptySegment, "AAAA,"),
        .mappings(.emptySegment, ",;AAAA"), .mappings(.fieldCount, "AA"),
        .mappings(.fieldCount, "AAA"), .mappings(.fieldCount, "AAAAAA"),
        .mappings(.valueTooLarge, "AAggggggE"), .mappings(.valueTooLarge, "ggggggggQ"),
        .mappings(.generatedColumn, "AAAA,DAAA"), .mappings(.generatedColumn, "B"),
        .mappings(.sourceIndex, "ACAA"), .mappings(.sourceIndex, "ADAA"),
        .mappings(.originalPosition, "AADA"), .mappings(.originalPosition, "AAAD"),
        .mappings(.nameIndex, "AAAAC"), .mappings(.nameIndex, "AAAAD"),
        Fault(.mappingsBesideSections, #"{"version":3,"sections":[],"mappings":""}"#),
        Fault(.sectionItem, #"{"version":3,"sections":[5]}"#),
        Fault(
            .sectionOffset,
            #"{"version":3,"sections":[{"offset":{"line":0},"map":{"version":3,"sources":[],"mappings":""}}]}"#
        ),
        Fault(.sectionOrder, #"{"version":3,"sections":[\#(section),\#(section)]}"#),
        Fault(
            .sectionRefused,
            #"{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":{"version":3}}]}"#),
        Fault(.invalidUTF8, "\u{1}"),
    ]

    @Test(
        "what the standard may refuse is refused in strict mode and warned of else",
        arguments: faultCases)
    func faults(_ fault: Fault) throws {
        var bytes = Array(fault.json.utf8)
        if fault.kind == .invalidUTF8 {
            bytes = Array(MapText(sources: ["?.js"], mappings: "AAAA").json.utf8)
            let place = try #require(bytes.firstIndex(of: UInt8(ascii: "?")))
            bytes[place] = 0xFF
        }
        let map = try SourceMap(decoding: bytes)
        #expect(map.warnings.first?.kind == fault.kind)
        let error = #expect(throws: SourceMapError.self) {
            try SourceMap(decoding: bytes, mode: .strict)
        }
        #expect(error?.kind == .againstStandard(fault.kind))
    }

    @Test("every fault that is against the standard has a case") func allFaults() {
        let kinds = Set(Self.faultCases.map(\.kind))
        let missing = SourceMapWarning.Kind.allCases.filter {
            $0.isAgainstStandard && !kinds.contains($0)
        }
        #expect(missing.isEmpty)
    }

    struct Refusal: CustomStringConvertible {
        let description: String
        let bytes: [UInt8]
        let kind: SourceMapError.Kind

        init(_ description: String, _ text: String, _ kind: SourceMapError.Kind) {
            self.init(description, Array(text.utf8), kind)
        }

        init(_ description: String, _ bytes: [UInt8], _ kind: SourceMapError.Kind) {
            self.description = description
            self.bytes = bytes
            self.kind = kind
        }
    }

    private static let refusalCases: [Refusal] = [
        Refusal("nothing", "", .empty), Refusal("blanks", " \n\t", .empty),
        Refusal("gzip", [0x1F, 0x8B, 8, 0, 0], .gzip),
        Refusal("zip", [0x50, 0x4B, 3, 4, 20], .zip),
        Refusal("HTML", "\n<!DOCTYPE html><html>", .html),
        Refusal("script", "(()=>{f()})();\n//# sourceMappingURL=a.js.map", .script),
        Refusal("script with a comment", "/*! x */\nvar a=1", .script),
        Refusal("UTF-16", [0xFF, 0xFE, 0x7B, 0], .utf16),
        Refusal("guard line only", ")]}'\n", .guardOnly),
        Refusal("cut off in a string", #"{"version":3,"mappings":"AAA"#, .cutOff),
        Refusal("cut off before the brace", #"{"version":3,"sources":[],"mappings":"""#, .cutOff),
        Refusal("text behind it", MapText().json + ";alert(1)", .notJSON(.trailingBytes)),
        Refusal(
            "raw control character", "{\"version\":3,\"sources\":[\"\u{1}\"]}",
            .notJSON(.controlCharacter)),
        Refusal("list", "[]", .notObject), Refusal("string", "\"a\"", .notObject),
        Refusal("number", "3", .notObject),
        Refusal("no mappings", #"{"version":3,"sources":[]}"#, .noMappings),
        Refusal("mappings as a list", #"{"version":3,"sources":[],"mappings":[]}"#, .noMappings),
        Refusal(
            "the last mappings count",
            #"{"version":3,"sources":[],"mappings":"","mappings":1}"#, .noMappings),
        Refusal("no sources", #"{"version":3,"mappings":""}"#, .noSources),
        Refusal("sources as an object", #"{"version":3,"sources":{},"mappings":""}"#, .noSources),
        Refusal("sections as an object", #"{"version":3,"sections":{}}"#, .sectionsNotList),
        Refusal(
            "section without offset",
            #"{"version":3,"sections":[{"map":{"version":3,"sources":[],"mappings":""}}]}"#,
            .sectionWithoutOffset),
        Refusal(
            "section without map", #"{"version":3,"sections":[{"offset":{"line":0,"column":0}}]}"#,
            .sectionWithoutMap),
        Refusal(
            "section by URL",
            #"{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"http://x/a.map"}]}"#,
            .sectionByURL),
    ]

    @Test("what is no map is refused by what it is, in both modes", arguments: refusalCases)
    func refusals(_ refusal: Refusal) {
        for mode in [SourceMap.Mode.strict, .tolerant] {
            let error = #expect(throws: SourceMapError.self) {
                try SourceMap(decoding: refusal.bytes, mode: mode)
            }
            #expect(error?.kind == refusal.kind)
        }
    }

    @Test(
        "a map is read behind a byte order mark, a guard line and blanks",
        arguments: ["\u{FEFF}", ")]}'\n", ")]}' more\r\n", "\u{FEFF})]}\n", " \n\t"])
    func beforeTheMap(_ prefix: String) throws {
        let text = prefix + MapText(mappings: "AAAA").json + "\n"
        let map = try SourceMap(decoding: Array(text.utf8), mode: .strict)
        #expect(map.sources.map(\.name) == ["a.js"])
        #expect(map.table.segments.count == 1)
    }

    @Test(
        "sourceRoot stands before every source, with one slash",
        arguments: [("", "a"), ("r", "r/a"), ("r/", "r/a"), ("/", "/a")])
    func sourceRoot(_ root: String, _ name: String) throws {
        let text = MapText(sources: ["a"], more: ["\"sourceRoot\":\"\(root)\""])
        #expect(try text.map().sources[0].name == name)
    }

    @Test("ignoreList goes before the older member, which counts where it is missing")
    func ignoreList() throws {
        let both = MapText(
            sources: ["a", "b"], more: [#""x_google_ignoreList":[1]"#, #""ignoreList":[0.0]"#])
        #expect(try both.map().sources.map(\.isIgnored) == [true, false])
        let old = MapText(sources: ["a", "b"], more: [#""x_google_ignoreList":[1]"#])
        #expect(try old.map().sources.map(\.isIgnored) == [false, true])
        let bad = MapText(sources: ["a", "b"], more: [#""x_google_ignoreList":[7,"x"]"#])
        #expect(try bad.map().sources.map(\.isIgnored) == [false, false])
    }

    @Test("debug ids of both members, without case, at top level only") func debugIDs() throws {
        let text = "85314830-023F-4cf1-A267-535f4e37bb17"
        let id = try #require(DebugID(text))
        #expect(id.description == text.lowercased())
        #expect(try MapText(more: ["\"debugId\":\"\(text)\""]).map().debugID == id)
        #expect(try MapText(more: ["\"debug_id\":\"\(text)\""]).map().debugID == id)
        let bad = try MapText(more: [#""debugId":"no id""#]).map()
        #expect(bad.debugID == nil && bad.warnings.map(\.kind) == [.debugID])
        let inner = MapText(more: ["\"debugId\":\"\(text)\""]).json
        let index = #"{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":\#(inner)}]}"#
        #expect(try SourceMap(decoding: Array(index.utf8), mode: .strict).debugID == nil)
    }

    @Test("slashes of base64 may be escaped") func escapedSlash() throws {
        let map = try MapText(mappings: #"AAAA,+\/\/\/\/\/DAAA"#).map()
        #expect(map.table.segments.map(\.column) == [0, 2_147_483_647])
    }

    @Test("commas and semicolons may be escaped") func escapedSeparators() throws {
        let escaped = String(repeating: #"AAAA\u002CCAAA\u003b"#, count: 2_000) + "AAAA"
        let map = try MapText(mappings: escaped).map()
        #expect(map.table.segments.count == 4_001)
        #expect(map.table.lines.count == 2_001)
    }

    @Test("what a section has before its own offset is the one's before it") func sectionStart()
        throws
    {
        func section(_ column: Int, _ mappings: String) -> String {
            #"{"offset":{"line":0,"column":\#(column)},"map":\#(MapText(mappings: mappings).json)}"#
        }
        // The second one begins at 10 and goes back to 5, then on to 15.
        let json =
            #"{"version":3,"sections":[\#(section(0, "AAAA,OAAA")),\#(section(10, "LAAA,UAAA"))]}"#
        let map = try SourceMap(decoding: Array(json.utf8), mode: .tolerant)
        #expect(map.table.segments.map(\.column) == [0, 7, 15])
        #expect(map.warnings.map(\.kind) == [.sectionOverlap])
    }

    @Test("texts are unescaped; a lone surrogate becomes U+FFFD") func texts() throws {
        let json =
            #"{"version":3,"sources":["\u00fc\ud83d\uded2"],"names":["\ud800"],"mappings":"AAAAA"}"#
        let map = try SourceMap(decoding: Array(json.utf8), mode: .strict)
        #expect(map.sources[0].name == "ü🛒")
        #expect(map.name(0) == "\u{FFFD}")
    }
}
