/// What is taken out of everything that a project is sent, before it is written to the log.
package struct ScrubbingRules: Hashable, Sendable {
    /// Passwords, tokens, cookies, keys, card numbers and the like (`SensitiveKey`, `SecretText`).
    package var hasDefaults = true
    /// IP addresses are kept.
    package var keepsAddresses = true
    /// Fields that go, whatever they hold.
    package var fields: [FieldPath] = []
    /// Text that goes, wherever it stands.
    package var patterns: [TextPattern] = []

    /// Each is tried on every field of every event.
    package static let fieldLimit = 32
    /// Each is tried on every byte of every event.
    package static let patternLimit = 16

    /// The defaults of a project that has set nothing.
    package init() {}

    /// Nothing is taken out.
    package static let off: ScrubbingRules = {
        var rules = ScrubbingRules()
        rules.hasDefaults = false
        return rules
    }()

    /// True where nothing would ever be taken out.
    package var isOff: Bool {
        !hasDefaults && keepsAddresses && fields.isEmpty && patterns.isEmpty
    }
}

/// Why rules cannot be used; for people.
package struct ScrubbingRulesError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
}

extension ScrubbingRules {
    /// Reads `{"defaults":true,"ipAddresses":true,"fields":["…"],"patterns":["…"]}`; what is
    /// missing is as it is by default.
    package init(_ json: JSONValue) throws(ScrubbingRulesError) {
        hasDefaults = try Self.flag(json, "defaults")
        keepsAddresses = try Self.flag(json, "ipAddresses")
        fields = try Self.list(json, "fields", limit: Self.fieldLimit) { FieldPath($0) }
        patterns = try Self.list(json, "patterns", limit: Self.patternLimit) { TextPattern($0) }
    }

    package var json: JSONValue {
        [
            "defaults": .bool(hasDefaults), "ipAddresses": .bool(keepsAddresses),
            "fields": .array(fields.map { .string($0.text) }),
            "patterns": .array(patterns.map { .string($0.text) }),
        ]
    }

    private static func flag(
        _ json: JSONValue, _ name: String
    ) throws(ScrubbingRulesError) -> Bool {
        guard let value = json[name], value != .null else { return true }
        guard let flag = value.bool else {
            throw ScrubbingRulesError(description: "'\(name)' must be true or false")
        }
        return flag
    }

    private static func list<Rule>(
        _ json: JSONValue, _ name: String, limit: Int, _ read: (String) -> Rule?
    ) throws(ScrubbingRulesError) -> [Rule] {
        guard let value = json[name], value != .null else { return [] }
        guard let items = value.array else {
            throw ScrubbingRulesError(description: "'\(name)' must be a list of texts")
        }
        guard items.count <= limit else {
            throw ScrubbingRulesError(description: "'\(name)' may have \(limit) entries at most")
        }
        var rules: [Rule] = []
        for item in items {
            guard let text = item.string, let rule = read(text) else {
                throw ScrubbingRulesError(
                    description: "'\(item.compactText)' is none of the '\(name)' that can be used")
            }
            rules.append(rule)
        }
        return rules
    }
}
