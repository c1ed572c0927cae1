import ArgumentParser
import ErrorModel
import EventLog

struct LogRepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Take what is damaged in a stopped server's log from a copy.",
        discussion: """
            EXAMPLE: logctl log repair --data data/store --from /backup/monday --dry-run

            Only what is proven to be the same is taken: blocks of the very same file, or a whole \
            segment that the next one continues. The old file is kept in `quarantine` first. Exits \
            with 65 where something stays damaged.
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var format: FormatOptions
    @Option(help: "The copy: a data directory, for example a backup.", completion: .directory)
    var from: String
    @Option(help: "Only segments with records of these offsets, FIRST-LAST.")
    var range: String?
    @Flag(help: "Only say what would be taken.")
    var dryRun = false

    private static let columns = [
        Column(title: "segment", member: "segment"),
        Column(title: "records", member: "records"),
        Column(title: "bytes", member: "bytes", isNumber: true),
        Column(title: "still damaged", member: "stillDamaged", isNumber: true),
        Column(title: "old file", member: "oldFile"),
    ]

    func run() async throws {
        try await report {
            let directory = data.data ?? DataOptions.usualDirectory
            guard InputPath.isFolder(from) else {
                throw CommandFailure(.noInput, "\(from) is no folder that can be read")
            }
            let local = LocalLog(directory: directory)
            let repair = LogRepair(
                directory: directory, copy: from,
                mayBeRedacted: { try local.mayTellOfRedactions(from: $0) })
            let result: LogRepair.Report
            do {
                let bar = ProgressBar("repair")
                defer { Terminal.endProgress() }
                result = try repair.run(range: try offsets(), isDryRun: dryRun) {
                    bar.showCount(done: UInt64($0), total: UInt64($1), "segments")
                }
            } catch let error as LogError {
                throw CommandFailure(error.code == .locked ? .temporary : .data, "\(error)")
            } catch let error as FileError {
                throw CommandFailure(.noInput, "\(LogError(error))")
            }
            show(result)
            if !result.isWhole {
                throw CommandFailure(
                    .data, "not all of the log in \(directory) is whole; the rest of it can be read"
                )
            }
        }
    }

    private func show(_ result: LogRepair.Report) {
        Output(format: format.chosen).list(
            result.actions.map { action in
                [
                    "segment": .string(action.path),
                    "records": .string(
                        action.offsets.map { "\($0.lowerBound)-\($0.upperBound - 1)" }
                            .joined(separator: " ")),
                    "bytes": .integer(action.byteCount),
                    "stillDamaged": .integer(action.remainingFindings),
                    "oldFile": action.quarantinePath.map { .string($0) } ?? .null,
                ]
            }, columns: Self.columns)
        for refusal in result.refusals {
            Terminal.note("\(Terminal.plain(refusal.path)): left as it is: \(refusal.reason)")
        }
        if result.actions.isEmpty, result.refusals.isEmpty { Terminal.note("nothing is damaged") }
        if dryRun { Terminal.note("nothing was changed") }
    }

    private func offsets() throws -> Range<UInt64> {
        guard let range else { return 0..<UInt64.max }
        let ends = range.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]),
            first <= last, last < UInt64.max
        else { throw CommandFailure(.usage, "--range is FIRST-LAST, for example 1000-1999") }
        return first..<last + 1
    }
}
