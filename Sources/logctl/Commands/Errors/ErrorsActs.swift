import ArgumentParser
import ErrorModel

/// What every act on an issue takes.
struct ActOptions: ParsableArguments {
    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The issue's id.")
    var id: String

    /// Sends an act and shows the issue as it is then.
    func send(
        _ method: Client.Method, _ act: String, _ members: [(String, JSONValue)],
        comment: String? = nil
    ) async throws {
        var members = members
        if let user = ServerOptions.environment("USER") { members.append(("actor", .string(user))) }
        if let comment { members.append(("comment", .string(comment))) }
        let issue = try await server.client().json(
            method, "/api/error-issues/\(Query.encode(id))/\(act)", body: .pairs(members))
        Output(format: format.chosen).object(issue, columns: IssueColumns.chosen(format.chosen))
    }
}

struct ErrorsMerge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Show other issues as one with this one; unmerge takes it back exactly.",
        discussion: "EXAMPLE: logctl errors merge 1-30b4d8a9847d6360 1-9a1be2c4d5f60718")

    @OptionGroup var act: ActOptions
    @Argument(help: "The issues to merge into it.")
    var others: [String]
    @Option(help: "Why; kept with the act.")
    var comment: String?

    func run() async throws {
        try await report {
            try await act.send(
                .post, "merge", [("issues", .array(others.map(JSONValue.string)))],
                comment: comment)
        }
    }
}

struct ErrorsUnmerge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmerge",
        abstract:
            "Let issues that were merged into this one stand alone again; all, or those named.",
        discussion: "EXAMPLE: logctl errors unmerge 1-30b4d8a9847d6360 1-9a1be2c4d5f60718")

    @OptionGroup var act: ActOptions
    @Argument(help: "Those that are to stand alone; none: all.")
    var parts: [String] = []
    @Option(help: "Why; kept with the act.")
    var comment: String?

    func run() async throws {
        try await report {
            let named: JSONValue = parts.isEmpty ? .null : .array(parts.map(JSONValue.string))
            try await act.send(.post, "unmerge", [("issues", named)], comment: comment)
        }
    }
}

struct ErrorsAssign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "Give an issue to somebody.",
        discussion: "EXAMPLE: logctl errors assign 1-30b4d8a9847d6360 ada")

    @OptionGroup var act: ActOptions
    @Argument(help: "To whom.")
    var assignee: String?
    @Flag(help: "To nobody.")
    var nobody = false

    func validate() throws {
        if (assignee == nil) != nobody { throw ValidationError("give a name or --nobody") }
    }

    func run() async throws {
        try await report {
            try await act.send(
                .put, "assignee", [("assignee", assignee.map(JSONValue.string) ?? .null)])
        }
    }
}

struct ErrorsComment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comment", abstract: "Say something about an issue.",
        discussion: "EXAMPLE: logctl errors comment 1-30b4d8a9847d6360 'seen on web-07 only'")

    @OptionGroup var act: ActOptions
    @Argument(help: "The comment.")
    var text: String

    func run() async throws {
        try await report { try await act.send(.post, "comments", [], comment: text) }
    }
}

struct ErrorsUndo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Take back the newest act of triage on an issue, or the one that is named.",
        discussion:
            """
            What the issue was before the act it is again, and what happened since is judged by \
            that. An undoing is an act itself: name its offset to take it back.

            EXAMPLE: logctl errors undo 1-30b4d8a9847d6360 --comment 'wrong issue'
            """)

    @OptionGroup var act: ActOptions
    @Option(help: "The act, by the offset of its record; see 'errors activity'.")
    var offset: UInt64?
    @Option(help: "Why; kept with the act.")
    var comment: String?

    func run() async throws {
        try await report {
            let members = offset.map { [("offset", JSONValue.integer($0))] } ?? []
            try await act.send(.post, "undo", members, comment: comment)
        }
    }
}

struct ErrorsActivity: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activity", abstract: "List all that was done to an issue, oldest first.",
        discussion: "EXAMPLE: logctl errors activity 1-30b4d8a9847d6360")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var past: PastOptions
    @Argument(help: "The issue's id.")
    var id: String

    private static let columns = [
        Column(title: "offset", member: "offset", isNumber: true),
        Column(title: "time", member: "time"),
        Column(title: "act", member: "type"),
        Column(title: "by", member: "actor"),
        Column(title: "undone by", member: "undoneBy", isNumber: true),
        Column(title: "details", member: "details", isFlexible: true),
    ]

    func run() async throws {
        try await report {
            var query = Query()
            past.add(to: &query)
            let answer = try await server.client().json(
                .get, query.path("/api/error-issues/\(Query.encode(id))/activity"))
            Output(format: format.chosen).list(
                answer["activity"]?.array ?? [], columns: Self.columns)
        }
    }
}
