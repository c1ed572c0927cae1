import ArgumentParser
import ErrorModel
import Glibc

struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send events: JSON objects, an array or NDJSON from a file or standard input.",
        discussion: """
            EXAMPLE: echo '{"type":"TestError","message":"hello"}' | logctl send --project shop

            Large input is sent in parts; the answer adds them up. Where one is refused, it says
            how far it came.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "The project (slug or number), whose key is looked up; or give --key.")
    var project: String?
    @Option(help: "The project's key, pk_….")
    var key: String?
    @Option(help: "Send one event with this message instead of reading input.")
    var message: String?
    @Option(help: "The type of that event.")
    var type: String?
    @Argument(help: "A file; none or -: standard input.")
    var file: String?

    func validate() throws {
        if project == nil, key == nil { throw ValidationError("give --project or --key") }
        if type != nil, message == nil { throw ValidationError("--type goes with --message") }
    }

    func run() async throws {
        try await report {
            let client = try server.client()
            let key = try await findKey(client)
            var totals = Totals()
            if let message {
                var event: [(String, JSONValue)] = [("message", .string(message))]
                if let type { event.append(("type", .string(type))) }
                try await send(JSONValue.pairs(event).compactBytes, client, key, &totals)
            } else {
                var input = try InputParts(path: file)
                do {
                    while let part = try input.next() { try await send(part, client, key, &totals) }
                } catch  where totals.lines > 0 {
                    // Who sends all of it again counts events without ids twice.
                    Output(format: format.chosen).object(totals.json, columns: Totals.columns)
                    Terminal.note(
                        "only the lines up to \(totals.lines) were sent: go on with "
                            + "`tail -n +\(totals.lines + 1)`")
                    throw error
                }
            }
            Output(format: format.chosen).object(totals.json, columns: Totals.columns)
            if totals.refused > 0 {
                throw CommandFailure(.data, "\(totals.refused) events were refused")
            }
        }
    }

    private func findKey(_ client: Client) async throws -> String {
        if let key { return key }
        let projects = try await client.json(.get, "/api/projects")["projects"]?.array ?? []
        let found = projects.first {
            $0["slug"]?.string == project || Cell.text($0["id"]) == project
        }
        guard let key = found?["key"]?.string else {
            throw CommandFailure(.noInput, "there is no project '\(project ?? "")'")
        }
        return key
    }

    private func send(
        _ body: [UInt8], _ client: Client, _ key: String, _ totals: inout Totals
    ) async throws {
        let answer = try await client.send(
            .post, "/api/events", body: body, contentType: "application/x-ndjson",
            authorization: "Bearer \(key)")
        // Where every event of a part is refused the answer is a 400 that lists the reasons.
        guard let json = answer.json, answer.status == 200 || json["reasons"] != nil else {
            throw client.failure(answer)
        }
        totals.add(json, lines: body.count { $0 == UInt8(ascii: "\n") })
    }

    private struct Totals {
        var accepted: Int64 = 0
        var duplicate: Int64 = 0
        var refused: Int64 = 0
        var offset: JSONValue = .null
        /// Lines of the parts before.
        private(set) var lines: Int64 = 0

        static let columns = ["accepted", "duplicate", "refused", "offset"].map {
            Column(title: $0, member: $0, isNumber: true)
        }

        mutating func add(_ answer: JSONValue, lines sent: Int) {
            accepted += answer["accepted"]?.int64 ?? 0
            duplicate += answer["duplicate"]?.int64 ?? 0
            refused += answer["refused"]?.int64 ?? 0
            if let end = answer["offset"], !end.isNull { offset = end }
            for reason in answer["reasons"]?.array ?? [] {
                let line = lines + (reason["line"]?.int64 ?? 0)
                Terminal.note("line \(line): \(Cell.text(reason["reason"]))")
            }
            lines += Int64(sent)
        }

        var json: JSONValue {
            [
                "accepted": .integer(accepted), "duplicate": .integer(duplicate),
                "refused": .integer(refused), "offset": offset,
            ]
        }
    }
}

/// Reads input in parts that a request takes, cut between lines.
struct InputParts {
    /// Well below the server's bound for a body, and a good batch.
    private static let partBytes = 4 << 20
    /// The server's bound for the events of a request.
    private static let partLines = 10_000
    /// An input without a line break this long is no NDJSON: it is sent whole, up to here.
    private static let wholeBytes = 20 << 20
    /// Bytes asked for in one read.
    private static let readBytes = 1 << 20

    private let descriptor: Int32
    private var rest: [UInt8] = []
    private var isAtEnd = false

    init(path: String?) throws {
        guard let path, path != "-" else {
            descriptor = STDIN_FILENO
            return
        }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            throw CommandFailure(
                .noInput, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// The next part, or nil at the end.
    mutating func next() throws -> [UInt8]? {
        while !isAtEnd, rest.count < Self.partBytes || !isCuttable, rest.count < Self.wholeBytes {
            try fill()
        }
        if rest.isEmpty { return nil }
        if isAtEnd, !isCuttable {
            defer { rest = [] }
            return rest
        }
        guard isCuttable, let end = partEnd else {
            throw CommandFailure(
                .data, "the input is neither NDJSON, in lines of at most 4 MiB, nor below 20 MiB")
        }
        defer { rest.removeSubrange(..<end) }
        return Array(rest[..<end])
    }

    /// Where the next part ends: behind a line, or at the end of the input.
    private var partEnd: Int? {
        var end: Int?
        var lines = 0
        for index in rest.indices.prefix(Self.partBytes) where rest[index] == UInt8(ascii: "\n") {
            end = index + 1
            lines += 1
            if lines == Self.partLines { return end }
        }
        return isAtEnd && rest.count <= Self.partBytes ? rest.count : end
    }

    /// NDJSON is cut between lines; an array or one object over several lines is not.
    private var isCuttable: Bool {
        guard
            rest.first(where: { !($0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09) })
                == UInt8(ascii: "{"), let end = rest.firstIndex(of: UInt8(ascii: "\n"))
        else { return false }
        return (try? JSONValue(parsing: Array(rest[..<end]))) != nil
    }

    private mutating func fill() throws {
        var buffer = [UInt8](repeating: 0, count: Self.readBytes)
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 {
            if errno == EINTR { return }
            throw CommandFailure(
                .noInput, "cannot read the input: \(String(cString: strerror(errno)))")
        }
        if count == 0 { isAtEnd = true } else { rest.append(contentsOf: buffer[..<count]) }
    }
}
