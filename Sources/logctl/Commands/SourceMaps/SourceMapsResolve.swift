import ArgumentParser
import ErrorModel
import SourceMaps

struct SourceMapsResolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract:
            "Show the original frames of a minified stack, with maps from files or of a server.",
        discussion: """
            EXAMPLES:
              logctl sourcemaps resolve --map dist/app.js.map --format json < stack.txt
              logctl sourcemaps resolve --origin shop --release 1.2.3 < stack.txt

            The input is a raw stack, or JSON: a list of frames, or an object with `frames`; a frame \
            has `function`, `file`, `line` and `column`. A map is of the file that bears its name \
            without `.map`, in whatever folder; --map NAME=PATH says which one it is else: a URL, \
            or ~/path for any host. Functions are named best where the map holds the sources; \
            otherwise the generated file is looked for beside the map. With --map no server is needed; \
            with --origin the server's maps are used. A frame without an original says why.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(
        name: [.customLong("origin"), .customLong("project")],
        help: "The project (slug or number) whose uploaded maps are used.")
    var project: String?
    @Option(parsing: .unconditional, help: "The release that the stack is of, with --origin.")
    var release: String?
    @Option(parsing: .unconditional, help: "Its distribution, with --origin.")
    var dist: String?
    @Option(
        name: .customLong("map"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A map; may be given several times.", valueName: "[name=]path"))
    var maps: [String] = []
    @OptionGroup var input: StackInput

    private static let columns =
        StackInput.columns + [
            Column(title: "minified", member: "minified", isFlexible: true),
            Column(title: "reason", member: "unresolved", isFlexible: true),
        ]

    func validate() throws {
        if maps.isEmpty == (project == nil) {
            throw ValidationError("give --map, or --origin for the maps of a server")
        }
    }

    func run() async throws {
        try await report {
            if let project { return try await askServer(project) }
            let frames = try self.frames(input.bytes())
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

    /// By the maps that were uploaded; the answer's frames are those of events.
    private func askServer(_ project: String) async throws {
        let bytes = try input.bytes()
        var members: [(String, JSONValue)] = [("project", .string(project))]
        for (name, value) in [
            ("release", release), ("dist", dist), ("type", input.type), ("message", input.message),
        ] { if let value { members.append((name, .string(value))) } }
        if Self.isJSON(bytes) {
            members.append(("frames", .array(try Self.items(bytes))))
        } else {
            members.append(("stack", .string(String(decoding: bytes, as: UTF8.self))))
        }
        let answer = try await server.client().json(
            .post, "/api/sourcemaps/resolve", body: .pairs(members))
        let frames = answer["frames"]?.array ?? []
        if frames.isEmpty { Terminal.note("there is no stack in this text") }
        switch format.chosen {
        case .json: Terminal.write(line: answer.compactText)
        case .ndjson: for frame in frames { Terminal.write(line: frame.compactText) }
        case .table, .csv:
            Output(format: format.chosen).list(
                frames.map(Self.row(ofServer:)), columns: Self.columns)
        }
    }

    private static func row(ofServer frame: JSONValue) -> JSONValue {
        let members = (frame.members ?? []).map { member -> (String, JSONValue) in
            guard member.key == "minified" else { return (member.key, member.value) }
            let place = ["file", "line", "column"].map { Cell.text(member.value[$0]) }
            return (member.key, .string(place.joined(separator: ":")))
        }
        return .pairs(members)
    }

    /// JSON begins with a bracket or a brace; no stack does.
    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        let first = bytes.first { !ASCII.isSpace($0) }
        return first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
    }

    private static func items(_ bytes: [UInt8]) throws -> [JSONValue] {
        do throws(JSONError) {
            let json = try JSONValue(parsing: bytes)
            return json.array ?? json["frames"]?.array ?? []
        } catch {
            throw CommandFailure(.data, "the input begins like JSON and is none: \(error)")
        }
    }

    private func frames(_ bytes: [UInt8]) throws -> [MinifiedFrame] {
        guard Self.isJSON(bytes) else {
            let stack = StackText.parse(
                bytes, language: .javascript, type: input.type, message: input.message)
            if stack.frames.isEmpty { Terminal.note("there is no stack in this text") }
            return stack.frames.map(MinifiedFrame.init)
        }
        return try Self.items(bytes).compactMap(MinifiedFrame.init)
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
