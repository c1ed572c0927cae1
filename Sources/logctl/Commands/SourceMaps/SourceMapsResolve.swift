import ArgumentParser
import ErrorModel
import SourceMaps

struct SourceMapsResolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Show the original frames of a minified stack, with maps from files.",
        discussion: """
            EXAMPLE: logctl sourcemaps resolve --map dist/app.js.map --format json < stack.txt

            The input is a raw stack, or JSON: a list of frames, or an object with `frames`; a frame \
            has `function`, `file`, `line` and `column`. A map is of the file that bears its name \
            without `.map`, in whatever folder; --map NAME=PATH says which one it is else: a URL, \
            or ~/path for any host. Functions are named best where the map holds the sources; \
            otherwise the generated file is looked for beside the map. No server is needed. A frame \
            without an original says why.
            """)

    @OptionGroup var format: FormatOptions
    @Option(
        name: .customLong("map"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A map; may be given several times.", valueName: "[name=]path"))
    var maps: [String]
    @Option(parsing: .unconditional, help: "The error's type, where it is known.")
    var type: String?
    @Option(
        parsing: .unconditional,
        help: "The error's message, which is cut from the front of a stack first.")
    var message: String?
    @Argument(help: "A file; none or -: standard input.")
    var file: String?

    /// More than any event holds.
    private static let byteLimit = 64 << 20

    private static let columns = [
        Column(title: "function", member: "function", isFlexible: true),
        Column(title: "file", member: "file", isFlexible: true),
        Column(title: "line", member: "line", isNumber: true),
        Column(title: "column", member: "column", isNumber: true),
        Column(title: "minified", member: "minified", isFlexible: true),
        Column(title: "reason", member: "unresolved", isFlexible: true),
    ]

    func run() async throws {
        try await report {
            let frames = try self.frames(
                WholeInput.bytes(path: file, limit: Self.byteLimit))
            let maps = try self.maps.map { try MapFile(argument: $0) }
            let resolved = frames.map { frame in
                (frame, Self.resolve(frame, maps))
            }
            switch format.chosen {
            case .json:
                let items = resolved.map { JSONValue.pairs($0.members + $1.members) }
                Terminal.write(line: JSONValue.pairs([("frames", .array(items))]).compactText)
            case .ndjson:
                for (frame, resolution) in resolved {
                    let item = JSONValue.pairs(frame.members + resolution.members)
                    Terminal.write(line: item.compactText)
                }
            case .table, .csv:
                Output(format: format.chosen).list(
                    resolved.map { Self.row($0, $1) }, columns: Self.columns)
            }
        }
    }

    /// JSON begins with a bracket or a brace; no stack does.
    private func frames(_ bytes: [UInt8]) throws -> [MinifiedFrame] {
        let first = bytes.first { !ASCII.isSpace($0) }
        guard first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else {
            let stack = StackText.parse(
                bytes, language: .javascript, type: type, message: message)
            if stack.frames.isEmpty { Terminal.note("there is no stack in this text") }
            return stack.frames.map(MinifiedFrame.init)
        }
        do throws(JSONError) {
            let json = try JSONValue(parsing: bytes)
            let items = json.array ?? json["frames"]?.array ?? []
            return items.compactMap(MinifiedFrame.init)
        } catch {
            throw CommandFailure(.data, "the input begins like JSON and is none: \(error)")
        }
    }

    private static func resolve(_ frame: MinifiedFrame, _ maps: [MapFile]) -> FrameResolution {
        guard let map = maps.first(where: { $0.isOf(frame) }) else {
            return FrameResolver.resolve(frame, with: nil)
        }
        do {
            return try StoredMap.with(map.stored) { FrameResolver.resolve(frame, with: $0) }
        } catch let error as StoredMapError {
            return .unresolved(.damaged(error))
        } catch {
            return .unresolved(.noMap([]))
        }
    }

    /// The original where there is one, else the frame as it came.
    private static func row(_ frame: MinifiedFrame, _ resolution: FrameResolution) -> JSONValue {
        guard let original = resolution.resolved else {
            return .pairs(frame.members + resolution.members)
        }
        let minified = [frame.line, frame.column].compactMap { $0.map { String($0) } }
        return .pairs(
            (original.json.members ?? []).map { ($0.key, $0.value) } + [
                ("minified", .string("\(frame.file ?? ""):\(minified.joined(separator: ":"))"))
            ])
    }
}
