import ErrorModel
import EventLog
import NIOCore
import NIOHTTP1

/// What an SDK is answered.
///
/// Every answer can be read by a page of any origin (CORS).
struct IngestAnswer: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer
    /// Status and headers are those of `ok`.
    var isUsual = false

    private static let cors: HTTPHeaders = [
        "access-control-allow-origin": "*",
        "access-control-expose-headers":
            "x-sentry-error, x-sentry-rate-limits, retry-after, x-faultlog-durability",
    ]

    private static let json: HTTPHeaders = {
        var headers = cors
        headers.add(name: "content-type", value: "application/json")
        return headers
    }()

    private static let durableJSON = headers(.durable)

    /// Those of an answer that stands for stored records.
    private static func headers(_ durability: Durability) -> HTTPHeaders {
        var headers = json
        headers.add(name: "x-faultlog-durability", value: durability.rawValue)
        return headers
    }

    /// `durability`: what the answer stands for; nil where nothing was stored.
    static func ok(_ body: ByteBuffer, _ durability: Durability?) -> IngestAnswer {
        switch durability {
        case .durable:
            IngestAnswer(status: .ok, headers: durableJSON, body: body, isUsual: true)
        case .os?, .async?:
            IngestAnswer(status: .ok, headers: headers(durability ?? .durable), body: body)
        case nil:
            IngestAnswer(status: .ok, headers: json, body: body)
        }
    }

    /// `{"id":"…"}`, or `{}` where the envelope had no event.
    static func ok(id: EventID?, _ durability: Durability? = nil) -> IngestAnswer {
        var body = ByteBufferAllocator().buffer(capacity: 48)
        if let id {
            body.writeStaticString("{\"id\":\"")
            body.writeString(id.text)
            body.writeStaticString("\"}")
        } else {
            body.writeStaticString("{}")
        }
        return ok(body, durability)
    }

    /// What became of a body in our own JSON: counts, where the log is now, and why events were
    /// refused, by line.
    ///
    /// `receipt`: nil where none was good. Of `count` events that are only queued (`async`) nobody
    /// knows yet which are duplicates, nor an offset.
    static func native(
        _ status: HTTPResponseStatus, _ receipt: AppendReceipt?, count: Int,
        refused: [NativeBody.Refusal]
    ) -> IngestAnswer {
        var json = JSONWriter()
        let outcomes = receipt?.outcomes ?? []
        var duplicates = 0
        for case .duplicate in outcomes { duplicates += 1 }
        json.beginObject()
        let isProblem = status != .ok
        if isProblem {
            writeProblem(
                status, "no event was taken: 'reasons' says why, line by line", to: &json)
        }
        json.member("accepted", receipt == nil ? 0 : count - duplicates)
        json.member("duplicate", duplicates)
        json.member("refused", refused.count)
        json.member(
            "offset", outcomes.map(\.offset).max().map { .integer($0) } ?? .null)
        json.member(
            "durability", receipt.map { .string($0.durability.rawValue) } ?? .null)
        json.key("reasons")
        json.beginArray()
        for refusal in refused.prefix(IngestLimits.batchReasons) {
            json.beginObject()
            json.member("line", refusal.number)
            json.member("byte", refusal.offset)
            json.member("reason", refusal.reason)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return IngestAnswer(
            status: status,
            headers: isProblem ? problem : receipt.map { headers($0.durability) } ?? Self.json,
            body: ByteBuffer(bytes: json.bytes))
    }

    private static let problem: HTTPHeaders = {
        var headers = cors
        headers.add(name: "content-type", value: "application/problem+json")
        return headers
    }()

    /// The members that every problem has (RFC 9457).
    private static func writeProblem(
        _ status: HTTPResponseStatus, _ detail: String, to json: inout JSONWriter
    ) {
        json.member("type", "about:blank")
        json.member("title", status.reasonPhrase)
        json.member("status", Int(status.code))
        json.member("detail", detail)
    }

    /// An error as the SDK protocol says it: the same text for people in the body and a header.
    static func refused(_ status: HTTPResponseStatus, _ detail: String) -> IngestAnswer {
        var headers = problem
        headers.add(name: "x-sentry-error", value: headerText(detail))
        var json = JSONWriter()
        json.beginObject()
        writeProblem(status, detail, to: &json)
        json.endObject()
        return IngestAnswer(
            status: status, headers: headers, body: ByteBuffer(bytes: json.bytes))
    }

    /// A header holds visible ASCII on one line.
    private static func headerText(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(200).map { (0x20..<0x7f).contains($0) ? $0 : 0x3f },
            as: UTF8.self)
    }

    static func tooLarge(_ limit: Int) -> IngestAnswer {
        refused(.payloadTooLarge, "the body is larger than \(limit) bytes")
    }

    /// The log takes nothing for now; what was sent is not stored.
    static func unavailable(_ error: LogError) -> IngestAnswer {
        var answer = refused(.serviceUnavailable, "\(error)")
        answer.headers.add(name: "retry-after", value: String(IngestLimits.retryAfterSeconds))
        return answer
    }

    /// Large bodies under way have all the memory that they may have together.
    static let noBodyRoom: IngestAnswer = {
        var answer = refused(
            .serviceUnavailable, "too many large bodies are under way; send it again later")
        answer.headers.add(name: "retry-after", value: String(IngestLimits.retryAfterSeconds))
        return answer
    }()

    /// What a project that sends too much is to send no more.
    ///
    /// An empty list would mean everything: SDKs would hold back, or lose, the client reports that
    /// tell what they have dropped. `event` is how the browser SDK before 6.19 calls errors; others
    /// pass over a name that they do not know. Attachments go with their events.
    private static let limitedCategories = "default;error;event;attachment"

    /// The events of a request were more than its project may send; SDKs are to be silent for so
    /// long.
    ///
    /// The body is empty, since an SDK takes a body for an error and overlooks the fields.
    static func limited(_ limit: OverLimit) -> IngestAnswer {
        var headers = cors
        headers.add(name: "retry-after", value: String(limit.seconds))
        headers.add(
            name: "x-sentry-rate-limits",
            value: "\(limit.seconds):\(limitedCategories):project:\(limit.reason.rawValue)")
        return IngestAnswer(status: .tooManyRequests, headers: headers, body: ByteBuffer())
    }

    static let wrongMethod: IngestAnswer = {
        var answer = refused(.methodNotAllowed, "this route takes POST")
        answer.headers.add(name: "allow", value: "POST, OPTIONS")
        return answer
    }()

    static let preflight: IngestAnswer = {
        var headers = cors
        headers.add(name: "access-control-allow-methods", value: "POST")
        headers.add(
            name: "access-control-allow-headers",
            value: "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, "
                + "content-type, authentication, authorization, content-encoding, transfer-encoding, "
                + "x-faultlog-durability"
        )
        headers.add(name: "access-control-max-age", value: "3600")
        return IngestAnswer(status: .ok, headers: headers, body: ByteBuffer())
    }()
}
