import ArgumentParser
import ErrorModel
import Glibc

struct ProjectionsRegroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regroup",
        abstract: "Group a project's events by another version of the fingerprint.",
        discussion: """
            EXAMPLE: logctl projections regroup --project shop --to 2 --diff
            EXAMPLE: logctl projections regroup --project shop --to 2 --yes
            EXAMPLE: logctl projections regroup --project shop --undo

            Version 1 takes the first three frames, version 2 those of the application's own code \
            first. With --diff it shows which issues would split, merge or move, with events and \
            users each, and changes nothing. Without, it is one record in the log; the views are \
            folded anew while the old ones serve, and the command waits for that. --undo goes back \
            to the version before and gives back the very same views.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "The project (slug or number); may be left out where there is only one.")
    var project: String?
    @Option(help: "The version of the fingerprint: 1 or 2.")
    var to: Int?
    @Flag(help: "Go back to the version before.")
    var undo = false
    @Flag(help: "Show what would change, and change nothing.")
    var diff = false
    @Flag(help: "Do not ask.")
    var yes = false
    @Option(help: "Why, for the history.")
    var comment: String?

    func validate() throws {
        if (to == nil) == !undo { throw ValidationError("give either --to or --undo") }
    }

    func run() async throws {
        try await report {
            let client = try server.client()
            let project = try await project(client)
            if diff { return show(try await compare(project, client)) }
            try await ask(project, client)
            let answer = try await client.json(
                .post, "/api/projections/regroup", body: body(project, dryRun: false))
            Terminal.note(
                "\(project) is grouped by version \(answer["version"]?.int64 ?? 0), record "
                    + "\(answer["record"]?.int64 ?? 0); 'logctl projections regroup --project "
                    + "\(project) --undo' takes it back")
            try await RegroupWatch(
                client: client, project: project, record: answer["record"]?.int64 ?? 0
            ).run()
            Output(format: format.chosen).object(answer, columns: Self.applied)
        }
    }

    private func compare(_ project: String, _ client: Client) async throws -> JSONValue {
        try await FoldWatch(client: client, member: "comparison").run {
            try await client.json(
                .post, "/api/projections/regroup", body: body(project, dryRun: true))
        }
    }

    private func body(_ project: String, dryRun: Bool) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("project", .string(project)), ("dryRun", .bool(dryRun)),
        ]
        if undo { members.append(("undo", true)) }
        if let to { members.append(("to", .integer(to))) }
        if let user = ServerOptions.environment("USER") { members.append(("actor", .string(user))) }
        if let comment { members.append(("comment", .string(comment))) }
        return .pairs(members)
    }

    private func project(_ client: Client) async throws -> String {
        if let project { return project }
        let all = try await client.json(.get, "/api/projects")["projects"]?.array ?? []
        guard all.count == 1, let slug = all.first?["slug"]?.string else {
            throw CommandFailure(.usage, "there are \(all.count) projects: name one by --project")
        }
        return slug
    }

    /// On a terminal, where nobody has said --yes.
    private func ask(_ project: String, _ client: Client) async throws {
        guard !yes, isatty(STDIN_FILENO) == 1, Terminal.errorIsTerminal else { return }
        let diff = try await compare(project, client)
        Terminal.note(Self.summary(diff))
        Terminal.note("regroup \(project)? [y/N]")
        guard ["y", "yes"].contains((readLine() ?? "").lowercased()) else {
            throw CommandFailure(.usage, "nothing was changed")
        }
    }

    // MARK: output

    private static let applied = [
        Column(title: "project", member: "project"),
        Column(title: "version", member: "version", isNumber: true),
        Column(title: "previous", member: "previous", isNumber: true),
        Column(title: "record", member: "record", isNumber: true),
    ]

    private static let columns = [
        Column(title: "change", member: "change"),
        Column(title: "issue", member: "id"),
        Column(title: "events", member: "events", isNumber: true),
        Column(title: "users", member: "users", isNumber: true),
        Column(title: "title", member: "title", isFlexible: true),
    ]

    /// JSON as it came; else one row an issue, and one for each that it would be in; then those that
    /// would be made of several.
    private func show(_ diff: JSONValue) {
        switch format.chosen {
        case .json: Terminal.write(line: diff.compactText)
        case .ndjson:
            Output(format: .ndjson).list(diff["issues"]?.array ?? [], columns: Self.columns)
        case .table, .csv:
            Output(format: format.chosen).list(
                (diff["issues"]?.array ?? []).flatMap(Self.rows)
                    + (diff["unions"]?.array ?? []).map(Self.row), columns: Self.columns)
        }
        Terminal.note(Self.summary(diff))
    }

    private static func rows(_ issue: JSONValue) -> [JSONValue] {
        [issue]
            + (issue["into"]?.array ?? []).map { side in
                .object(
                    [.init("change", .string("  into"))]
                        + (side.members ?? []))
            }
    }

    /// An issue that would be made of several.
    private static func row(_ union: JSONValue) -> JSONValue {
        let parts = union["of"]?.array ?? []
        return .object(
            [.init("change", "together")] + (union.members ?? [])
                + [.init("title", .string("of \(parts.count) issues"))])
    }

    private static func summary(_ diff: JSONValue) -> String {
        func number(_ member: String) -> Int64 { diff[member]?.int64 ?? 0 }
        let changes = [
            ("stays", "stay"), ("moves", "move"), ("merges", "merge"), ("splits", "split"),
            ("splitsAndMerges", "split and merge"),
        ].map { "\(number($0.0)) \($0.1)" }.joined(separator: ", ")
        var text =
            "version \(number("from")) to \(number("to")): \(number("before")) issues become "
            + "\(number("after")), of \(number("events")) events; \(changes)"
        if number("unknownEvents") > 0 {
            text += "; \(number("unknownEvents")) events without a payload go with the others"
        }
        if diff["complete"]?.bool == false { text += "; only the largest are listed" }
        return text
    }
}

/// Waits until every view has been folded by what is in force.
private struct RegroupWatch {
    let client: Client
    let project: String
    /// The offset of the record.
    let record: Int64

    private static let pause = Duration.milliseconds(200)

    func run() async throws {
        defer { Terminal.endProgress() }
        while true {
            let answer = try await client.json(.get, "/api/projections")
            let waiting = (answer["projections"]?.array ?? []).filter { view in
                (view["offset"]?.int64 ?? 0) <= record
                    || (view["groupings"]?.array ?? []).contains {
                        $0["project"]?.string == project && $0["current"] != nil
                    }
            }
            if waiting.isEmpty { return }
            for view in waiting {
                let name = view["name"]?.string ?? ""
                if let failure = view["rebuildFailure"]?.string {
                    throw CommandFailure(
                        .software,
                        "\(name) could not be folded anew and shows the old grouping: \(failure)")
                }
            }
            if let view = waiting.first(where: { $0["rebuild"] != nil }), let fold = view["rebuild"]
            {
                Terminal.progress(FoldWatch.text(view["name"]?.string ?? "", fold))
            }
            try await Task.sleep(for: Self.pause)
        }
    }
}
