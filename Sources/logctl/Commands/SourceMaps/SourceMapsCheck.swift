import ArgumentParser
import ErrorModel
import SourceMaps

struct SourceMapsCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Show what a source map holds and what is wrong with it.",
        discussion: """
            EXAMPLE: logctl sourcemaps check dist/app.js.map

            A file that is no map is refused with exit code 65 and the reason: a page, the script \
            itself, a file that was cut off. Faults that a server takes all the same are listed; \
            with --strict they are refused, as ECMA-426 allows.
            """)

    @OptionGroup var format: FormatOptions
    @Flag(help: "Refuse all that the standard calls invalid.")
    var strict = false
    @Argument(help: "A source map.")
    var file: String

    private static let columns = [
        Column(title: "file", member: "file"), Column(title: "debug id", member: "debugId"),
        Column(title: "sources", member: "sources", isNumber: true),
        Column(title: "with text", member: "withText", isNumber: true),
        Column(title: "names", member: "names", isNumber: true),
        Column(title: "segments", member: "segments", isNumber: true),
        Column(title: "warnings", member: "warnings"),
    ]

    func run() async throws {
        try await report {
            let map = try MapFile.read(file, mode: strict ? .strict : .tolerant)
            let warnings = map.warnings.map { JSONValue.string($0.description) }
            let facts: JSONValue = .pairs([
                ("file", map.file.map { .string($0) } ?? .null),
                ("debugId", map.debugID.map { .string($0.description) } ?? .null),
                ("sources", .integer(map.sources.count)),
                ("withText", .integer(map.sources.count { $0.hasContent })),
                ("names", .integer(map.nameCount)),
                ("segments", .integer(map.table.segments.count)), ("warnings", .array(warnings)),
            ])
            Output(format: format.chosen).object(facts, columns: Self.columns)
        }
    }
}
