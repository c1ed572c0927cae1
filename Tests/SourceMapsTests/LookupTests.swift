import SourceMaps
import Testing

/// Where a place of the generated file comes from.
@Suite("lookups") struct LookupTests {
    @Test("a lookup stays on its line and ends where an unmapped segment begins") func line() throws
    {
        let map = try MapText(mappings: "EAAA,E;;CAAA").map()
        #expect(map.lookup(line: 0, column: 1) == nil)
        #expect(map.lookup(line: 0, column: 2) == OriginalPosition(source: 0, line: 0, column: 0))
        #expect(map.lookup(line: 0, column: 3) != nil)
        #expect(map.lookup(line: 0, column: 4) == nil)
        #expect(map.lookup(line: 0, column: .max) == nil)
        #expect(map.lookup(line: 1, column: 5) == nil)
        #expect(map.lookup(line: 2, column: 0) == nil)
        #expect(map.lookup(line: 2, column: 9) != nil)
        #expect(map.lookup(line: 3, column: 0) == nil)
        #expect(map.lookup(line: .max, column: .max) == nil)
    }

    @Test("of several segments at a place the first counts there, the last behind it")
    func ties() throws {
        let map = try MapText(mappings: "EAAA,AACA,AACA").map()
        #expect(map.lookup(line: 0, column: 2)?.line == 0)
        #expect(map.lookup(line: 0, column: 3)?.line == 2)
        let stored = map.storedBytes()
        try StoredMap.with(stored) { stored throws in
            #expect(try stored.lookup(line: 0, column: 2)?.line == 0)
            #expect(try stored.lookup(line: 0, column: 3)?.line == 2)
        }
    }

    @Test("ties over many blocks of the stored form") func manyTies() throws {
        let tie = [String](repeating: "AACA", count: 200).joined(separator: ",")
        let map = try MapText(mappings: "CAAA,\(tie),CACA,\(tie)").map()
        try StoredMap.with(map.storedBytes()) { stored throws in
            for column: UInt32 in 0..<4 {
                #expect(
                    try stored.lookup(line: 0, column: column)
                        == map.lookup(line: 0, column: column))
            }
        }
        #expect(map.lookup(line: 0, column: 1)?.line == 0)
    }

    @Test("columns that go backwards are sorted") func unsorted() throws {
        let map = try MapText(mappings: "oBAEA,fAFK,OACH").map()
        map.table.checkInvariants()
        #expect(map.lookup(line: 0, column: 4) == nil)
        #expect(map.lookup(line: 0, column: 5)?.line == 0)
        #expect(map.lookup(line: 0, column: 20)?.line == 2)
    }

    /// Sections at these offsets, each with two segments on its first line and one on the next.
    private static func index(_ offsets: [(Int, Int)]) throws -> SourceMap {
        let sections = offsets.enumerated().map { number, offset in
            let map = MapText(sources: ["\(number).js"], names: ["n"], mappings: "AAAA,KAAKA;CACC")
                .json
            return "{\"map\":\(map),\"offset\":{\"line\":\(offset.0),\"column\":\(offset.1)}}"
        }
        let json = "{\"version\":3,\"sections\":[\(sections.joined(separator: ","))]}"
        return try SourceMap(decoding: Array(json.utf8))
    }

    @Test("sections: offsets, own sources, cut at the next one") func sections() throws {
        let map = try Self.index([(0, 0), (1, 3), (4, 0)])
        map.table.checkInvariants()
        let name = { (line: UInt32, column: UInt32) in
            map.lookup(line: line, column: column).map { map.sources[$0.source].name ?? "" }
        }
        #expect(name(0, 0) == "0.js")
        #expect(name(1, 1) == "0.js")
        #expect(name(1, 3) == "1.js")
        #expect(map.lookup(line: 1, column: 8)?.column == 5)
        #expect(map.lookup(line: 1, column: 8)?.name == 1)
        #expect(name(2, 0) == nil)
        #expect(name(2, 1) == "1.js")
        #expect(name(3, 9) == nil)
        #expect(name(4, 0) == "2.js")
        #expect(map.warnings.isEmpty)
    }

    @Test("a section that goes on behind the next one's offset is cut") func overlap() throws {
        let map = try Self.index([(0, 0), (0, 4)])
        map.table.checkInvariants()
        #expect(map.warnings.map(\.kind) == [.sectionOverlap])
        #expect(map.table.segments.count == 4)
        let first = try #require(map.lookup(line: 0, column: 3))
        #expect(map.sources[first.source].name == "0.js")
        let second = try #require(map.lookup(line: 0, column: 5))
        #expect(map.sources[second.source].name == "1.js")
    }

    @Test("sections out of order are sorted") func order() throws {
        let map = try Self.index([(9, 0), (0, 0)])
        map.table.checkInvariants()
        #expect(map.warnings.map(\.kind) == [.sectionOrder])
        let first = try #require(map.lookup(line: 0, column: 0))
        #expect(map.sources[first.source].name == "1.js")
    }

    @Test("sources that sections share are one") func sharedSources() throws {
        let map = MapText(mappings: "AAAA").json
        let sections = (0..<3).map { "{\"offset\":{\"line\":\($0),\"column\":0},\"map\":\(map)}" }
        let json = "{\"version\":3,\"sections\":[\(sections.joined(separator: ","))]}"
        let joined = try SourceMap(decoding: Array(json.utf8), mode: .strict)
        #expect(joined.sources.count == 1)
        #expect(joined.lookup(line: 2, column: 0)?.source == 0)
    }

    @Test("random maps: decoded and stored as meant", arguments: 1...40)
    func random(seed: UInt64) throws {
        let random = RandomMap(seed: seed, lineCount: 40, segmentLimit: 90)
        let map = try random.text.map()
        let check = MapCheck("seed \(seed)", map)
        try StoredMap.with(check.stored) { stored throws in
            try stored.checkAll()
            var segments: [Segment] = []
            try stored.forEachSegment { segments.append($1) }
            #expect(segments == map.table.segments, "seed \(seed)")
            var numbers = SeededRandom(seed: seed)
            for line in 0...random.lines.count {
                for _ in 0..<60 {
                    let column = UInt32.random(in: 0..<900, using: &numbers)
                    let expected = random.expected(line: line, column: column)
                    let place: Comment = "seed \(seed), \(line):\(column)"
                    #expect(map.lookup(line: UInt32(line), column: column) == expected, place)
                    #expect(
                        try stored.lookup(line: UInt32(line), column: column) == expected, place)
                }
            }
            for index in map.sources.indices {
                #expect(
                    try stored.content(ofSource: index).map { String(decoding: $0, as: UTF8.self) }
                        == random.text.contents[index])
            }
        }
    }
}
