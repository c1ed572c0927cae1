import ArgumentParser
import ErrorModel

struct ProjectsScrub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub",
        abstract: "Show or set what is taken out of a project's events before they are stored.",
        discussion: """
            EXAMPLE: logctl projects scrub shop
            EXAMPLE: logctl projects scrub shop --field 'extra.customer.*' --pattern 'ORD-######'
            EXAMPLE: logctl projects scrub shop --no-ip-addresses

            Without an option the rules are shown. With any they are set anew, all of them: what is
            not given is as it is by default. They hold for what comes from now on; events that are
            stored stay as they are.

            A field is named by its path in the event: * stands for one name, ** for any number, and
            elements of lists have no name. In a pattern # is a digit, @ a letter, ? any character,
            * any number of them but spaces and quotes; a backslash before one of these takes its
            meaning off.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var format: FormatOptions
    @Argument(help: "The project (slug or number).")
    var project: String
    @Option(
        name: .customLong("field"), help: "Take out this field, whatever it holds. May be repeated."
    )
    var fields: [String] = []
    @Option(
        name: .customLong("pattern"), help: "Take out text like this anywhere. May be repeated.")
    var patterns: [String] = []
    @Flag(
        inversion: .prefixedNo,
        help: "Take out passwords, tokens, cookies, keys and card numbers (default: yes).")
    var defaults: Bool?
    @Flag(inversion: .prefixedNo, help: "Keep IP addresses (default: yes).")
    var ipAddresses: Bool?
    @Flag(help: "Back to the defaults.")
    var reset = false

    private var isSetting: Bool {
        reset || !fields.isEmpty || !patterns.isEmpty || defaults != nil || ipAddresses != nil
    }

    func run() async throws {
        try await report {
            let client = try server.client()
            let found =
                isSetting
                ? try await client.json(
                    .patch, "/api/projects/\(Query.encode(project))",
                    body: ["scrubbing": rules])
                : try await client.json(.get, "/api/projects")["projects"]?.array?.first {
                    $0["slug"]?.string == project || $0["id"]?.int64.map(String.init) == project
                }
            guard let rules = found?["scrubbing"] else {
                throw CommandFailure(.noInput, "there is no project '\(project)'")
            }
            Output(format: format.chosen).object(rules, columns: Self.columns)
        }
    }

    private static let columns = [
        Column(title: "secrets", member: "defaults"),
        Column(title: "keeps IP addresses", member: "ipAddresses"),
        Column(title: "fields", member: "fields"), Column(title: "patterns", member: "patterns"),
    ]

    private var rules: JSONValue {
        if reset { return .null }
        return [
            "defaults": .bool(defaults ?? true), "ipAddresses": .bool(ipAddresses ?? true),
            "fields": .array(fields.map { .string($0) }),
            "patterns": .array(patterns.map { .string($0) }),
        ]
    }
}
