import ErrorModel
import EventLog

/// Why a stream ends before its client is done; the text says what to do.
struct StreamFault: Error, Equatable {
    /// What programs act on.
    var code: String
    var detail: String
    /// Seconds after which it is worth trying again; nil where that changes nothing.
    var retryAfter: Int?
    /// Under which reason it is counted; nil: the code.
    var countedAs: String?

    /// The line that the client gets, without its end.
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("error", code)
        json.member("detail", detail)
        json.optionalMember("retryAfter", retryAfter)
        json.endObject()
        return json.bytes
    }

    static func notJSON(_ error: JSONError) -> StreamFault {
        StreamFault(
            code: "invalid_json",
            detail: "the first line is not JSON: \(error); \(example)")
    }

    static let noHello = StreamFault(
        code: "missing_key",
        detail: "the first line is no hello, and an event without a hello needs its project's key "
            + "as a member \"key\"; \(example)")

    static let missingKey = StreamFault(
        code: "missing_key", detail: "the hello names no key; \(example)")

    static let unknownKey = StreamFault(
        code: "unknown_key",
        detail: "no project has this key; `logctl projects list` shows the keys")

    static let unknownVersion = StreamFault(
        code: "unknown_version",
        detail: "this server speaks version \(StreamLimits.version) of the stream; \(example)")

    static let unknownDurability = StreamFault(
        code: "unknown_durability",
        detail: "\"durability\" must be one of "
            + Durability.allCases.map(\.rawValue).joined(separator: ", "))

    static let tooLong = StreamFault(
        code: "too_large",
        detail: "the first line has more than \(StreamLimits.lineBytes) bytes; \(example)")

    static let late = StreamFault(
        code: "hello_timeout",
        detail: "no whole line came within \(StreamLimits.helloSeconds) seconds; \(example)")

    static let tooManyConnections = StreamFault(
        code: "too_many_connections",
        detail:
            "\(StreamLimits.connections) streams are open, the most that are taken; close some, "
            + "or send several projects' events over one with a key in each line",
        retryAfter: IngestLimits.retryAfterSeconds)

    /// The log takes nothing for now.
    static func unavailable(_ error: LogError) -> StreamFault {
        StreamFault(
            code: "unavailable",
            detail: "\(error) What has no ack is not promised: connect again and send it again",
            retryAfter: IngestLimits.retryAfterSeconds, countedAs: "log_\(error.code.rawValue)")
    }

    private static let example = #"send {"hello":1,"key":"pk_…"} first"#
}
