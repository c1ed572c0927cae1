import ErrorModel
import SourceMaps
import Testing

/// Stacks of minified programs, resolved to their truth.
@Suite("shared frames", .enabled(if: SharedCases.isThere, SharedCases.reason))
struct SharedFrameTests {
    /// The map and the file of a bundle, stored as an upload would be.
    private static func stored(_ bundle: String, hasSources: Bool) throws -> [UInt8] {
        let generated = try SharedCases.bytes("bundles/\(bundle)")
        let comments = MapComments(of: generated, language: .javaScript)
        var bytes: [UInt8]
        if let url = comments.sourceMappingURL, DataURL.isOne(url) {
            bytes = try DataURL.decode(url)
        } else {
            bytes = try SharedCases.bytes("bundles/\(bundle).map")
        }
        if !hasSources {
            // Under another name the member is ignored.
            let text = String(decoding: bytes, as: UTF8.self)
            let parts = text.split(
                separator: "\"sourcesContent\"", omittingEmptySubsequences: false)
            bytes = Array(parts.joined(separator: "\"x_sourcesContent\"").utf8)
        }
        let map = try SourceMap(decoding: bytes)
        #expect(hasSources || !map.sources.contains { $0.hasContent })
        return map.storedBytes(functions: FunctionTable(of: map, generated: generated))
    }

    /// The bundle is meant by these files of frames.
    private static func isBundle(_ file: String?, _ bundle: String) -> Bool {
        guard let file, let base = file.split(separator: "/").last else { return false }
        let plain = { (name: Substring) in String(name.map { $0 == "_" ? "." : $0 }) }
        return plain(base) == bundle || bundle.hasPrefix("tsc") && base == "pay.js"
    }

    /// - Parameters:
    ///   - hasSources: the maps hold the text of the sources.
    ///   - share: of the functions that must be right.
    @Test(
        "every frame has its file, line, column, name and context, and most their function",
        arguments: [(true, 0.94), (false, 0.8)])
    func frames(hasSources: Bool, share: Double) throws {
        var maps: [String: [UInt8]] = [:]
        var counts: [String: Int] = [:]
        var wrongNames: [String: Int] = [:]
        for value in try SharedCases.cases("frames.json") {
            let id = value["id"]?.string ?? "?"
            guard let bundle = value["bundle"]?.string else { continue }
            if maps[bundle] == nil {
                maps[bundle] = try Self.stored(bundle, hasSources: hasSources)
            }
            let bytes = try #require(maps[bundle])
            let input = value["input"]
            let stack = StackText.parse(
                input?["stack"]?.string ?? "", language: .javascript, type: input?["type"]?.string,
                message: input?["message"]?.string)
            let frames = value["frames"]?.array ?? []
            #expect(stack.frames.count == frames.count, "\(id): frames")
            try StoredMap.with(bytes) { map throws in
                for (index, (parsed, expected)) in zip(stack.frames, frames).enumerated() {
                    let isMapped = Self.isBundle(parsed.file, bundle)
                    let frame = MinifiedFrame(
                        function: parsed.function, file: parsed.file, line: parsed.line,
                        column: parsed.column, isNative: parsed.isNative,
                        isAddress: parsed.isAddress)
                    let found = FrameResolver.resolve(frame, with: isMapped ? map : nil)
                    counts["frames", default: 0] += 1
                    Self.compare(found.resolved, expected, hasSources, "\(id) frame \(index)")
                    if let truth = expected["original_function"] {
                        counts["functions", default: 0] += 1
                        let name = found.resolved?.function ?? ""
                        if name == truth.string ?? "" {
                            counts["functions right", default: 0] += 1
                        } else {
                            wrongNames[
                                "\(bundle): \(name), not \(truth.string ?? "-")", default: 0] += 1
                        }
                    }
                }
            }
        }
        print("frames.json, \(hasSources ? "with" : "without") source text: \(counts)")
        for (name, count) in wrongNames.sorted(by: { $0.value > $1.value }) { print(count, name) }
        let functions = Double(counts["functions"] ?? 1)
        #expect(Double(counts["functions right"] ?? 0) / functions >= share)
    }

    private static func compare(
        _ found: ResolvedFrame?, _ expected: JSONValue, _ hasSources: Bool, _ place: Comment
    ) {
        guard let truth = expected["resolved"], !truth.isNull else {
            #expect(found == nil, place)
            return
        }
        #expect(found?.source == truth["source"]?.string, place)
        #expect(found?.line == truth["line"]?.int64, place)
        #expect(found?.column == truth["column"]?.int64, place)
        #expect(found?.name == truth["name"]?.string, place)
        let line = hasSources ? truth["context_line"]?.string : nil
        #expect(found?.context?.line == line, place)
    }
}
