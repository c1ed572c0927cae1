import ArgumentParser
import ErrorModel

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how the server, its log and its views are.",
        discussion: "EXAMPLE: logctl status --format json")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions

    private static let columns = [
        Column(title: "version", member: "version"), Column(title: "state", member: "state"),
        Column(title: "next offset", member: "nextOffset"),
        Column(title: "durable offset", member: "durableOffset"),
        Column(title: "segments", member: "segments"), Column(title: "bytes", member: "bytes"),
        Column(title: "accepted", member: "accepted"),
        Column(title: "duplicate", member: "duplicate"),
        Column(title: "refused", member: "refused"), Column(title: "dropped", member: "dropped"),
        Column(title: "items", member: "items"), Column(title: "streams", member: "streams"),
        Column(title: "lost by SDKs", member: "lostBySDKs"),
    ]

    func run() async throws {
        try await report {
            let status = try await server.client().json(.get, "/api/status")
            let output = Output(format: format.chosen)
            output.object(status, columns: Self.columns)
            if format.chosen == .table {
                Terminal.write(line: "")
                output.list(
                    status["projections"]?.array ?? [], columns: ProjectionsCommand.columns)
            }
        }
    }
}
