import ErrorModel

/// The functions of one original source by line and column, from its text or from Metro's map.
struct SourceFunctions {
    private(set) var names: [String] = []
    /// Where another function begins; the name counts, none where there is no function.
    private(set) var table = SegmentTable()

    /// The name of the function around the place: nil where there is none, empty without a name.
    func index(line: UInt32, column: UInt32) -> Int? {
        // Unlike mappings, functions go on over lines.
        let lines = table.lines
        var low = 0
        var high = lines.count
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].line <= line { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        if lines[low - 1].line == line {
            if let index = table.index(line: line, column: column) {
                return OriginalPosition(table.segments[index])?.name
            }
            low -= 1
            guard low > 0 else { return nil }
        }
        let last = table.range(ofLineAt: low - 1).upperBound - 1
        return OriginalPosition(table.segments[last])?.name
    }

    /// Reads the text of a source; nil where it cannot be told what its functions are.
    init?(script bytes: UnsafeRawBufferPointer) {
        let script = ScriptTokens(bytes, mayHaveMarkup: true)
        guard script.isSound else { return nil }
        let text = TextIndex(bytes)
        var functions = FunctionTable()
        FunctionSweep(ScriptFunctions(script, mayHaveTypes: true).functions).run { function, offset in
            let place = text.position(of: offset, in: bytes)
            functions.append(
                function.map { ScriptNames.plain($0, script) }, line: place.line,
                column: place.column)
        }
        names = functions.names
        table = functions.table
    }

    /// Reads Metro's function map, whose lines and columns are those of the source.
    init?(_ map: MetroFunctionMap, _ json: JSONBytes) {
        guard !map.mappings.isMissing else { return nil }
        var list: [UInt8] = []
        json.append(map.mappings, to: &list)
        list.append(UInt8(ascii: "\""))
        names = map.names.map { json.string($0) }
        guard let table = MetroFunctionReader(list, nameCount: names.count).read() else {
            return nil
        }
        self.table = table
    }
}

/// Names of functions as the text gives them.
enum ScriptNames {
    static func plain(_ function: ScriptFunctions.Function, _ script: ScriptTokens) -> String {
        guard let name = function.name else { return "" }
        return joined(
            function, path(endingAt: name, script), function.className.map { script.name($0) })
    }

    /// Most parts of a name such as `a.b.c`.
    private static let partCount = 4

    /// The name with what is before its dots: `Shop.open`, but not `this.open`, and `Shop.open` for
    /// `Shop.prototype.open`.
    private static func path(endingAt last: Int, _ script: ScriptTokens) -> String {
        var parts = [script.name(last)]
        var place = last
        while parts.count < partCount, script.isByte(place - 1, UInt8(ascii: ".")),
            script.isWord(place - 2)
        {
            place -= 2
            parts.append(script.name(place))
        }
        // Of `a().b.c` or `a[0].b` no part is taken.
        if script.isByte(place - 1, UInt8(ascii: ".")) { return parts[0] }
        if parts.last == "this", parts.count > 1 { parts.removeLast() }
        if parts.count > 1 { parts.removeAll { $0 == "prototype" } }
        return parts.reversed().joined(separator: ".")
    }

    static func joined(
        _ function: ScriptFunctions.Function, _ name: String, _ className: String?
    ) -> String {
        let qualified = className.map { $0 + "." + name } ?? name
        return "\(function.prefix)\(qualified)"
    }
}

/// Goes through nested functions and tells where another one becomes the innermost.
struct FunctionSweep {
    private let functions: [ScriptFunctions.Function]

    /// - Parameter functions: by start, outer ones first.
    init(_ functions: [ScriptFunctions.Function]) { self.functions = functions }

    func run(_ body: (ScriptFunctions.Function?, Int) -> Void) {
        var open: [ScriptFunctions.Function] = []
        for function in functions {
            Self.close(&open, until: function.start, body)
            // One that goes on behind the one around it was misread; it is cut there.
            var function = function
            if let outer = open.last { function.end = min(function.end, outer.end) }
            open.append(function)
            body(function, function.start)
        }
        Self.close(&open, until: Int.max, body)
    }

    private static func close(
        _ open: inout [ScriptFunctions.Function], until offset: Int,
        _ body: (ScriptFunctions.Function?, Int) -> Void
    ) {
        while let last = open.last, last.end <= offset {
            open.removeLast()
            // Functions that end together: only the outermost end counts.
            if open.last?.end == last.end { continue }
            body(open.last, last.end)
        }
    }
}
