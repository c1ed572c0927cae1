import SourceMaps
import Testing

/// Frames of minified programs.
@Suite("frames") struct FrameTests {
    private static let source = "function first() {\r\n  const x = 1;\r  throw x;\n}\nfirst();\n"

    /// `first` at line 0; the throw at generated column 20; nothing from column 30 on.
    private static func stored(_ more: [String] = []) throws -> [UInt8] {
        let map = try MapText(
            sources: ["a.js"], names: ["first"], contents: [source],
            mappings: "AAAAA,oBAEE,U;;AAEFA", more: more
        ).map()
        return map.storedBytes(functions: FunctionTable(of: map, generated: nil))
    }

    private static func resolve(
        _ line: Int64?, _ column: Int64?, file: String? = "https://x/app.js",
        isNative: Bool = false, isAddress: Bool = false
    ) throws -> FrameResolution {
        let frame = MinifiedFrame(
            file: file, line: line, column: column, isNative: isNative, isAddress: isAddress)
        return try StoredMap.with(stored()) { FrameResolver.resolve(frame, with: $0) }
    }

    @Test("a frame has its place from 1 on, its function and its lines") func resolved() throws {
        let frame = try #require(try Self.resolve(1, 25).resolved)
        #expect(frame.source == "a.js")
        #expect(frame.line == 3)
        #expect(frame.column == 3)
        #expect(frame.function == "first")
        #expect(frame.name == nil)
        #expect(frame.context?.before == ["function first() {", "  const x = 1;"])
        #expect(frame.context?.line == "  throw x;")
        #expect(frame.context?.after == ["}", "first();"])
        let outer = try #require(try Self.resolve(3, 1).resolved)
        #expect(outer.function == nil)
        #expect(outer.name == "first")
        #expect(outer.context?.line == "first();")
    }

    @Test("columns of Hermes count from 0") func addresses() throws {
        #expect(try Self.resolve(1, 20).resolved?.line == 1)
        #expect(try Self.resolve(1, 21).resolved?.line == 3)
        #expect(try Self.resolve(1, 20, isAddress: true).resolved?.line == 3)
        #expect(try Self.resolve(1, 0).resolved?.line == 1)
    }

    @Test("why a frame stays as it is") func reasons() throws {
        #expect(try Self.resolve(1, 1, isNative: true) == .unresolved(.native))
        #expect(try Self.resolve(1, 1, file: nil) == .unresolved(.noFile))
        #expect(try Self.resolve(1, 1, file: "<anonymous>") == .unresolved(.noFile))
        #expect(try Self.resolve(nil, 1) == .unresolved(.noPosition))
        #expect(try Self.resolve(0, 1) == .unresolved(.noPosition))
        #expect(try Self.resolve(1, nil) == .unresolved(.noPosition))
        #expect(try Self.resolve(1, -5).resolved?.line == 1)
        #expect(try Self.resolve(1, .min).resolved?.line == 1)
        #expect(try Self.resolve(.min, 1) == .unresolved(.noPosition))
        #expect(try Self.resolve(.max, .max) == .unresolved(.noPosition))
        #expect(try Self.resolve(1, 99) == .unresolved(.positionNotMapped))
        #expect(try Self.resolve(2, 1) == .unresolved(.lineNotMapped))
        let frame = MinifiedFrame(file: "https://x/app.js?1", line: 1, column: 1)
        let none = FrameResolver.resolve(frame, with: nil)
        let names = ArtifactName.candidates(forFrameFile: "https://x/app.js")
        #expect(none == .unresolved(.noMap(names)))
        #expect(names.map(\.description) == ["https://x/app.js", "~/app.js"])
    }

