import Logging

/// What the metadata of a log record says, in the words of an event.
struct LogFacts {
    /// Short texts, to filter by.
    private(set) var tags: [String: String] = [:]
    /// Long texts, lists and dictionaries.
    private(set) var rest: [String: AttributeValue] = [:]
    /// An error that somebody put among the metadata.
    private(set) var error: (any Error)?
    private(set) var traceID: String?

    /// A longer text is no tag: nobody filters by it.
    private static let tagLimit = 200
    /// How tracing libraries call the id of a trace.
    private static let traceKeys: Set = ["trace_id", "trace-id", "traceId", "traceID"]

    /// - Parameter sources: of keys that stand in several, the last one wins.
    init(_ sources: Logger.Metadata...) {
        let all = sources.reduce(into: Logger.Metadata()) { $0.merge($1) { _, new in new } }
        // In a fixed order: which error is found shall not hang on chance.
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { add(key, value) }
    }

    /// All of it, for a breadcrumb.
    var data: [String: AttributeValue] {
        rest.merging(tags.mapValues { .string($0) }) { _, tag in tag }
    }

    private mutating func add(_ key: String, _ value: Logger.MetadataValue) {
        if case .stringConvertible(let held) = value, let held = held as? any Error {
            error = error ?? held
        }
        switch Self.value(value, depth: 0) {
        case .string(let text) where text.utf8.count <= Self.tagLimit:
            tags[key] = text
            if Self.traceKeys.contains(key), !text.isEmpty { traceID = text }
        case let other:
            rest[key] = other
        }
    }

    private static func value(_ value: Logger.MetadataValue, depth: Int) -> AttributeValue {
        // Deeper ones are cut when they are encoded; here they must not overflow the stack.
        guard depth <= TextLimits.depth else { return "…" }
        switch value {
        case .string(let text): return .string(text)
        case .stringConvertible(let held): return .string(held.description)
        case .array(let list): return .array(list.map { Self.value($0, depth: depth + 1) })
        case .dictionary(let members):
            return .object(members.mapValues { Self.value($0, depth: depth + 1) })
        }
    }
}
