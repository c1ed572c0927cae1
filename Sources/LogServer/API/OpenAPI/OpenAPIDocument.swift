import ErrorModel
import Hummingbird

/// The API as a document of OpenAPI 3.1 (spec.openapis.org/oas/v3.1.0).
enum OpenAPIDocument {
    static let bytes = json.compactBytes

    static var json: JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Faultlog", "version": .string(ProgramVersion.text),
                "description": .string(
                    "An error tracker whose database is a log. Reads say in X-Faultlog-Offset how far "
                        + "into the log they reflect, and take at_least to wait for an offset."),
            ],
            "security": [["token": []]],
            "tags": .array(tags.map { ["name": .string($0)] }),
            "paths": .pairs(paths),
            "components": [
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description": "The administrator's token; the Unix socket needs none.",
                    ],
                    "key": [
                        "type": "http", "scheme": "bearer",
                        "description": "The key of a project, pk_…",
                    ],
                ],
                "responses": [
                    "Problem": [
                        "description": "What is wrong, and what to do (RFC 9457).",
                        "content": [
                            "application/problem+json": ["schema": reference("Problem")]
                        ],
                    ]
                ],
                "schemas": .pairs(OpenAPISchemas.all),
            ],
        ]
    }

    private static var tags: [String] {
        var tags: [String] = []
        for operation in OpenAPIOperation.all where !tags.contains(operation.tag) {
            tags.append(operation.tag)
        }
        return tags
    }

    static func reference(_ schema: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(schema)")]
    }

    // MARK: paths

    private static var paths: [(String, JSONValue)] {
        var paths: [(path: String, members: [(String, JSONValue)])] = []
        for operation in OpenAPIOperation.all {
            let member = (operation.method.rawValue, json(operation))
            if let place = paths.firstIndex(where: { $0.path == operation.path }) {
                paths[place].members.append(member)
            } else {
                paths.append((operation.path, parameters(operation.path) + [member]))
            }
        }
        return paths.map { ($0.path, .pairs($0.members)) }
    }

    /// Those in the path, which all of its operations have.
    private static func parameters(_ path: String) -> [(String, JSONValue)] {
        let names = path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
        if names.isEmpty { return [] }
        let parameters = names.map { name -> JSONValue in
            [
                "name": .string(name), "in": "path", "required": true,
                "schema": ["type": "string"],
            ]
        }
        return [("parameters", .array(parameters))]
    }

    private static func json(_ operation: OpenAPIOperation) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("operationId", .string(operation.name)), ("summary", .string(operation.summary)),
            ("tags", [.string(operation.tag)]),
        ]
        if operation.takesKey { members.append(("security", [["key": []]])) }
        if !operation.query.isEmpty {
            members.append(("parameters", .array(operation.query.map(\.json))))
        }
        if let body = operation.body {
            members.append(("requestBody", ["required": true, "content": content(body)]))
        }
        var answer: [(String, JSONValue)] = [("description", "What was asked for.")]
        if case .nothing = operation.answer {
        } else {
            answer.append(("content", content(operation.answer)))
        }
        members.append(
            (
                "responses",
                .pairs([
                    (String(operation.status), .pairs(answer)),
                    ("default", ["$ref": "#/components/responses/Problem"]),
                ])
            ))
        return .pairs(members)
    }

    private static func content(_ content: OpenAPIOperation.Content) -> JSONValue {
        switch content {
        case .schema(let name): ["application/json": ["schema": reference(name)]]
        case .object(let members):
            [
                "application/json": [
                    "schema": [
                        "type": "object",
                        "properties": .pairs(members.map { ($0, JSONValue.pairs([])) }),
                    ]
                ]
            ]
        case .lines: ["application/x-ndjson": ["schema": ["type": "string"]]]
        case .text: ["text/plain": ["schema": ["type": "string"]]]
        case .bytes: ["application/octet-stream": [:]]
        case .form: ["multipart/form-data": ["schema": ["type": "object"]]]
        case .nothing: [:]
        }
    }
}

extension API {
    func addOpenAPIRoute(_ router: Router<BasicRequestContext>) {
        router.get("openapi.json") { _, _ in
            Answer.bytes(.ok, "application/json", OpenAPIDocument.bytes)
        }
    }
}
