import ArgumentParser

struct SourceMapsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sourcemaps",
        abstract:
            "Upload source maps and read them: what is wrong with one, where a frame comes from.",
        subcommands: [
            SourceMapsUpload.self, SourceMapsList.self, SourceMapsDelete.self,
            SourceMapsResolve.self, SourceMapsCheck.self,
        ])
}
