import ArgumentParser
import Glibc

struct LogImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Append exported records to the log of a stopped server.",
        discussion: """
            EXAMPLE: logctl log import 2026-11.ndjson.lz4 --data data/restored

            Files are what `log export` writes, segments, or plain NDJSON of the same lines. Ids and \
            times stay; records that are there already are not added again. Copy the folder `salts` \
            first: without it users get other keys. Exits with 65 where a line was skipped.
            """)

    @OptionGroup var data: DataOptions
    @Argument(help: "The files, in their order.", completion: .file())
    var files: [String]

    func run() async throws {
        try await report {
            for file in files where InputPath.isFolder(file) || access(file, R_OK) != 0 {
                let reason = String(cString: strerror(InputPath.isFolder(file) ? EISDIR : errno))
                throw CommandFailure(.noInput, "\(file) cannot be read (\(reason))")
            }
            let directory = data.data ?? DataOptions.usualDirectory
            try ServerProgram.become(
                ["import-log", "--data", directory, "--"] + files, toDo: "makes digests")
        }
    }
}
