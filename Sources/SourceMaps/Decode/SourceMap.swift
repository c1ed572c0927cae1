import ErrorModel

/// A decoded source map.
///
/// It keeps the text that it was decoded from: names and source text are read from there when they
/// are asked for, so that decoding copies none of them.
package struct SourceMap: Sendable {
    /// Whether faults that the standard lets a reader choose about are refused.
    package enum Mode: Sendable {
        /// Refuses what ECMA-426 or its test suite calls invalid.
        case strict
        /// Refuses only what ECMA-426 throws at; other faults become warnings.
        case tolerant
    }

    /// An original file.
    package struct Source: Equatable, Sendable {
        /// With `sourceRoot` before it; nil where the map has none.
        package internal(set) var name: String?
        /// The map calls it code that is not the application's own.
        package internal(set) var isIgnored: Bool
        var content: JSONSlice

        package var hasContent: Bool { !content.isMissing }
    }

    /// The generated file that the map says it is of.
    package let file: String?
    package let debugID: DebugID?
    package let sources: [Source]
    package let table: SegmentTable
    /// What was wrong with the map.
    package let warnings: [SourceMapWarning]

    let names: [JSONSlice]
    /// The functions of each source, where Metro wrote them; else empty.
    let functionMaps: [MetroFunctionMap?]
    private let text: [UInt8]

    package var nameCount: Int { names.count }

    /// Decodes a map as it was uploaded; pure, in time and memory that grow with its bytes.
    ///
    /// A byte order mark and the guard line `)]}'` may stand before it.
    package init(decoding bytes: [UInt8], mode: Mode = .tolerant) throws(SourceMapError) {
        let start = try Self.start(bytes)
        let text = start == 0 ? bytes : Array(bytes[start...])
        var builder = SourceMapBuilder()
        let (fields, log) = try text.withJSON { (json) throws(SourceMapError) in
            var (fields, log) = try MapScan.read(json, isStrict: mode == .strict)
            try builder.add(&fields, json, &log)
            return (fields, log)
        }
        self.text = text
        file = text.withJSON { $0.optionalString(fields.file) }
        debugID = fields.debugID
        sources = builder.sources
        names = builder.names
        functionMaps = builder.functionMaps
        table = builder.table
        warnings = log.warnings
    }

    static func start(_ bytes: [UInt8]) throws(SourceMapError) -> Int {
        var outcome: Result<Int, SourceMapError> = .success(0)
        bytes.withUnsafeBytes { buffer in
            do throws(SourceMapError) {
                outcome = .success(try UploadText.start(of: buffer))
            } catch {
                outcome = .failure(error)
            }
        }
        return try outcome.get()
    }

    /// The place in the original sources; nil where the map has nothing for this place.
    ///
    /// Line and column are from 0 on, the column in UTF-16 code units.
    package func lookup(line: UInt32, column: UInt32) -> OriginalPosition? {
        table.index(line: line, column: column).flatMap { OriginalPosition(table.segments[$0]) }
    }

    /// The name of the index.
    package func name(_ index: Int) -> String {
        withText { $0.string(names[index]) }
    }

    /// The whole text of a source; nil where the map does not have it.
    package func content(ofSource index: Int) -> String? {
        withText { $0.optionalString(sources[index].content) }
    }

    /// Lends the text that all slices are of.
    func withText<Result>(_ body: (JSONBytes) -> Result) -> Result {
        text.withJSON(body)
    }
}
