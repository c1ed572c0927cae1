import ErrorModel

/// The schemas of `/openapi.json`: what most clients want to have as types.
enum OpenAPISchemas {
    static let all: [(String, JSONValue)] = [
        ("Problem", problem), ("Event", event), ("Frame", frame),
        ("EventPage", page("events", "Event")),
        ("Batch", batch), ("Issue", issue), ("IssuePage", page("issues", "Issue")),
        ("StatusChange", statusChange), ("Release", release), ("ReleasePage", releasePage),
        ("Project", project),
    ]

    private static let text: JSONValue = ["type": "string"]
    private static let optionalText: JSONValue = ["type": ["string", "null"]]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let time: JSONValue = ["type": "string", "format": "date-time"]
    private static let optionalTime: JSONValue = [
        "type": ["string", "null"], "format": "date-time",
    ]
    private static let anything: JSONValue = ["type": "object"]

    private static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    private static func choice(_ values: [String]) -> JSONValue {
        ["type": "string", "enum": .array(values.map { .string($0) })]
    }

    private static func object(
        _ members: [(String, JSONValue)], required: [String] = []
    ) -> JSONValue {
        var schema: [(String, JSONValue)] = [
            ("type", "object"), ("properties", .pairs(members)),
        ]
        if !required.isEmpty {
            schema.append(("required", .array(required.map { .string($0) })))
        }
        return .pairs(schema)
    }

    private static func page(_ name: String, _ schema: String) -> JSONValue {
        object(
            [(name, list(OpenAPIDocument.reference(schema))), ("next", optionalText)],
            required: [name, "next"])
    }

    private static let levels = choice(Level.allCases.map(\.name))
    private static let statuses = choice(IssueStatus.allCases.map(\.rawValue))
    private static let actions = choice(Action.allCases.map(\.name))

    private static let problem = object(
        [("type", text), ("title", text), ("status", count), ("detail", text)],
        required: ["type", "title", "status"])

    private static let frame = object([
        ("function", text), ("file", text), ("line", count), ("column", count),
        ("module", optionalText), ("inApp", flag), ("resolved", flag), ("minified", anything),
        ("unresolved", text),
    ])

    private static let event = object([
        ("id", text), ("timestamp", time), ("level", levels), ("action", actions),
        ("platform", text), ("type", text), ("message", text),
        ("frames", list(OpenAPIDocument.reference("Frame"))), ("stack", text),
        ("causes", list(OpenAPIDocument.reference("Event"))), ("release", text),
        ("environment", text), ("user", anything), ("account", anything), ("sessionId", text),
        ("windowId", text), ("traceId", text), ("replayId", text), ("breadcrumbs", list(anything)),
        ("logs", list(anything)), ("tags", anything), ("contexts", anything),
        ("fingerprint", list(text)), ("offset", count), ("receivedAt", time),
    ])

    private static let batch = object(
        [
            ("accepted", count), ("duplicate", count), ("refused", count),
            ("offset", ["type": ["integer", "null"]]), ("durability", optionalText),
            (
                "reasons",
                list(object([("line", count), ("byte", count), ("reason", text)]))
            ),
        ], required: ["accepted", "duplicate", "refused", "offset", "durability", "reasons"])

    private static let issue = object(
        [
            ("id", text), ("project", text), ("projectId", count), ("title", text), ("type", text),
            ("value", text), ("culprit", text), ("platform", text), ("level", levels),
            ("action", actions), ("status", statuses), ("version", count), ("events", count),
            ("users", count), ("usersExact", flag), ("accounts", count), ("accountsExact", flag),
            ("firstSeen", time), ("lastSeen", time), ("firstRelease", optionalText),
            ("lastRelease", optionalText), ("environments", list(text)),
            ("assignee", optionalText), ("resolution", choice(["any", "release", "next"])),
            ("resolvedIn", text), ("unjudgedEvents", count), ("until", anything),
            ("latestEvent", ["oneOf": [OpenAPIDocument.reference("Event"), ["type": "null"]]]),
            ("history", list(anything)), ("tags", list(anything)), ("trend", list(anything)),
        ],
        required: [
            "id", "project", "title", "status", "version", "events", "users", "accounts",
            "firstSeen", "lastSeen", "firstRelease", "lastRelease", "environments",
        ])

    private static let statusChange = object(
        [
            ("status", choice(["resolved", "open", "ignored", "muted"])), ("release", text),
            ("inNextRelease", flag),
            (
                "until",
                object([("time", time), ("events", count), ("users", count), ("seconds", count)])
            ), ("comment", text), ("version", count), ("actor", text),
        ], required: ["status"])

    private static let release = object(
        [
            ("version", text), ("project", text),
            ("source", choice(["event", "manual", "session"])),
            ("createdAt", optionalTime), ("finalizedAt", optionalTime), ("events", count),
            ("firstEvent", optionalTime), ("lastEvent", optionalTime), ("newIssues", count),
            ("regressions", count), ("health", anything),
        ], required: ["version", "project"])

    private static let releasePage = object(
        [
            ("releases", list(OpenAPIDocument.reference("Release"))),
            ("order", choice(ReleaseScheme.allCases.map(\.rawValue))),
        ], required: ["releases", "order"])

    private static let project = object(
        [
            ("id", count), ("slug", text), ("name", text), ("description", text), ("key", text),
            ("dsn", text), ("oldKeys", list(object([("key", text), ("until", time)]))),
            ("createdAt", time), ("regression", choice(["different", "newer"])),
            ("releases", choice(ReleaseScheme.allCases.map(\.rawValue))), ("grouping", count),
            ("keepDays", ["type": ["integer", "null"]]), ("scrubbing", anything),
            ("limits", anything),
        ], required: ["id", "slug", "name", "key", "dsn"])
}
