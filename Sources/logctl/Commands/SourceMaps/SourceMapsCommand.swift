import ArgumentParser

struct SourceMapsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sourcemaps",
        abstract: "Read source maps: what is wrong with one, and where a frame comes from.",
        subcommands: [SourceMapsResolve.self, SourceMapsCheck.self])
}
