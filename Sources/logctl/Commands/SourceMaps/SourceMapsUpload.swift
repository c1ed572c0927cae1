import ArgumentParser
import ErrorModel
import SourceMaps

struct SourceMapsUpload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload",
        abstract: "Upload the scripts and source maps of a build.",
        discussion: """
            EXAMPLE: logctl sourcemaps upload --origin shop --release 1.2.3 ./dist

            The folder is walked; a script finds its map by its last comment, by its name or by a \
            debug id. What is left out is said, with the reason. Without --release it is that of the \
            variables that builders set (FAULTLOG_RELEASE, GITHUB_SHA, …), else the commit of git. \
            With --inject scripts and maps in the folder get debug ids first, by which a frame finds \
            its map whatever the URL and the release: upload, then publish those files. An upload \
            may come after the errors; it can be done again, and replaces what has the same name.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(name: [.long, .customLong("origin")], help: "The project (slug or number).")
    var project: String
    @Option(help: "The release; without it, variables and git are asked.")
    var release: String?
    @Option(help: "The distribution, where one release has several builds.")
    var dist: String?
    @Option(help: "What stands before the paths: a URL, or ~/ and folders for any host.")
    var urlPrefix = "~/"
    @Flag(help: "Write debug ids into the scripts and maps of the folder first.")
    var inject = false
    @Flag(help: "Show what would be done; change and send nothing.")
    var dryRun = false
    @Argument(help: "The folder of the build.")
    var folder: String

    private static let columns = [
        Column(title: "url", member: "url", isFlexible: true),
        Column(title: "kind", member: "kind"),
        Column(title: "bytes", member: "bytes", isNumber: true),
        Column(title: "debug id", member: "debugId"),
        Column(title: "map", member: "map", isFlexible: true),
    ]

    func run() async throws {
        try await report {
            let release = try DetectedRelease.version(given: release)
            var folder = try BuildFolder(folder)
            var skipped = folder.plan.skipped
            if inject {
                skipped += try injectIDs(folder)
                if !dryRun { folder = try BuildFolder(self.folder) }
            }
            for item in skipped {
                Terminal.note(Terminal.plain("left out: \(item.path): \(item.reason)"))
            }
            if folder.otherCount > 0 {
                Terminal.note("files that are neither scripts nor maps: \(folder.otherCount)")
            }
            let upload = ArtifactUpload(folder: folder, urlPrefix: urlPrefix)
            guard !upload.isEmpty else {
                throw CommandFailure(
                    .noInput, "there is no script with a map in \(self.folder), and no map")
            }
            let sent =
                dryRun
                ? try upload.preview()
                : try await upload.send(
                    to: server.client(), project: project, release: release, dist: dist)
            show(sent, skipped, release)
        }
    }

    private func injectIDs(_ folder: BuildFolder) throws -> [UploadPlan.Skipped] {
        var refused: [UploadPlan.Skipped] = []
        var count = 0
        for pair in folder.plan.pairs {
            do {
                if try folder.inject(pair, isDryRun: dryRun) { count += 1 }
            } catch let error as DebugIDInjectionError {
                refused.append(.init(path: pair.script, reason: "it gets no debug id: \(error)"))
            } catch let error as SourceMapError {
                refused.append(.init(path: pair.script, reason: "it gets no debug id: \(error)"))
            }
        }
        Terminal.note(
            "\(dryRun ? "scripts that would get" : "scripts with new") debug ids: \(count)")
        return refused
    }

    private func show(
        _ artifacts: [JSONValue], _ skipped: [UploadPlan.Skipped], _ release: String
    ) {
        guard format.chosen == .json else {
            return Output(format: format.chosen).list(artifacts, columns: Self.columns)
        }
        let left = skipped.map {
            JSONValue.pairs([("path", .string($0.path)), ("reason", .string($0.reason))])
        }
        let answer: JSONValue = .pairs([
            ("release", .string(release)), ("dryRun", .bool(dryRun)),
            ("artifacts", .array(artifacts)), ("skipped", .array(left)),
        ])
        Terminal.write(line: answer.compactText)
    }
}