    @Test("a damaged map is a reason, not a wrong frame") func damage() throws {
        var bytes = try Self.stored()
        let place = try #require(
            bytes.indices.first { bytes[$0...].starts(with: "function first() {".utf8) })
        bytes[place] ^= 1
        let frame = MinifiedFrame(file: "app.js", line: 1, column: 1)
        let found = try StoredMap.with(bytes) { FrameResolver.resolve(frame, with: $0) }
        #expect(
            found == .unresolved(.damaged(StoredMapError(.text(table: "source text", index: 0)))))
    }

    @Test("five lines on each side, fewer at the ends, long ones cut") func context() throws {
        let text = (0..<20).map { "\($0)" }.joined(separator: "\n")
        let around = { (line: UInt32) in
            Array(text.utf8).withUnsafeBytes { SourceContext($0, line: line) }
        }
        #expect(around(0)?.before == [])
        #expect(around(0)?.after == ["1", "2", "3", "4", "5"])
        #expect(around(9)?.before == ["4", "5", "6", "7", "8"])
        #expect(around(9)?.after == ["10", "11", "12", "13", "14"])
        #expect(around(19)?.line == "19")
        #expect(around(19)?.after == [])
        #expect(around(20) == nil)
        let long = Array(String(repeating: "ü", count: 400).utf8)
        let cut = long.withUnsafeBytes { SourceContext($0, line: 0) }
        #expect(cut?.line.utf8.count == SourceContext.lineByteLimit)
        let odd = [UInt8(ascii: "a")] + long
        #expect(odd.withUnsafeBytes { SourceContext($0, line: 0) }?.line.utf8.count == 511)
        let empty = [UInt8]().withUnsafeBytes { SourceContext($0, line: 0) }
        #expect(empty?.line.isEmpty == true)
    }

    @Test("Metro's map of functions goes before the text of the source") func metro() throws {
        // From line 1 on `<global>`, from 1:9 on `one`, from 3:2 on `two`.
        let functions =
            #""x_facebook_sources":[[{"names":["<global>","one","two"],"mappings":"AAA,SC;ECE"}]]"#
        try StoredMap.with(Self.stored([functions])) { map throws in
            #expect(try map.function(line: 0, column: 0) == "<global>")
            #expect(try map.function(line: 0, column: 20) == "two")
        }
        let damaged = #""x_facebook_sources":[[{"names":["a"],"mappings":"AC"}],7]"#
        try StoredMap.with(Self.stored([damaged])) { map throws in
            #expect(try map.function(line: 0, column: 20) == "first")
        }
    }

    @Test("without source text the functions of the generated file are named by the map")
    func generatedNames() throws {
        let generated = "function a(){b()}class c{d(){e()}}"
        let names = ["outer", "Store"]
        // `a` at column 9 is `outer`, `c` at column 23 is `Store`, `b` at 13 and `e` at 29 are calls.
        let map = try MapText(
            sources: ["x.js"], names: names, mappings: "AAAA,SAASA,IAAIA,UACJC,MAAMA"
        ).map(.tolerant)
        let table = FunctionTable(of: map, generated: Array(generated.utf8))
        try StoredMap.with(map.storedBytes(functions: table)) { stored throws in
            #expect(try stored.function(line: 0, column: 13) == "outer")
            #expect(try stored.function(line: 0, column: 29) == "Store.d")
            #expect(try stored.function(line: 0, column: 33) == nil)
        }
    }

    @Test("columns are UTF-16 units behind letters of every length") func utf16() {
        let text = Array("a🛒ü\n🛒x\r\ny".utf8)
        text.withUnsafeBytes { bytes in
            let index = TextIndex(bytes)
            for (line, column, character) in [
                (0, 1, 1), (0, 3, 5), (0, 4, 7), (1, 2, 12), (2, 0, 15),
            ] as [(UInt32, UInt32, Int)] {
                let place = index.position(of: character, in: bytes)
                #expect(place.line == line && place.column == column)
                #expect(index.offset(line: line, column: column, in: bytes) == character)
            }
            #expect(index.offset(line: 3, column: 0, in: bytes) == nil)
        }
    }
}
