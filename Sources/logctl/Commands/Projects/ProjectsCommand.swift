import ArgumentParser
import ErrorModel

struct ProjectsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projects", abstract: "Create, list and set up projects.",
        subcommands: [
            ProjectsCreate.self, ProjectsList.self, ProjectsGet.self, ProjectsSet.self,
            ProjectsRotateKey.self, ProjectsScrub.self,
        ])

    static let columns = [
        Column(title: "id", member: "id", isNumber: true),
        Column(title: "slug", member: "slug"),
        Column(title: "name", member: "name", isFlexible: true),
        Column(title: "dsn", member: "dsn"),
        Column(title: "key", member: "key"),
        Column(title: "regression", member: "regression"),
        Column(title: "releases", member: "releases"),
        Column(title: "keep days", member: "keepDays", isNumber: true),
    ]
}

struct ProjectsCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a project and its key.",
        discussion: "EXAMPLE: logctl projects create shop --name 'Web shop'")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "A short name for URLs and commands: lower-case letters, digits, - and _.")
    var slug: String
    @Option(help: "The name that people read.")
    var name: String?
    @Option(help: "What it is.")
    var description: String?

    func run() async throws {
        try await report {
            var members: [(String, JSONValue)] = [("slug", .string(slug))]
            if let name { members.append(("name", .string(name))) }
            if let description { members.append(("description", .string(description))) }
            let project = try await server.client().json(
                .post, "/api/projects", body: .pairs(members))
            Output(format: format.chosen).object(project, columns: ProjectsCommand.columns)
        }
    }
}

struct ProjectsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the projects.",
        discussion: "EXAMPLE: logctl projects list --format json")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions

    func run() async throws {
        try await report {
            let answer = try await server.client().json(.get, "/api/projects")
            Output(format: format.chosen).list(
                answer["projects"]?.array ?? [], columns: ProjectsCommand.columns)
        }
    }
}

struct ProjectsGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show one project.",
        discussion: "EXAMPLE: logctl projects get shop --format json")

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The project (slug or number).")
    var project: String

    func run() async throws {
        try await report {
            let found = try await server.client().json(
                .get, "/api/projects/\(Query.encode(project))")
            Output(format: format.chosen).object(found, columns: ProjectsCommand.columns)
        }
    }
}

struct ProjectsRotateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key", abstract: "Give a project another key.",
        discussion: """
            EXAMPLE: logctl projects rotate-key shop --keep-old-hours 24

            Without --keep-old-hours the old key is refused at once, also on streams that are open.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The project (slug or number).")
    var project: String
    @Option(help: "Take the old key for so many hours more.")
    var keepOldHours: UInt64?

    private static let secondsPerHour: UInt64 = 3_600

    func run() async throws {
        try await report {
            let hours = min(keepOldHours ?? 0, UInt64(Int32.max))
            let changed = try await server.client().json(
                .post, "/api/projects/\(Query.encode(project))/rotate-key",
                body: .pairs([("keepOldSeconds", .integer(hours * Self.secondsPerHour))]))
            Output(format: format.chosen).object(changed, columns: ProjectsCommand.columns)
        }
    }
}

struct ProjectsSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set a project's name, how it judges regressions, what it keeps and may send.",
        discussion: """
            EXAMPLE: logctl projects set shop --regression newer --releases semver
            EXAMPLE: logctl projects set shop --keep-days 30
            EXAMPLE: logctl projects set shop --rate 100 --burst 5000 --quota 1000000
            EXAMPLE: logctl projects set shop --storm 20

            Payloads that are older go within hours; issues, counts and filters stay as they are.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The project (slug or number).")
    var project: String
    @Option(help: "The name that people read.")
    var name: String?
    @Option(help: "What it is.")
    var description: String?
    @Option(help: "different (any other release brings an issue back) or newer.")
    var regression: String?
    @Option(help: "semver (where both are versions, else by creation) or time.")
    var releases: String?
    @Option(help: "Keep the payloads of events for so many days.")
    var keepDays: UInt64?
    @Flag(help: "Keep them as long as the log.")
    var keepAll = false

    @Option(help: "Take so many events a second; SDKs are told to be silent beyond that (429).")
    var rate: UInt64?
    @Option(help: "Take so many at once after a pause (default: those of ten seconds).")
    var burst: UInt64?
    @Flag(help: "Take as many at a time as come.")
    var noRate = false
    @Option(help: "Take so many events a calendar month (UTC).")
    var quota: UInt64?
    @Flag(help: "Take as many a month as come.")
    var noQuota = false
    @Option(
        help: """
            Of one issue keep so many payloads a second (100 where nothing was set); events beyond \
            that are counted only.
            """)
    var storm: UInt64?
    @Flag(help: "Keep all payloads of a storm.")
    var noStorm = false

    func validate() throws {
        if noRate && (rate != nil || burst != nil) || burst != nil && rate == nil {
            throw ValidationError("give --rate, with --burst or without, or --no-rate")
        }
        if noQuota && quota != nil { throw ValidationError("give --quota or --no-quota, not both") }
        if noStorm && storm != nil { throw ValidationError("give --storm or --no-storm, not both") }
        if keepAll && keepDays != nil {
            throw ValidationError("give --keep-days or --keep-all, not both")
        }
        let isChange =
            regression != nil || releases != nil || keepDays != nil || keepAll || !limits.isEmpty
            || name != nil || description != nil
        guard isChange else { throw ValidationError("give what is to be set") }
    }

    func run() async throws {
        try await report {
            var members: [(String, JSONValue)] = []
            if let name { members.append(("name", .string(name))) }
            if let description { members.append(("description", .string(description))) }
            if let keepDays { members.append(("keepDays", .integer(keepDays))) }
            if keepAll { members.append(("keepDays", .null)) }
            let limits = self.limits
            if !limits.isEmpty { members.append(("limits", .pairs(limits))) }
            if let regression { members.append(("regression", .string(regression))) }
            if let releases { members.append(("releases", .string(releases))) }
            let changed = try await server.client().json(
                .patch, "/api/projects/\(Query.encode(project))", body: .pairs(members))
            Output(format: format.chosen).object(changed, columns: ProjectsCommand.columns)
        }
    }

    /// What is given; the server leaves the rest as it is.
    private var limits: [(String, JSONValue)] {
        var limits: [(String, JSONValue)] = []
        if rate != nil || noRate {
            limits.append(("eventsPerSecond", rate.map { .integer($0) } ?? .null))
            limits.append(("burst", burst.map { .integer($0) } ?? .null))
        }
        if quota != nil || noQuota {
            limits.append(("eventsPerMonth", quota.map { .integer($0) } ?? .null))
        }
        if storm != nil || noStorm {
            limits.append(("payloadsPerSecond", storm.map { .integer($0) } ?? .null))
        }
        return limits
    }
}
