import ErrorModel

@testable import SourceMaps

/// Uploaded maps and generated files, and what is kept of them.
enum SourceMapTexts {
    /// The input as a map: what is taken must hold together, decoded and stored.
    static func runMap(_ input: [UInt8]) {
        guard let map = try? SourceMap(decoding: input) else {
            require((try? SourceMap(decoding: input, mode: .strict)) == nil, "strict is stricter")
            return
        }
        let isClean = !map.warnings.contains { $0.kind.isAgainstStandard }
        let strict = try? SourceMap(decoding: input, mode: .strict)
        require((strict != nil) == isClean, "strict refuses what is warned of, and nothing else")
        map.table.checkInvariants()
        inject(input, map)
        let functions = FunctionTable(of: map, generated: input)
        functions.table.checkInvariants()
        compare(map, map.storedBytes(functions: functions))
    }

    /// A debug id leaves all else as it was, a line later, and is put in once.
    private static func inject(_ input: [UInt8], _ map: SourceMap) {
        let script = Array("a()".utf8)
        guard let made = try? DebugIDInjection(script: script, map: input, decoded: map),
            let text = made.map
        else { return }
        guard let tied = try? SourceMap(decoding: text) else { fail("a tied map is none") }
        require(tied.table.segments == map.table.segments, "segments stay")
        require(
            tied.table.lines.map(\.line) == map.table.lines.map { $0.line + 1 }, "lines move by one"
        )
        let again = try? DebugIDInjection(
            script: made.script ?? script, map: text, decoded: tied)
        require(again?.map == nil && again?.script == nil, "it is done once")
    }

    /// Segments whose neighbourhood is looked up.
    private static let lookupCount = 64

    private static func compare(_ map: SourceMap, _ stored: [UInt8]) {
        let isRead: Void? = try? StoredMap.with(stored) { stored in
            try stored.checkAll()
            var segments: [Segment] = []
            try stored.forEachSegment { segments.append($1) }
            require(segments == map.table.segments, "the stored form has the same segments")
            for index in map.table.lines.indices.prefix(lookupCount) {
                let line = map.table.lines[index].line
                for place in map.table.range(ofLineAt: index).prefix(lookupCount) {
                    let column = map.table.segments[place].column
                    for column in [column, column &- 1, column &+ 1] {
                        let found = try stored.lookup(line: line, column: column)
                        require(found == map.lookup(line: line, column: column), "same answers")
                    }
                    let frame = MinifiedFrame(
                        file: "a.js", line: Int64(line) + 1, column: Int64(column) + 1)
                    let resolved = FrameResolver.resolve(frame, with: stored)
                    if case .unresolved(.damaged(let error)) = resolved { fail("\(error)") }
                }
            }
        }
        require(isRead != nil, "what was stored can be read")
    }

    /// The input laid over a stored map whose header fits again.
    static func runStored(_ input: [UInt8]) {
        guard input.count > 2 else { return }
        var bytes = sample
        let start = (Int(input[0]) << 8 | Int(input[1])) % bytes.count
        for (index, byte) in input.dropFirst(2).enumerated() where start + index < bytes.count {
            bytes[start + index] = byte
        }
        exercise(input)
        exercise(bytes)
        bytes.replaceSubrange(0..<StoredMapLayout.magic.count, with: StoredMapLayout.magic)
        put(UInt64(StoredMapLayout.version) | UInt64(bytes[12]) << 32, at: 8, &bytes)
        put(UInt64(bytes.count), at: 16, &bytes)
        var sum = StoredChecksum(seed: 0)
        bytes.withUnsafeBytes {
            sum.add(UnsafeRawBufferPointer(rebasing: $0[..<StoredMapLayout.checksumOffset]))
        }
        put(sum.value, at: StoredMapLayout.checksumOffset, &bytes)
        exercise(bytes)
    }

    private static func put(_ value: UInt64, at offset: Int, _ bytes: inout [UInt8]) {
        for index in 0..<8 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (index * 8))
        }
    }

    private static func exercise(_ bytes: [UInt8]) {
        try? StoredMap.with(bytes) { map in
            _ = try? map.checkAll()
            for line: UInt32 in 0..<4 {
                for column: UInt32 in [0, 7, 40, .max] {
                    let frame = MinifiedFrame(
                        file: "a.js", line: Int64(line) + 1, column: Int64(column))
                    _ = FrameResolver.resolve(frame, with: map)
                    _ = try? map.lookup(line: line, column: column)
                    _ = try? map.function(line: line, column: column)
                }
            }
            _ = try? map.isIgnored(source: 1 << 20)
            _ = try? map.name(1 << 30)
        }
    }

    private static let sample: [UInt8] = {
        let mappings = (0..<90).map { $0 % 9 == 8 ? ";AACA" : "EAACA" }.joined(separator: ",")
        let json =
            #"{"version":3,"sources":["a.js",null],"sourcesContent":["function f(){g()}"],"names":["f"],"mappings":"AAAAA,"#
            + mappings + #""}"#
        guard let map = try? SourceMap(decoding: Array(json.utf8)) else { fail("the sample map") }
        return map.storedBytes(functions: FunctionTable(of: map, generated: nil))
    }()

    /// The input as a generated file and as a source.
    static func runScript(_ input: [UInt8]) {
        input.withUnsafeBytes { bytes in
            for mayHaveMarkup in [false, true] {
                let script = ScriptTokens(bytes, mayHaveMarkup: mayHaveMarkup)
                var end: Int32 = 0
                for token in script.tokens {
                    require(token.start >= end && token.end > token.start, "tokens ascend")
                    end = token.end
                }
                require(Int(end) <= bytes.count, "tokens lie in the script")
                var last = 0
                FunctionSweep(ScriptFunctions(script, mayHaveTypes: true).functions).run {
                    _, offset in
                    require(offset >= last && offset <= bytes.count, "functions ascend")
                    last = offset
                }
            }
            let text = TextIndex(bytes)
            for offset in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 20)) {
                let place = text.position(of: offset, in: bytes)
                let again = text.offset(line: place.line, column: place.column, in: bytes)
                require(
                    again.map { $0 >= 0 && $0 <= bytes.count } == true, "places lie in the text")
            }
            _ = SourceContext(bytes, line: 3)
            _ = SourceFunctions(script: bytes)
        }
        _ = MapComments(of: input, language: .javaScript)
        _ = MapComments(of: input, language: .css)
        let text = String(decoding: input, as: UTF8.self)
        _ = try? DataURL.decode("data:" + text)
        _ = ArtifactName.match(frameFile: text, uploaded: [text, "~/a.js"])
        if let base = WebURL("https://a.example/b/c"), let url = WebURL(text, base: base) {
            require(WebURL(url.description) != nil, "a URL reads back")
        }
    }
}
