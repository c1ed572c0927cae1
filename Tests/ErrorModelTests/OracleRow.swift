import ErrorModel

/// One row of the corpus's expectations, to be compared with an event.
struct OracleRow {
    struct Mismatch {
        var field: String
        var text: String
    }

    private let row: JSONValue

    init(_ row: JSONValue) {
        self.row = row
    }

    func mismatches(_ event: ErrorEvent) -> [Mismatch] {
        var found: [Mismatch] = []
        func compare(_ field: String, _ ours: String?) {
            let theirs = row[field]?.scalarText ?? ""
            if theirs != ours ?? "" {
                found.append(Mismatch(field: field, text: "\(field): \(ours ?? "") ≠ \(theirs)"))
            }
        }
        if row["event_id"] != nil { compare("event_id", event.id?.text) }
        compare("platform", event.platform)
        compare("level", event.level.name)
        compare("type", event.exceptions.first?.type)
        compare("value", event.exceptions.first?.value.map(Self.cut))
        compare("message", event.message.map(Self.cut))
        compare("exceptions", String(event.exceptions.count))
        compare("stack_from", event.stackFrom?.rawValue)
        compare("frames", String(event.frames.count))
        compare("action", event.action.name)
        compare("release", event.release)
        compare("dist", event.dist)
        compare("environment", event.environment)
        compare("transaction", event.transaction)
        compare("trace_id", event.traceID)
        compare("user_id", event.user?.id)
        compare("breadcrumbs", String(event.breadcrumbs.count))
        found += structures(event)
        return found
    }

    private static func cut(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(200)))
    }

    private func structures(_ event: ErrorEvent) -> [Mismatch] {
        var found: [Mismatch] = []
        func compare(_ field: String, _ ours: JSONValue?, _ theirs: JSONValue?) {
            if (ours ?? .array([])) != (theirs ?? .array([])) {
                let texts = "\(ours?.compactText ?? "") ≠ \(theirs?.compactText ?? "")"
                found.append(Mismatch(field: field, text: "\(field): \(texts)"))
            }
        }
        compare("top3", Self.top3(event), row["top3"])
        compare("mechanism", Self.mechanism(event), row["mechanism"])
        let tags = event.tags.map { JSONValue.array([.string($0.key), .string($0.value)]) }
        compare("tags", .array(tags), row["tags"])
        compare(
            "fingerprint", .array(event.clientFingerprint.map(JSONValue.string)),
            row["fingerprint"])
        compare("debug_ids", .array(event.debugIDs.map(JSONValue.string)), row["debug_ids"])
        if let theirs = row["timestamp"]?.double {
            let ours = Double(event.timestamp?.microseconds ?? 0) / 1e6
            if abs(ours - theirs) > 0.001 {
                found.append(Mismatch(field: "timestamp", text: "timestamp: \(ours) ≠ \(theirs)"))
            }
        }
        return found
    }

    private static func top3(_ event: ErrorEvent) -> JSONValue {
        .array(
            event.frames.prefix(3).map { frame in
                .array([
                    text(frame.function), text(frame.file), text(frame.module),
                    frame.inApp.map(JSONValue.bool) ?? .null,
                ])
            })
    }

    private static func mechanism(_ event: ErrorEvent) -> JSONValue? {
        guard let mechanism = event.mechanism else { return nil }
        return .array([text(mechanism.type), mechanism.handled.map(JSONValue.bool) ?? .null])
    }

    private static func text(_ value: String?) -> JSONValue {
        value.map(JSONValue.string) ?? .null
    }
}
