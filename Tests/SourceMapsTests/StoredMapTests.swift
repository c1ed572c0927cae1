import Testing

@testable import SourceMaps

/// The stored form, whole and damaged.
@Suite("stored form") struct StoredMapTests {
    /// A map that has a bit of everything.
    private static func sample() throws -> [UInt8] {
        var random = RandomMap(seed: 7, lineCount: 6, segmentLimit: 20)
        random.text.more = [
            #""debugId":"85314830-023f-4cf1-a267-535f4e37bb17""#, #""file":"out.js""#,
            #""ignoreList":[0]"#,
        ]
        let map = try random.text.map()
        var functions = FunctionTable()
        functions.append("a", line: 0, column: 0)
        functions.append(nil, line: 2, column: 5)
        functions.append("", line: 2, column: 9)
        return map.storedBytes(functions: functions)
    }

    @Test("functions go on over lines until another one begins") func functions() throws {
        try StoredMap.with(Self.sample()) { map throws in
            #expect(map.hasFunctions)
            #expect(try map.function(line: 1, column: 9) == "a")
            #expect(try map.function(line: 2, column: 4) == "a")
            #expect(try map.function(line: 2, column: 5) == nil)
            #expect(try map.function(line: 2, column: 9)?.isEmpty == true)
            #expect(try map.function(line: 99, column: 0)?.isEmpty == true)
            #expect(try map.file == "out.js")
            #expect(map.debugID?.description == "85314830-023f-4cf1-a267-535f4e37bb17")
            #expect(try map.isIgnored(source: 0))
        }
    }

    @Test("every file that is cut off is refused") func cutPoints() throws {
        let whole = try Self.sample()
        for count in 0..<whole.count {
            #expect(throws: StoredMapError.self) {
                try StoredMap.with(Array(whole[..<count])) { _ in }
            }
        }
        #expect(throws: StoredMapError.self) { try StoredMap.with(whole + [0]) { _ in } }
    }

    @Test("every flipped bit is found, and no lookup gives a wrong answer") func flippedBits()
        throws
    {
        let whole = try Self.sample()
        let answers = try Self.answers(whole)
        var found = 0
        for bit in 0..<whole.count * 8 {
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: StoredMapError.self, "bit \(bit)") {
                try StoredMap.with(damaged) { try $0.checkAll() }
            }
            guard bit % 13 == 0, let others = try? Self.answers(damaged) else { continue }
            found += 1
            for (answer, other) in zip(answers, others) where other != .damaged {
                #expect(answer == other, "bit \(bit)")
            }
        }
        #expect(found > 0)
    }

    private enum Answer: Equatable {
        case found(OriginalPosition?, function: String?)
        case damaged
    }

    /// Throws where the file does not open.
    private static func answers(_ bytes: [UInt8]) throws -> [Answer] {
        try StoredMap.with(bytes) { map throws in
            var answers: [Answer] = []
            for line: UInt32 in 0..<7 {
                for column: UInt32 in stride(from: 0, to: 500, by: 23) {
                    do {
                        answers.append(
                            .found(
                                try map.lookup(line: line, column: column),
                                function: try map.function(line: line, column: column)))
                    } catch {
                        answers.append(.damaged)
                    }
                }
            }
            return answers
        }
    }

    @Test("random damage never leads out of the file", arguments: 1...20)
    func randomDamage(seed: UInt64) throws {
        let whole = try Self.sample()
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            var damaged = whole
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            try? StoredMap.with(damaged) { map throws in
                _ = try? map.checkAll()
                for line: UInt32 in 0..<7 { _ = try? map.lookup(line: line, column: 30) }
                _ = try? map.content(ofSource: 0)
                _ = try? map.sourceName(1 << 40)
                _ = try? map.name(-1)
            }
        }
    }

    @Test("an empty map, and one of another version") func ends() throws {
        let empty = try MapText(sources: []).map().storedBytes()
        try StoredMap.with(empty) { map throws in
            #expect(try map.lookup(line: 0, column: 0) == nil)
            #expect(try map.function(line: 0, column: 0) == nil)
            #expect(!map.hasFunctions && map.sourceCount == 0)
            try map.checkAll()
        }
        var other = empty
        other[8] = 2
        #expect(throws: StoredMapError(.version(2))) { try StoredMap.with(other) { _ in } }
        #expect(throws: StoredMapError(.foreign)) { try StoredMap.with([1, 2, 3]) { _ in } }
    }

    @Test("largest numbers") func extremes() throws {
        let map = try MapText(
            names: ["n"], mappings: "+/////DA+/////D+/////DA,A;AACAA,+/////DA//////D//////DA"
        ).map(.tolerant)
        try StoredMap.with(map.storedBytes()) { stored throws in
            for column: UInt32 in [0, 5, 2_147_483_646, 2_147_483_647, .max] {
                for line: UInt32 in [0, 1, .max] {
                    #expect(
                        try stored.lookup(line: line, column: column)
                            == map.lookup(line: line, column: column))
                }
            }
        }
    }

    @Test("the bytes of version 1 stay as they are") func golden() throws {
        let map = try MapText(
            sources: ["a.js"], names: ["n"], contents: ["f()"], mappings: "AAAAA,IACC;E"
        ).map()
        var functions = FunctionTable()
        functions.append("f", line: 0, column: 4)
        let bytes = map.storedBytes(functions: functions)
        // The header has offsets and a checksum; the parts behind it follow in this order.
        let parts: [[UInt8]] = [
            [0], Array("a.js".utf8), Array("f()".utf8), Array("n".utf8), Array("f".utf8),
            // Mapped and named at 0:0; four columns, a line and a column on; unmapped at 1:2.
            [0x12, 0, 0], [0x8A, 2, 2], [0x01, 1, 2],
            // From 0:4 on the first function.
            [0x92, 0, 0],
        ]
        var place = StoredMapLayout.headerByteCount
        for part in parts {
            let found = bytes[place...].indices.first { bytes[$0...].starts(with: part) }
            place = try #require(found, "\(part) is missing") + part.count
        }
        #expect(Array(bytes[..<16]) == Array("FLTsmap\n".utf8) + [1, 0, 0, 0, 0, 0, 0, 0])
        // Two labels, a source, its text, a name and a function.
        let tables = 6 * StoredMapLayout.textEntryByteCount
        let blocks = 2 * StoredMapLayout.blockEntryByteCount
        let texts = parts.reduce(0) { $0 + $1.count }
        #expect(bytes.count == StoredMapLayout.headerByteCount + tables + blocks + texts)
    }

    @Test("at most 24 bytes a segment") func size() throws {
        let random = RandomMap(seed: 3, lineCount: 200, segmentLimit: 200)
        let map = try random.text.map()
        let perSegment = Double(map.storedBytes().count) / Double(map.table.segments.count)
        #expect(perSegment < 24)
    }
}
