import ArgumentParser
import ErrorModel

struct ErrorsBisect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect", abstract: "Show where an issue began, and what began with it.",
        discussion: """
            EXAMPLE: logctl errors bisect 1-30b4d8a9847d6360

            The first release that has it, by the project's order of releases, with the releases \
            before and after it; its first event; and the other issues that are new in that release.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var past: PastOptions
    @Argument(help: "The issue's id.")
    var id: String
    @Option(help: "How many of the other new issues, to 100.")
    var limit = 10

    private static let columns = [
        Column(title: "issue", member: "issue"),
        Column(title: "first release", member: "firstRelease"),
        Column(title: "before", member: "before"),
        Column(title: "after", member: "after"),
        Column(title: "first seen", member: "firstSeen"),
        Column(title: "new issues", member: "newIssues", isNumber: true),
    ]

    func run() async throws {
        try await report {
            var query = Query()
            query.add("limit", limit)
            past.add(to: &query)
            let answer = try await server.client().json(
                .get, query.path("/api/error-issues/\(Query.encode(id))/bisect"))
            // CSV has cells for names only.
            let shown = format.chosen == .csv ? Self.named(answer) : answer
            Output(format: format.chosen).object(
                shown, columns: Self.columns, text: { Self.text(answer) })
        }
    }

    /// With the versions of the releases in their places.
    private static func named(_ answer: JSONValue) -> JSONValue {
        .object(
            (answer.members ?? []).map { member in
                ["firstRelease", "before", "after"].contains(member.key)
                    ? .init(member.key, member.value["version"] ?? .null) : member
            })
    }

    private static func text(_ answer: JSONValue) -> String {
        func release(_ title: String, _ member: String) -> String {
            guard let release = answer[member], !release.isNull else { return "\(title)  none\n" }
            let version = Terminal.plain(Cell.text(release["version"]))
            return "\(title)  \(version)  (\(Cell.text(release["createdAt"])), "
                + "\(Cell.text(release["events"])) events)\n"
        }
        let event = answer["firstEvent"]
        var text = "\(Cell.text(answer["issue"])) of \(Cell.text(answer["project"]))\n"
        text += release("first release", "firstRelease")
        text += release("before       ", "before")
        text += release("after        ", "after")
        text += "first event    \(Cell.text(event?["id"])) at \(Cell.text(answer["firstSeen"]))"
        text += ", offset \(Cell.text(event?["offset"]))\n"
        let issues = answer["issues"]?.array ?? []
        text += "also new in it \(Cell.text(answer["newIssues"]))\n"
        for issue in issues {
            text += "  \(Cell.text(issue["id"]))  \(Cell.text(issue["events"]))  "
            text += Terminal.plain(Cell.text(issue["title"])) + "\n"
        }
        return text
    }
}
