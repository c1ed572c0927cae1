import ErrorModel

extension FunctionTable {
    /// Finds the functions behind every place of a generated file.
    ///
    /// Best is Metro's map of a source, then the text of the source, in which the function around the
    /// original place has its own name; where neither is there, the function of the generated file
    /// counts, its name looked up in the map.
    ///
    /// - Parameter generated: the generated file's text; nil where it was not uploaded.
    package init(of map: SourceMap, generated: [UInt8]?) {
        self.init()
        let sources = SourceFunctions.all(of: map)
        let generated = generated.map { GeneratedFunctions($0, map) } ?? GeneratedFunctions()
        var walk = Walk(sources: sources, generated: generated)
        walk.run(map.table, &self)
    }

    /// Goes through segments and generated functions side by side.
    private struct Walk {
        let sources: [SourceFunctions?]
        let generated: GeneratedFunctions
        private var place = 0
        /// The generated function at the present place.
        private var current: Int?
        /// Indices in the table of the names of each source and of the generated file.
        private var sourceIndices: [[Int?]]
        private var generatedIndices: [Int?]

        init(sources: [SourceFunctions?], generated: GeneratedFunctions) {
            self.sources = sources
            self.generated = generated
            sourceIndices = sources.map { [Int?](repeating: nil, count: $0?.names.count ?? 0) }
            generatedIndices = [Int?](repeating: nil, count: generated.names.count)
        }

        mutating func run(_ table: SegmentTable, _ output: inout FunctionTable) {
            var isBySource = false
            for lineIndex in table.lines.indices {
                let line = table.lines[lineIndex].line
                for segmentIndex in table.range(ofLineAt: lineIndex) {
                    let segment = table.segments[segmentIndex]
                    pass(before: line, segment.column, isBySource, &output)
                    isBySource = segment.isMapped && sources[Int(segment.source)] != nil
                    let index = isBySource ? sourceIndex(segment, &output) : current
                    output.append(index: index, line: line, column: segment.column)
                }
            }
            pass(before: .max, .max, isBySource, &output)
        }

        /// Takes the generated functions that begin before the place or at it.
        private mutating func pass(
            before line: UInt32, _ column: UInt32, _ isBySource: Bool,
            _ output: inout FunctionTable
        ) {
            while place < generated.starts.count {
                let start = generated.starts[place]
                guard (start.line, start.column) <= (line, column) else { return }
                place += 1
                current = start.name.map { generatedIndex($0, &output) }
                // At the place itself the segment there decides.
                let isBefore = (start.line, start.column) < (line, column)
                if isBefore, !isBySource {
                    output.append(index: current, line: start.line, column: start.column)
                }
            }
        }

        private mutating func generatedIndex(_ name: Int, _ output: inout FunctionTable) -> Int {
            if let index = generatedIndices[name] { return index }
            let index = output.index(of: generated.names[name])
            generatedIndices[name] = index
            return index
        }

        private mutating func sourceIndex(
            _ segment: Segment, _ output: inout FunctionTable
        ) -> Int? {
            let source = Int(segment.source)
            guard let functions = sources[source],
                let name = functions.index(
                    line: segment.originalLine, column: segment.originalColumn)
            else { return nil }
            if let index = sourceIndices[source][name] { return index }
            let index = output.index(of: functions.names[name])
            sourceIndices[source][name] = index
            return index
        }
    }
}

extension SourceFunctions {
    /// Of each source, where they can be told.
    static func all(of map: SourceMap) -> [SourceFunctions?] {
        map.withText { json in
            map.sources.indices.map { index in
                if index < map.functionMaps.count, let functionMap = map.functionMaps[index],
                    let functions = SourceFunctions(functionMap, json)
                {
                    return functions
                }
                let source = map.sources[index]
                guard source.hasContent, isScript(source.name) else { return nil }
                if !source.content.hasEscapes {
                    return SourceFunctions(script: json.raw(source.content))
                }
                var text: [UInt8] = []
                json.append(source.content, to: &text)
                return text.withUnsafeBytes { SourceFunctions(script: $0) }
            }
        }
    }

