import Foundation
import Testing

@testable import SourceMaps

/// What `sourcemaps upload` finds in a folder, and what debug ids do to texts.
@Suite struct UploadTests {
    private static func script(
        _ path: String, _ comment: String? = nil, _ id: DebugID? = nil
    ) -> UploadPlan.Script {
        .init(path: path, comments: MapComments(sourceMappingURL: comment, debugID: id))
    }

    private static let id = DebugID(high: 0x85314830_023f4cf1, low: 0xa267535f_4e37bb17)

    struct PairCase: Sendable, CustomTestStringConvertible {
        var script: UploadPlan.Script
        var maps: [String]
        var pair: UploadPlan.Pair?
        var testDescription: String {
            "\(script.path) \(script.comments.sourceMappingURL ?? "-")"
        }
    }

    static let pairCases: [PairCase] = [
        .init(
            script: script("a/app.js", "app.js.map"), maps: ["a/app.js.map", "app.js.map"],
            pair: .init(script: "a/app.js", map: .file("a/app.js.map"), reason: .comment)),
        .init(
            script: script("a/app.js", "../maps/app.js.map?v=1"), maps: ["maps/app.js.map"],
            pair: .init(script: "a/app.js", map: .file("maps/app.js.map"), reason: .comment)),
        .init(
            script: script("a/app.js", "my%20app.map"), maps: ["a/my app.map"],
            pair: .init(script: "a/app.js", map: .file("a/my app.map"), reason: .comment)),
        .init(
            script: script("a/app.js", "https://cdn.example/x/a/app.js.map"),
            maps: ["a/app.js.map", "b/app.js.map"],
            pair: .init(script: "a/app.js", map: .file("a/app.js.map"), reason: .comment)),
        .init(
            script: script("app.js"), maps: ["app.js.map"],
            pair: .init(script: "app.js", map: .file("app.js.map"), reason: .name)),
        .init(
            script: script("app.min.js"), maps: ["app.min.map"],
            pair: .init(script: "app.min.js", map: .file("app.min.map"), reason: .name)),
        .init(
            script: script("app.js", "data:application/json;base64,e30="), maps: [],
            pair: .init(script: "app.js", map: .inline, reason: .comment)),
        .init(script: script("app.js", "gone.map"), maps: ["other.map"], pair: nil),
        // Two candidates are no answer.
        .init(
            script: script("app.js", "https://cdn.example/m.map"), maps: ["a/m.map", "b/m.map"],
            pair: nil),
        // The map of another script of the same name is none.
        .init(script: script("vendor/i.js", "i.js.map"), maps: ["app/i.js.map"], pair: nil),
        .init(script: script("i.js", "other.map"), maps: ["i.js.map"], pair: nil),
        .init(
            script: script("a/app.js", "/static/a/app.js.map"),
            maps: ["a/app.js.map", "app.js.map2"],
            pair: .init(script: "a/app.js", map: .file("a/app.js.map"), reason: .comment)),
        .init(
            script: script("js/app.js", "https://cdn.example/maps/9/app.js.map"),
            maps: ["js/app.js.map"],
            pair: .init(script: "js/app.js", map: .file("js/app.js.map"), reason: .name)),
        // A reference that climbs out leads nowhere.
        .init(script: script("app.js", "../../etc/app.js.map2"), maps: ["app.map3"], pair: nil),
    ]

    @Test(arguments: pairCases)
    func `a script finds its map, or none`(_ item: PairCase) {
        let plan = UploadPlan(
            scripts: [item.script], maps: item.maps.map { .init(path: $0, debugID: nil) })
        #expect(plan.pairs == (item.pair.map { [$0] } ?? []))
        #expect(plan.skipped.map(\.path) == (item.pair == nil ? [item.script.path] : []))
    }

    @Test(arguments: [
        ("js/a b.js", "~/", "~/js/a b.js"), ("chunk#1.js", "~/", "~/chunk%231.js"),
        ("a?b.js", "https://c.d/e", "https://c.d/e/a%3Fb.js"), ("100%25.js", "~/", "~/100%2525.js"),
    ])
    func `a name of a file is an address that reads back`(
        _ path: String, _ prefix: String, _ address: String
    ) {
        #expect(ArtifactName.address(path: path, prefix: prefix) == address)
        let frame =
            "https://c.d/e/"
            + address.dropFirst(prefix.hasSuffix("/") ? prefix.count : prefix.count + 1)
        let name = ArtifactName(path: path, prefix: prefix == "~/" ? "~/e/" : prefix)
        #expect(name.map(ArtifactName.candidates(forFrameFile: frame).contains) == true)
    }

    @Test(arguments: [
        ("a.js", BuildFile.script), ("A.MJS", .script), ("main.jsbundle", .script),
        ("a.hbc", .script),
        ("a.js.map", .map), ("a.css", .styleSheet), ("a.css.map", .styleSheet), (".js", .other),
        ("a.ts", .other), ("a.html", .other), ("", .other),
    ])
    func `files are known by their names`(_ name: String, _ kind: BuildFile) {
        #expect(BuildFile(name: name) == kind)
    }

