import ErrorModel
import EventLog

/// What became of a run of lines, up to and with one of them.
struct StreamAck: Equatable {
    /// Every line up to this one is settled.
    var line: Int
    /// The highest offset among its events; nil where nobody knows any.
    var offset: UInt64?
    var accepted = 0
    var duplicate = 0
    var refused = 0
    /// Why, of the first refused lines.
    var reasons: [NativeBody.Refusal] = []
    /// Events over the project's rate, which are dropped.
    var limited = 0
    /// Of the first such runs, first and last line; events between them are either in `reasons`
    /// or dropped.
    var limitedLines: [ClosedRange<Int>] = []
    /// Seconds for which more events would be dropped as well.
    var retryAfter: Int?

    init(line: Int) { self.line = line }

    /// Adds what comes right behind.
    mutating func merge(_ next: StreamAck) {
        line = next.line
        if let offset = next.offset { self.offset = max(self.offset ?? 0, offset) }
        accepted += next.accepted
        duplicate += next.duplicate
        refuse(next.reasons, count: next.refused)
        limited += next.limited
        limitedLines += next.limitedLines.prefix(StreamLimits.ackReasons - limitedLines.count)
        if let seconds = next.retryAfter { retryAfter = max(retryAfter ?? 0, seconds) }
    }

    /// Notes refused lines, of which `reasons` are the first.
    mutating func refuse(_ reasons: some Collection<NativeBody.Refusal>, count: Int) {
        refused += count
        self.reasons += reasons.prefix(StreamLimits.ackReasons - self.reasons.count)
    }

    /// Notes that the events of a run of lines were over the rate.
    mutating func limit(_ lines: ClosedRange<Int>, count: Int, seconds: Int) {
        limited += count
        limitedLines.append(lines)
        retryAfter = seconds
    }

    /// The line that the client gets, without its end.
    func json(_ durability: Durability) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("ack", line)
        json.member("offset", offset.map { .integer($0) } ?? .null)
        json.member("durability", durability.rawValue)
        json.member("accepted", accepted)
        json.member("duplicate", duplicate)
        json.member("refused", refused)
        if refused > 0 { writeReasons(&json) }
        if limited > 0 {
            json.member("limited", limited)
            json.member(
                "limitedLines",
                .array(
                    limitedLines.map {
                        .array([.integer($0.lowerBound), .integer($0.upperBound)])
                    }))
            json.optionalMember("retryAfter", retryAfter)
        }
        json.endObject()
        return json.bytes
    }

    private func writeReasons(_ json: inout JSONWriter) {
        json.key("reasons")
        json.beginArray()
        for refusal in reasons {
            json.beginObject()
            json.member("line", refusal.number)
            json.member("byte", refusal.offset)
            json.member("reason", refusal.reason)
            json.endObject()
        }
        json.endArray()
    }
}
