import ErrorModel
import Glibc
import SourceMaps
import Testing

/// Maps that are made to cost time or memory.
@Suite("hostile maps") struct HostileTests {
    /// Far more than any of them takes in a debug build, and far less than quadratic time.
    private static let limit = 20.0

    /// Seconds of this thread's processor, since others may keep it waiting.
    private static func time(_ body: () throws -> Void) rethrows -> Double {
        let start = seconds()
        try body()
        return seconds() - start
    }

    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test("columns of 2^31 - 1, and sums beyond 32 bits") func columns() throws {
        let step = MapText.vlq(Int(Int32.max)) + "AAA"
        let map = try MapText(mappings: [step, step, step].joined(separator: ",")).map(.tolerant)
        #expect(map.table.segments.map(\.column) == [2_147_483_647, 4_294_967_294])
        #expect(map.warnings.map(\.kind) == [.positionTooLarge])
        #expect(map.lookup(line: 0, column: .max) != nil)
    }

    @Test("100,000 brackets are refused without recursion") func brackets() {
        for bracket in ["[", "{\"a\":"] {
            let json = "{\"version\":3,\"x\":" + String(repeating: bracket, count: 100_000)
            let error = #expect(throws: SourceMapError.self) {
                try SourceMap(decoding: Array(json.utf8))
            }
            #expect(error?.kind == .notJSON(.tooDeep))
        }
    }

    @Test("sections over sections") func sections() throws {
        func nested(_ depth: Int) -> String {
            if depth == 0 { return MapText(mappings: "AAAA").json }
            return
                "{\"version\":3,\"sections\":[{\"offset\":{\"line\":1,\"column\":0},\"map\":\(nested(depth - 1))}]}"
        }
        let two = try SourceMap(decoding: Array(nested(2).utf8), mode: .strict)
        #expect(two.lookup(line: 2, column: 0) != nil)
        #expect(two.warnings.map(\.kind) == [.sectionNested])
        for depth in [5, 40] {
            let error = #expect(throws: SourceMapError.self) {
                try SourceMap(decoding: Array(nested(depth).utf8))
            }
            #expect(error?.kind == .sectionsTooDeep)
        }
        let section = "{\"offset\":{\"line\":0,\"column\":0},\"map\":\(MapText().json)}"
        let many = [String](repeating: section, count: SourceMapLimits.sectionCount + 1)
        let json = "{\"version\":3,\"sections\":[\(many.joined(separator: ","))]}"
        let error = #expect(throws: SourceMapError.self) {
            try SourceMap(decoding: Array(json.utf8))
        }
        #expect(error?.kind == .tooManySections)
    }

    @Test("offsets of sections that add up beyond 32 bits") func sectionOffsets() throws {
        let offset = "{\"line\":4294967294,\"column\":4294967294}"
        let inner =
            "{\"version\":3,\"sections\":[{\"offset\":\(offset),\"map\":\(MapText(mappings: "AAAA,CAAA;AAAA").json)}]}"
        let json = "{\"version\":3,\"sections\":[{\"offset\":\(offset),\"map\":\(inner)}]}"
        let map = try SourceMap(decoding: Array(json.utf8))
        map.table.checkInvariants()
        #expect(map.table.segments.isEmpty)
        let single =
            "{\"version\":3,\"sections\":[{\"offset\":\(offset),\"map\":\(MapText(mappings: "AAAA,CAAA;AAAA").json)}]}"
        let edge = try SourceMap(decoding: Array(single.utf8))
        edge.table.checkInvariants()
        #expect(edge.table.segments.count == 1)
    }

    @Test("megabytes of semicolons and of commas") func separators() throws {
        let semicolons = String(repeating: ";", count: 8 << 20)
        let took = try Self.time {
            let map = try MapText(mappings: semicolons + "AAAA").map()
            #expect(map.table.lines.count == 1)
            #expect(map.lookup(line: 8 << 20, column: 0) != nil)
        }
        #expect(took < Self.limit)
        let commas = try MapText(mappings: String(repeating: ",", count: 1 << 20)).map(.tolerant)
        #expect(commas.table.segments.isEmpty)
        #expect(commas.warnings.first?.count == 1 << 20 + 1)
    }

    @Test("a value of a million digits") func digits() throws {
        let zeros = String(repeating: "g", count: 1 << 20)
        let map = try MapText(mappings: zeros + "AAAA").map()
        #expect(map.table.segments.count == 1)
        let large = try MapText(mappings: "AAAA," + zeros + "C").map(.tolerant)
        #expect(large.table.segments.count == 1)
        #expect(large.warnings.map(\.kind) == [.valueTooLarge])
    }

    @Test("more segments than there may be are refused before they are read") func segments() {
        let mappings = String(repeating: "A,", count: SourceMapLimits.segmentCount + 1) + "A"
        let error = #expect(throws: SourceMapError.self) {
            try MapText(mappings: mappings).map()
        }
        #expect(error?.kind == .tooManySegments)
    }

    @Test("more sources than there may be are refused") func sources() {
        let nulls = String(repeating: "null,", count: SourceMapLimits.sourceCount) + "null"
        let json = "{\"version\":3,\"sources\":[\(nulls)],\"mappings\":\"\"}"
        let error = #expect(throws: SourceMapError.self) {
            try SourceMap(decoding: Array(json.utf8))
        }
        #expect(error?.kind == .tooManySources)
    }

    @Test("a long sourceRoot before many sources is refused") func sourceRoot() {
        let root = String(repeating: "r", count: 1 << 20)
        let text = MapText(
            sources: [String](repeating: "a", count: 1000), more: ["\"sourceRoot\":\"\(root)\""])
        let error = #expect(throws: SourceMapError.self) { try text.map(.tolerant) }
        #expect(error?.kind == .sourceNamesTooLong)
    }

    @Test("a long name before many names is cut") func longNames() throws {
        let name = String(repeating: "c", count: 1 << 20)
        let methods = (0..<20_000).map { "m\($0)(){}" }.joined()
        let map = try MapText(mappings: "AAAA").map()
        let script = "class \(name){\(methods)}"
        let table = FunctionTable(of: map, generated: Array(script.utf8))
        #expect(table.names.count == 20_000)
        #expect(table.names.allSatisfy { $0.utf8.count < 600 })
        let long = try MapText(
            sources: [String(repeating: "ü", count: 9000)],
            names: ["a" + String(repeating: "ü", count: 9000)],
            mappings: "AAAAA"
        ).map()
        try StoredMap.with(long.storedBytes()) { stored throws in
            #expect(try stored.sourceName(0)?.utf8.count == SourceMapLimits.storedNameByteCount)
            #expect(try stored.name(0)?.utf8.count == SourceMapLimits.storedNameByteCount - 1)
        }
    }

    struct Script: CustomStringConvertible {
        let description: String
        let text: String

        init(_ description: String, _ text: String) {
            self.description = description
            self.text = text
        }
    }

    private static func times(_ text: String, _ count: Int = 100_000) -> String {
        String(repeating: text, count: count)
    }

    private static let scriptCases: [Script] = [
        Script("arrows", times("a=>")), Script("arrows in calls", times("f(a=>")),
        Script("types", times("a():")), Script("generics", times("a<")),
        Script("open classes", times("class ")), Script("open templates", times("`${")),
        Script("open regular expressions", times("=/[")), Script("slashes", times("/ ")),
        Script("open comments", times("/*")), Script("functions", times("function a(){")),
        Script("brackets", times("(")), Script("assignments", times("a=(")),
        Script("escapes", times("\\u{")), Script("names", times("a.", 400_000)),
        Script("typed names", "const " + times("a.b:") + "=()=>1"),
        Script("strings", times("'\n")),
        Script("closed arrows", times("(a)=>{") + times("}")),
        Script("elements", "=" + times("<a>")), Script("tags", "=" + times("<a ")),
        Script("elements in braces", "=" + times("<a>{")),
        Script("closed elements", "=" + times("<a></a>,")),
        Script("nested objects", times("{a:") + "1" + times("}")),
    ]

    @Test("scripts are looked through in linear time", arguments: scriptCases)
    func scripts(_ script: Script) throws {
        let map = try MapText(mappings: "AAAA").map()
        let took = Self.time {
            _ = FunctionTable(of: map, generated: Array(script.text.utf8))
        }
        print("hostile script, \(script): \((took * 1000).rounded()) ms of processor")
        #expect(took < Self.limit)
    }

    @Test("garbage never stops the decoder", arguments: 1...30) func garbage(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let whole = Array(RandomMap(seed: seed, lineCount: 5, segmentLimit: 20).text.json.utf8)
        for _ in 0..<100 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default:
                    bytes.insert(",;AgB+\"{}[".utf8.randomElement(using: &random) ?? 44, at: place)
                }
            }
            if let map = try? SourceMap(decoding: bytes) {
                map.table.checkInvariants()
                try StoredMap.with(map.storedBytes()) { try $0.checkAll() }
            }
            _ = FunctionTable(
                of: try MapText(
                    contents: [String(decoding: bytes, as: UTF8.self)], mappings: "AAAA"
                ).map(), generated: bytes)
            _ = MapComments(of: bytes, language: .javaScript)
            _ = MapComments(of: bytes, language: .css)
        }
    }

    @Test("every cut point of a map is refused") func cutPoints() {
        let whole = Array(RandomMap(seed: 1, lineCount: 4, segmentLimit: 9).text.json.utf8)
        for count in 1..<whole.count {
            let error = #expect(throws: SourceMapError.self) {
                try SourceMap(decoding: Array(whole[..<count]))
            }
            #expect(error?.kind == .cutOff, "cut at \(count)")
        }
    }
}
