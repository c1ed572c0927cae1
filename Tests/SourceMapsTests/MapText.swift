import ErrorModel
import SourceMaps

/// Writes maps for tests.
struct MapText {
    var sources: [String] = ["a.js"]
    var names: [String] = []
    var contents: [String?] = []
    var mappings = ""
    /// Members behind the others, each as `"key": value`.
    var more: [String] = []

    var json: String {
        func list(_ texts: [String?]) -> String {
            let items = texts.map { text in
                text.map { JSONValue.string($0).compactText } ?? "null"
            }
            return "[" + items.joined(separator: ",") + "]"
        }
        var members = [
            "\"version\":3", "\"sources\":\(list(sources))", "\"names\":\(list(names))",
            "\"mappings\":\"\(mappings)\"",
        ]
        if !contents.isEmpty { members.append("\"sourcesContent\":\(list(contents))") }
        return "{" + (members + more).joined(separator: ",") + "}"
    }

    func map(_ mode: SourceMap.Mode = .strict) throws(SourceMapError) -> SourceMap {
        try SourceMap(decoding: Array(json.utf8), mode: mode)
    }

    /// Base64 digits of one value.
    static func vlq(_ value: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var rest = value < 0 ? -value << 1 | 1 : value << 1
        var text = ""
        repeat {
            let digit = rest & 31
            rest >>= 5
            text.append(alphabet[rest > 0 ? digit | 32 : digit])
        } while rest > 0
        return text
    }
}

/// Numbers that a printed seed gives again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// A map of random segments, and the same segments as they were meant.
struct RandomMap {
    var text = MapText()
    /// By line, in the order of the map's text.
    var lines: [[Segment]] = []

    init(seed: UInt64, lineCount: Int, segmentLimit: Int) {
        var random = SeededRandom(seed: seed)
        text.sources = (0..<Int.random(in: 1...5, using: &random)).map { "src/\($0).js" }
        text.names = (0..<Int.random(in: 1...9, using: &random)).map { "näme\($0)" }
        var last = (source: 0, line: 0, column: 0, name: 0)
        var parts: [String] = []
        for _ in 0..<lineCount {
            var segments: [Segment] = []
            var column = 0
            var texts: [String] = []
            let count =
                Bool.random(using: &random) ? Int.random(in: 0...segmentLimit, using: &random) : 0
            for _ in 0..<count {
                // Sometimes none, sometimes backwards: ties and unsorted columns.
                let step = max(-column, Int.random(in: -3...40, using: &random))
                column += step
                var text = MapText.vlq(step)
                var segment = Segment(column: UInt32(column))
                if Int.random(in: 0..<10, using: &random) > 0 {
                    let source = Int.random(in: 0..<self.text.sources.count, using: &random)
                    let line = Int.random(in: 0..<1 << 20, using: &random)
                    let original = Int.random(in: 0..<200, using: &random)
                    text += MapText.vlq(source - last.source) + MapText.vlq(line - last.line)
                    text += MapText.vlq(original - last.column)
                    last = (source, line, original, last.name)
                    segment.source = UInt32(source)
                    segment.originalLine = UInt32(line)
                    segment.originalColumn = UInt32(original)
                    if Bool.random(using: &random) {
                        let name = Int.random(in: 0..<self.text.names.count, using: &random)
                        text += MapText.vlq(name - last.name)
                        last.name = name
                        segment.name = UInt32(name)
                    }
                }
                texts.append(text)
                segments.append(segment)
            }
            parts.append(texts.joined(separator: ","))
            lines.append(segments)
        }
        text.mappings = parts.joined(separator: ";")
        text.contents = text.sources.map { Bool.random(using: &random) ? "// \($0) 🛒\n" : nil }
    }

    /// What a lookup must give, found the slow way.
    func expected(line: Int, column: UInt32) -> OriginalPosition? {
        guard line < lines.count else { return nil }
        let sorted = lines[line].enumerated().sorted {
            ($0.element.column, $0.offset) < ($1.element.column, $1.offset)
        }.map(\.element)
        let segment =
            sorted.first { $0.column == column } ?? sorted.last { $0.column < column }
        guard let segment, segment.isMapped else { return nil }
        return OriginalPosition(
            source: Int(segment.source), line: segment.originalLine,
            column: segment.originalColumn,
            name: segment.name == Segment.none ? nil : Int(segment.name))
    }
}
