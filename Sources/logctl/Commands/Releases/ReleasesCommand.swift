import ArgumentParser
import ErrorModel

struct ReleasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "releases", abstract: "Create, finalize and list releases.",
        subcommands: [ReleasesCreate.self, ReleasesFinalize.self, ReleasesList.self])

    static let columns = [
        Column(title: "version", member: "version", isFlexible: true),
        Column(title: "project", member: "project"),
        Column(title: "source", member: "source"),
        Column(title: "created", member: "createdAt"),
        Column(title: "finalized", member: "finalizedAt"),
        Column(title: "events", member: "events", isNumber: true),
        Column(title: "new issues", member: "newIssues", isNumber: true),
        Column(title: "regressions", member: "regressions", isNumber: true),
    ]

    /// Those of a list: with what sessions say.
    static let listColumns =
        columns + [
            Column(title: "sessions", member: "sessions", isNumber: true),
            Column(title: "crash-free sessions", member: "crashFreeSessions", isNumber: true),
            Column(title: "crash-free users", member: "crashFreeUsers", isNumber: true),
        ]

    /// A release of a list with its health beside the other members, as columns name them.
    ///
    /// Rates are percent here, cut to two digits: 99.996 % is not all.
    static func row(_ release: JSONValue) -> JSONValue {
        func percent(_ name: String) -> JSONValue {
            guard let rate = release["health"]?[name]?.double else { return .null }
            return .string("\((rate * 10_000).rounded(.down) / 100) %")
        }
        return .object(
            (release.members ?? []) + [
                .init("sessions", release["health"]?["sessions"] ?? .null),
                .init("crashFreeSessions", percent("crashFreeSessions")),
                .init("crashFreeUsers", percent("crashFreeUsers")),
            ])
    }

    static func path(_ project: String) -> String {
        "/api/origins/\(Query.encode(project))/releases"
    }
}

struct ReleasesCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a release; again is no error.",
        discussion: """
            EXAMPLE: logctl releases create --origin my-app --version 1.2.3

            Without a version it is that of the variables that builders set (FAULTLOG_RELEASE, \
            PROLIFERATE_RELEASE, GITHUB_SHA, VERCEL_GIT_COMMIT_SHA, CF_PAGES_COMMIT_SHA, \
            CI_COMMIT_SHA, …), else the commit that git has checked out in this folder.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(name: [.long, .customLong("origin")], help: "The project (slug or number).")
    var project: String
    @Argument(help: "The version: a git SHA, 1.2.3, shop@1.2.3, …; none: it is looked for.")
    var version: String?
    @Option(name: .customLong("version"), help: "The version, as an option.")
    var versionOption: String?

    func validate() throws {
        if version != nil, versionOption != nil {
            throw ValidationError("give the version once")
        }
    }

    func run() async throws {
        try await report {
            let version = try DetectedRelease.version(given: version ?? versionOption)
            let release = try await server.client().json(
                .post, ReleasesCommand.path(project), body: ["version": .string(version)])
            Output(format: format.chosen).object(release, columns: ReleasesCommand.columns)
        }
    }
}

struct ReleasesFinalize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finalize", abstract: "Mark a release complete.",
        discussion: "EXAMPLE: logctl releases finalize --project shop 1.2.3")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(name: [.long, .customLong("origin")], help: "The project (slug or number).")
    var project: String
    @Argument(help: "The version.")
    var version: String

    func run() async throws {
        try await report {
            let release = try await server.client().json(
                .patch, ReleasesCommand.path(project) + "/" + Query.encode(version),
                body: ["finalized": true])
            Output(format: format.chosen).object(release, columns: ReleasesCommand.columns)
        }
    }
}

struct ReleasesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the releases of a project, newest first.",
        discussion: """
            EXAMPLE: logctl releases list --project shop --environment production

            Crash-free are the sessions, and the users, that saw no crash of the release.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Option(name: [.long, .customLong("origin")], help: "The project (slug or number).")
    var project: String
    @Option(help: "Sessions of this environment only; events of all.")
    var environment: String?
    @OptionGroup var past: PastOptions

    func run() async throws {
        try await report {
            var query = Query()
            query.add("environment", environment)
            past.add(to: &query)
            let answer = try await server.client().json(
                .get, query.path(ReleasesCommand.path(project)))
            let releases = answer["releases"]?.array ?? []
            let isForPeople = format.chosen == .table || format.chosen == .csv
            Output(format: format.chosen).list(
                isForPeople ? releases.map(ReleasesCommand.row) : releases,
                columns: ReleasesCommand.listColumns)
        }
    }
}