    /// Names of files that hold something else than a script from their first byte on.
    private static let otherEndings = [
        ".vue", ".svelte", ".astro", ".css", ".scss", ".sass", ".less", ".html", ".json", ".svg",
        ".md", ".mdx", ".wasm", ".coffee", ".elm", ".rs", ".kt", ".dart", ".cljs", ".re", ".res",
    ]

    private static func isScript(_ name: String?) -> Bool {
        guard let name else { return true }
        let path = name.prefix { $0 != "?" }
        return !otherEndings.contains { path.hasSuffix($0) }
    }
}

/// The functions of a generated file with their names in the original.
struct GeneratedFunctions {
    struct Start {
        var line: UInt32
        var column: UInt32
        /// Index of the name; nil where there is no function.
        var name: Int?
    }

    private(set) var names: [String] = []
    /// Where another function becomes the innermost; ascending.
    private(set) var starts: [Start] = []

    init() {}

    init(_ file: [UInt8], _ map: SourceMap) {
        file.withUnsafeBytes { bytes in
            // Whoever reads a script passes a byte order mark, which is no column.
            let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
            let bytes = isMarked ? UnsafeRawBufferPointer(rebasing: bytes[3...]) : bytes
            let script = ScriptTokens(bytes, mayHaveMarkup: false)
            guard script.isSound else { return }
            var namer = GeneratedNames(script: script, bytes: bytes, map: map)
            // Each function is met where it begins and where one inside of it ends.
            var known: [Int: Int] = [:]
            FunctionSweep(ScriptFunctions(script, mayHaveTypes: false).functions).run { function, offset in
                let place = namer.text.position(of: offset, in: bytes)
                var name: Int?
                if let function {
                    if let index = known[function.start] {
                        name = index
                    } else {
                        name = names.count
                        known[function.start] = names.count
                        names.append(namer.name(of: function))
                    }
                }
                starts.append(Start(line: place.line, column: place.column, name: name))
            }
        }
    }
}

/// Looks up in the map what a name in the generated file was.
private struct GeneratedNames {
    let script: ScriptTokens
    let bytes: UnsafeRawBufferPointer
    let map: SourceMap
    let text: TextIndex
    /// Names of the map that were asked for, so that each is made once, however long it is.
    private var names: [Int: String] = [:]

    init(script: ScriptTokens, bytes: UnsafeRawBufferPointer, map: SourceMap) {
        self.script = script
        self.bytes = bytes
        self.map = map
        text = TextIndex(bytes)
    }

    mutating func name(of function: ScriptFunctions.Function) -> String {
        var keywordName: String?
        // The TypeScript compiler may have put the name on the keyword.
        if let keyword = function.keyword { keywordName = mapped(keyword) }
        guard let token = function.name else { return keywordName ?? "" }
        let name = mapped(token) ?? keywordName ?? script.name(token)
        var className: String?
        if let token = function.className { className = mapped(token) ?? script.name(token) }
        return ScriptNames.joined(function, name, className)
    }

    /// The name that the map has exactly at the token.
    private mutating func mapped(_ token: Int) -> String? {
        let place = text.position(of: Int(script.tokens[token].start), in: bytes)
        guard let index = map.table.index(line: place.line, column: place.column) else {
            return nil
        }
        let segment = map.table.segments[index]
        guard segment.column == place.column, segment.name != Segment.none else { return nil }
        let name = mapName(Int(segment.name))
        // Some tools leave the mark of a private name out.
        let isPrivate = script.byte(script.tokens[token]) == UInt8(ascii: "#")
        return isPrivate && !name.hasPrefix("#") ? "#" + name : name
    }

    private mutating func mapName(_ index: Int) -> String {
        if let name = names[index] { return name }
        let limit = SourceMapLimits.functionNameByteCount
        let name = CutText.text(map.name(index), limit: limit)
        names[index] = name
        return name
    }
}