    @Test func `a debug id ties what no name ties, and lone maps are told`() {
        let plan = UploadPlan(
            scripts: [Self.script("x.js", nil, Self.id)],
            maps: [.init(path: "m/y.map", debugID: Self.id), .init(path: "z.map", debugID: nil)])
        #expect(
            plan.pairs == [.init(script: "x.js", map: .file("m/y.map"), reason: .debugID)])
        #expect(plan.loneMaps == ["z.map"])
    }

    @Test func `a map that is none is named as the reason`() {
        let plan = UploadPlan(
            scripts: [Self.script("a.js", "a.js.map")], maps: [],
            refused: [.init(path: "a.js.map", reason: "it is a page")])
        #expect(plan.skipped.map(\.path) == ["a.js", "a.js.map"])
        #expect(plan.skipped[0].reason == "its map a.js.map is not used: it is a page")
    }

    // MARK: debug ids

    private static let map =
        #"{"version":3,"sources":["s.ts"],"names":[],"mappings":"AAAA;AACA"}"#

    private static func inject(
        _ script: String, _ map: String = map
    ) throws -> (result: DebugIDInjection, script: String, map: String) {
        let result = try DebugIDInjection(
            script: Array(script.utf8), map: Array(map.utf8),
            decoded: SourceMap(decoding: Array(map.utf8)))
        return (
            result, String(decoding: result.script ?? Array(script.utf8), as: UTF8.self),
            String(decoding: result.map ?? Array(map.utf8), as: UTF8.self)
        )
    }

    @Test(arguments: [
        ("a();\nb();\n", 0, ""), ("\u{FEFF}a();", 0, ""),
        ("#!/usr/bin/env node\na();\nb();", 1, ""),
        ("\"use strict\";a()", 0, "\"use strict\";"),
        ("// c\n'use client'\n\"use strict\";a()", 0, "'use client';\"use strict\";"),
        ("\"use strict\"\n.length;a()", 0, ""), ("\"a\" + b", 0, ""), ("", 0, ""),
        ("\"unfinished", 0, ""), ("#!only", 1, ""),
    ])
    func `a line comes to the front, with the directives, behind what must stay first`(
        _ text: String, _ line: Int, _ directives: String
    ) throws {
        let made = try Self.inject(text)
        let lines = made.script.split(separator: "\n", omittingEmptySubsequences: false)
        let snippet = lines[line]
        #expect(snippet.contains("_sentryDebugIds"))
        #expect(snippet.replacing("\u{FEFF}", with: "").hasPrefix(directives + "!function"))
        #expect(lines.last == "" && lines.dropLast().last == "//# debugId=\(made.result.debugID)")
        #expect(
            MapComments(of: Array(made.script.utf8), language: .javaScript).debugID
                == made.result.debugID)
        // Where code stood before, it stands a line later.
        let map = try SourceMap(decoding: Array(made.map.utf8), mode: .tolerant)
        #expect(map.debugID == made.result.debugID)
        let before = try SourceMap(decoding: Array(Self.map.utf8)).lines
        let shifted = before.map { $0 >= line ? $0 + 1 : $0 }
        #expect(map.lines == shifted)
        // Again, it is as it was.
        let again = try Self.inject(made.script, made.map)
        #expect(again.result == .init(debugID: made.result.debugID))
    }

    @Test func `index maps move their sections, or what is inside the first`() throws {
        let index = """
            {"version":3,"sections":[{"offset":{"line":0,"column":0},"map":\(Self.map)},\
            {"map":\(Self.map),"offset":{"column":0,"line":7}}]}
            """
        let plain = try Self.inject("a()", index)
        #expect(
            try SourceMap(decoding: Array(plain.map.utf8)).lines == [1, 2, 8, 9])
        let behind = try Self.inject("#!/bin/node\na()", index)
        #expect(
            try SourceMap(decoding: Array(behind.map.utf8)).lines
                == [0, 2, 8, 9])
    }

    @Test func `the same build has the same id, another one another`() throws {
        let first = try Self.inject("a()").result.debugID
        #expect(try Self.inject("a()").result.debugID == first)
        #expect(try Self.inject("b()").result.debugID != first)
        // A UUID of version 8.
        #expect(Array(first.description)[14] == "8")
        #expect("89ab".contains(Array(first.description)[19]))
    }

    @Test func `where only the map was replaced, it is not shifted again`() throws {
        let made = try Self.inject("a()")
        let again = try Self.inject("a()", made.map)
        #expect(again.result == .init(debugID: made.result.debugID, script: made.result.script))
    }

    @Test func `ids that are there stay; two that differ are refused`() throws {
        let script = "a()\n//# debugId=\(Self.id)\n"
        let made = try Self.inject(script)
        #expect(made.result.script == nil && made.result.debugID == Self.id)
        #expect(try SourceMap(decoding: Array(made.map.utf8)).lines == [0, 1])
        let other = DebugID(high: 1, low: 2)
        let tied = Self.map.replacing(
            "{\"version\"", with: "{\"debug_id\":\"\(other)\",\"version\"")
        #expect(throws: DebugIDInjectionError.different(script: Self.id, map: other)) {
            try Self.inject(script, tied)
        }
        // An id of the map alone goes into the script.
        let fromMap = try Self.inject("a()", tied)
        #expect(fromMap.result.debugID == other && fromMap.script.contains(other.description))
        #expect(try SourceMap(decoding: Array(fromMap.map.utf8)).debugID == other)
    }
}

extension SourceMap {
    /// Generated lines that have segments.
    fileprivate var lines: [Int] { table.lines.map { Int($0.line) } }
}
