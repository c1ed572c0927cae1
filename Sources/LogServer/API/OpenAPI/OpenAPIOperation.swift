import ErrorModel

/// One operation of the API, as `/openapi.json` tells it.
struct OpenAPIOperation: Sendable {
    enum Method: String, Sendable {
        case get, post, put, patch, delete
    }

    /// What a request or an answer holds.
    enum Content: Sendable {
        /// One of the document's schemas.
        case schema(String)
        /// A JSON object with these members, which the documentation describes.
        case object([String])
        /// A line of JSON for each record or event.
        case lines
        case text
        case bytes
        case form
        case nothing
    }

    var method: Method
    /// With parameters as `{name}`.
    var path: String
    var summary: String
    var query: [OpenAPIParameter] = []
    var body: Content?
    var answer: Content
    /// Of a good answer.
    var status = 200
    /// By which it is called in clients that are made from the document.
    var name: String
    var tag: String
    /// The key of a project opens it, not the administrator's token.
    var takesKey = false
}

/// A member of a query.
struct OpenAPIParameter: Sendable {
    enum Kind: Sendable {
        case text
        case flag
        case time
        case integer(ClosedRange<Int>?)
        case offset
        /// An offset or a time.
        case moment
        case choice([String])
    }

    var name: String
    var kind: Kind
    var description: String
    var isRequired = false

    var json: JSONValue {
        [
            "name": .string(name), "in": "query", "required": .bool(isRequired),
            "description": .string(description), "schema": schema,
        ]
    }

    private var schema: JSONValue {
        switch kind {
        case .text: ["type": "string"]
        case .flag: ["type": "string", "enum": ["1", "true", "0", "false"]]
        case .time: ["type": "string", "format": "date-time"]
        case .integer(nil): ["type": "integer"]
        case .integer(let range?):
            [
                "type": "integer", "minimum": .integer(range.lowerBound),
                "maximum": .integer(range.upperBound),
            ]
        case .offset: ["type": "integer", "minimum": 0]
        case .moment: ["type": "string"]
        case .choice(let values): ["type": "string", "enum": .array(values.map { .string($0) })]
        }
    }
}
