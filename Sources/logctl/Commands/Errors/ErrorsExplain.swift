import ArgumentParser
import ErrorModel

struct ErrorsExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why an issue has its status and its events, and why it has (not) regressed.",
        discussion: "EXAMPLE: logctl errors explain 1-30b4d8a9847d6360")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The issue's id.")
    var id: String

    func run() async throws {
        try await report {
            let answer = try await server.client().json(
                .get, "/api/error-issues/\(Query.encode(id))/explain")
            Output(format: format.chosen).object(
                answer, columns: [], text: { Self.text(answer) })
        }
    }

    private static func text(_ answer: JSONValue) -> String {
        var lines = ["\(Cell.text(answer["id"]))  \(Cell.text(answer["status"]))"]
        for (title, member) in [
            ("status", "statusBecause"), ("regression", "regressionBecause"),
            ("grouping", "groupedBecause"),
        ] {
            let sentences = (answer[member]?["text"]?.array ?? []).map { Cell.text($0) }
            guard !sentences.isEmpty else { continue }
            lines += ["", "\(title):"] + sentences.map { "  " + Terminal.plain($0) }
        }
        if let text = answer["groupedBecause"]?["hashedText"]?.string {
            lines.append("  " + Terminal.plain(text))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
