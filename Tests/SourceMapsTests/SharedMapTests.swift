import ErrorModel
import Glibc
import SourceMaps
import Testing

/// All shared maps: what must load, what must be refused, and every lookup.
@Suite("shared maps", .enabled(if: SharedCases.isThere, SharedCases.reason))
struct SharedMapTests {
    @Test(
        "every map has its verdict and every lookup its answer",
        arguments: ["conformance.json", "synthetic.json", "tools.json"])
    func maps(file: String) throws {
        var counts: [String: Int] = [:]
        for value in try SharedCases.cases(file) {
            let mapCase = MapCase(value: value)
            let bytes = try mapCase.upload()
            let strict = Result { () throws(SourceMapError) in
                try SourceMap(decoding: bytes, mode: .strict)
            }
            let tolerant = Result { () throws(SourceMapError) in try SourceMap(decoding: bytes) }
            counts[mapCase.verdict, default: 0] += 1
            switch mapCase.verdict {
            case "valid":
                _ = try #require(try? strict.get(), "\(mapCase): strict refuses: \(strict)")
                #expect((try? tolerant.get()) != nil, "\(mapCase): tolerant refuses")
            case "must-refuse":
                #expect((try? strict.get()) == nil, "\(mapCase): strict takes it")
                #expect((try? tolerant.get()) == nil, "\(mapCase): tolerant takes it")
            case "suite-invalid":
                #expect((try? strict.get()) == nil, "\(mapCase): strict takes it")
                let warned = (try? tolerant.get())?.warnings.isEmpty == false
                #expect(warned || (try? tolerant.get()) == nil, "\(mapCase): no warning")
            case "tolerate":
                let map = try #require(try? tolerant.get(), "\(mapCase): tolerant refuses")
                #expect(!map.warnings.isEmpty)
            default:
                break
            }
            guard let map = try? tolerant.get() else { continue }
            let check = MapCheck("\(mapCase)", map)
            if let facts = value["expect"], mapCase.verdict != "suite-invalid" {
                try check.facts(facts)
            }
            let lookups = value["lookups"]?.array ?? []
            counts["lookups", default: 0] += try check.lookups(lookups)
            try Self.functions(lookups, of: map, value["generated"]?.string, "\(mapCase)", &counts)
        }
        print("\(file): \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
    }

    /// Functions whose name the parser of a minified file cannot know, but the source text has.
    private static let betterNamed: Set<String> = ["symbolic-webpack"]

    /// Names that a symbolicator with a parser finds.
    private static func functions(
        _ lookups: [JSONValue], of map: SourceMap, _ generated: String?, _ name: String,
        _ counts: inout [String: Int]
    ) throws {
        let named = lookups.filter { $0["function"] != nil }
        if named.isEmpty { return }
        let table = FunctionTable(of: map, generated: generated.map { Array($0.utf8) })
        let bytes = map.storedBytes(functions: table)
        for lookup in named {
            let found = try StoredMap.with(bytes) {
                try $0.function(
                    line: UInt32(lookup["line"]?.int64 ?? 0),
                    column: UInt32(lookup["column"]?.int64 ?? 0))
            }
            let isSame = found ?? "" == lookup["function"]?.string ?? ""
            counts[isSame ? "functions" : "functions named better", default: 0] += 1
            #expect(isSame || Self.betterNamed.contains(name), "\(name)")
        }
    }

    @Test("bundles of twelve tool chains") func bundles() throws {
        var count = 0
        for value in try SharedCases.cases("bundles.json") {
            let map: SourceMap
            if let file = value["mapFile"]?.string {
                map = try SourceMap(decoding: SharedCases.bytes(file), mode: .strict)
            } else {
                let file = try #require(value["generatedFile"]?.string)
                let comments = MapComments(of: try SharedCases.bytes(file), language: .javaScript)
                let bytes = try DataURL.decode(try #require(comments.sourceMappingURL))
                map = try SourceMap(decoding: bytes, mode: .strict)
            }
            let check = MapCheck(value["id"]?.string ?? "?", map)
            try check.facts(try #require(value["expect"]))
            count += try check.lookups(value["lookups"]?.array ?? [])
        }
        print("bundles.json: \(count) lookups")
    }

    private static let largeFolder = getenv("FAULTLOG_SOURCEMAPS_LARGE").map { String(cString: $0) }

    @Test(
        "spot lookups in large maps",
        .enabled(
            if: largeFolder != nil,
            "FAULTLOG_SOURCEMAPS_LARGE names no folder with the unpacked maps of bench.json"))
    func large() throws {
        let folder = try #require(Self.largeFolder)
        var count = 0
        for value in try SharedCases.cases("bench.json") {
            let name = try #require(value["package"]?.string)
            let bytes = try SharedCases.bytes(name + ".map", in: folder)
            let check = MapCheck(name, try SourceMap(decoding: bytes, mode: .strict))
            #expect(Int64(check.map.table.segments.count) == value["segments"]?.int64)
            #expect(Int64(check.map.sources.count) == value["sources"]?.int64)
            #expect(Int64(check.map.nameCount) == value["names"]?.int64)
            count += try check.lookups(value["lookups"]?.array ?? [])
        }
        print("bench.json: \(count) lookups")
    }
}
