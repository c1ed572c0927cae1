/// Lines of a log that belong to one trace and one person, in the order in which they came.
package struct LogsCaptured: ItemRecord, Hashable {
    package static let kind = RecordKind.logsCaptured

    /// One line, with its attributes as the SDK sent them.
    package struct Line: Hashable, Sendable {
        package var timestamp: Timestamp
        /// As the SDK words it: `trace debug info warn error fatal`.
        package var level: String?
        package var message: String
        /// One JSON object on one line; nil where there are none.
        package var attributes: String?

        package init(
            timestamp: Timestamp, level: String?, message: String, attributes: String? = nil
        ) {
            self.timestamp = timestamp
            self.level = level
            self.message = message
            self.attributes = attributes
        }
    }

    /// The id of the trace as it came; nil where the lines belong to none.
    package var trace: String?
    /// The person's key; 0 where nobody is named.
    package var user: UInt64
    package var lines: [Line]
    package var redaction: RedactedEvent.Reason?

    package init(trace: String?, user: UInt64, lines: [Line]) {
        (self.trace, self.user, self.lines) = (trace, user, lines)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        trace = data["trace"]?.string
        user = try reader.optionalKey("user")
        redaction = try reader.redaction()
        guard let list = data["lines"]?.array else { throw reader.fail("lines") }
        lines = try list.map { entry in
            let reader = MemberReader(data: entry, kind: Self.kind)
            guard let time = Timestamp(text: try reader.string("timestamp")) else {
                throw reader.fail("timestamp")
            }
            return Line(
                timestamp: time, level: entry["level"]?.string,
                message: try reader.string("message"),
                attributes: entry["attributes"]?.compactText)
        }
    }

    package var data: JSONValue {
        .present([
            redactedMember, ("trace", trace.map(JSONValue.string)), ("user", .key(user)),
            ("lines", .array(lines.map(\.json))),
        ])
    }

    package var keys: IntakeKeys {
        IntakeKeys(user: user, trace: trace.map(EventKeys.trace) ?? 0)
    }

    /// How many lines there are: no fold reads them.
    package var digest: [UInt8] {
        JSONValue.pairs([("lines", .integer(lines.count))]).compactBytes
    }

    /// Nothing is left but that there was something.
    package func erased(standIn: UInt64) -> LogsCaptured { Self.emptied(.erased, user: standIn) }

    package var expired: LogsCaptured? { Self.emptied(.expired, user: user) }

    private static func emptied(_ reason: RedactedEvent.Reason, user: UInt64) -> LogsCaptured {
        var record = LogsCaptured(trace: nil, user: user, lines: [])
        record.redaction = reason
        return record
    }
}

extension LogsCaptured.Line {
    package var json: JSONValue {
        .present([
            ("timestamp", .string(timestamp.text)), ("level", level.map(JSONValue.string)),
            ("message", .string(message)),
            ("attributes", attributes.flatMap { try? JSONValue(parsing: $0) }),
        ])
    }
}
