import ErrorModel
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
            counts["lookups", default: 0] += try check.lookups(value["lookups"]?.array ?? [])
        }
        print("\(file): \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
    }

    @Test("bundles of twelve tool chains") func bundles() throws {
        var count = 0
        for value in try SharedCases.cases("bundles.json") {
            guard let file = value["mapFile"]?.string else { continue }
            let map = try SourceMap(decoding: SharedCases.bytes(file), mode: .strict)
            let check = MapCheck(value["id"]?.string ?? "?", map)
            try check.facts(try #require(value["expect"]))
            count += try check.lookups(value["lookups"]?.array ?? [])
        }
        print("bundles.json: \(count) lookups")
    }
}
