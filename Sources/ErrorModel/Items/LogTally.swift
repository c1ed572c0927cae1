/// Sorts the lines of an envelope's logs by trace and person.
package struct LogTally {
    private struct Owner: Hashable {
        var trace: String?
        var user: UInt64
    }

    private struct Lines {
        var lines: [LogsCaptured.Line] = []
        var byteCount = 0
    }

    private let salt: [UInt8]
    private let receivedAt: Timestamp
    private var order: [Owner] = []
    private var open: [Owner: Lines] = [:]
    private var full: [LogsCaptured] = []

    /// What became of the lines of an item; nil: it is no container of logs.
    package struct Outcome: Hashable, Sendable {
        package var taken = 0
        /// Not an object, or without a text.
        package var invalid = 0
        package var tooLarge = 0
    }

    package init(salt: [UInt8], receivedAt: Timestamp) {
        self.salt = salt
        self.receivedAt = receivedAt
    }

    /// Adds an item of type `log`: `{"items":[{timestamp, trace_id, level, body, attributes}]}`.
    package mutating func add(_ payload: RawSpan) -> Outcome? {
        let json = payload.withJSON { text in try? JSONValue(text, toleratesBadText: true) }
        guard let json, let items = json["items"]?.array else { return nil }
        var outcome = Outcome()
        for item in items { add(item, &outcome) }
        return outcome
    }

    private mutating func add(_ item: JSONValue, _ outcome: inout Outcome) {
        guard let message = item["body"].flatMap({ $0.string ?? $0.numberText }) else {
            outcome.invalid += 1
            return
        }
        let attributes = item["attributes"]
        let values = attributes?.members.map { Self.values($0) }
        let line = LogsCaptured.Line(
            timestamp: item["timestamp"].flatMap { Timestamp(json: $0) } ?? receivedAt,
            level: BoundedText.cut(orNil: item["level"]?.string, ItemLimits.lossWord),
            message: message,
            attributes: values.flatMap { $0.isEmpty ? nil : JSONValue.object($0).compactText })
        let count = line.json.compactBytes.count
        guard count <= ItemLimits.logLine else {
            outcome.tooLarge += 1
            return
        }
        let person = Self.person(values ?? [])
        let owner = Owner(
            trace: BoundedText.cut(orNil: item["trace_id"]?.string, ItemLimits.traceID),
            user: person.map { EventKeys.user($0, salt: salt) } ?? 0)
        append(line, count, owner)
        outcome.taken += 1
    }

    private mutating func append(_ line: LogsCaptured.Line, _ count: Int, _ owner: Owner) {
        if open[owner] == nil { order.append(owner) }
        var lines = open[owner] ?? Lines()
        open[owner] = Lines()  // gives up the list, so that it grows in place
        if lines.lines.count >= ItemLimits.logLines
            || lines.byteCount + count > ItemLimits.logRecord
        {
            full.append(
                LogsCaptured(trace: owner.trace, user: owner.user, lines: lines.lines))
            lines = Lines()
        }
        lines.lines.append(line)
        lines.byteCount += count
        open[owner] = lines
    }

    /// `{"k":{"value":1,"type":"integer"}}` as `{"k":1}`; what is not of this shape stays.
    private static func values(_ members: [JSONValue.Member]) -> [JSONValue.Member] {
        members.map { member in
            JSONValue.Member(member.key, member.value["value"] ?? member.value)
        }
    }

    /// Who it was, by the attributes in which SDKs name a user; in the order of events.
    private static func person(_ attributes: [JSONValue.Member]) -> String? {
        for name in ["user.id", "user.name", "user.email"] {
            let value = attributes.last { $0.key == name }?.value
            if let text = value?.string ?? value?.numberText, !text.isEmpty { return text }
        }
        return nil
    }

    /// The records, those that are full first.
    package var records: [LogsCaptured] {
        full
            + order.compactMap { owner in
                guard let lines = open[owner]?.lines, !lines.isEmpty else { return nil }
                return LogsCaptured(trace: owner.trace, user: owner.user, lines: lines)
            }
    }
}
