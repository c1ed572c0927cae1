import ContentCoding
import EventLog
import NIOHTTP1

/// Why a request, or an event in it, is not taken.
struct Refusal: Error {
    /// Under which reason it is counted.
    var reason: String
    var status: HTTPResponseStatus
    var detail: String

    var answer: IngestAnswer { .refused(status, detail) }

    static let missingKey = Refusal(
        reason: "missing_key", status: .unauthorized,
        detail: "the request names no key: send X-Sentry-Auth, Authorization, ?sentry_key= or a "
            + "dsn in the envelope's header")

    static let unknownKey = Refusal(
        reason: "unknown_key", status: .forbidden, detail: "no project has this key")

    static let keyOfAnotherProject = Refusal(
        reason: "wrong_project", status: .forbidden,
        detail: "the key is not one of the project that the path names")

    static let eventTooLarge = Refusal(
        reason: "too_large", status: .payloadTooLarge,
        detail: "an event has at most \(IngestLimits.eventBytes) bytes of JSON")

    static let unknownDurability = Refusal(
        reason: "unknown_durability", status: .badRequest,
        detail: "X-Faultlog-Durability must be one of "
            + Durability.allCases.map(\.rawValue).joined(separator: ", "))

    static func invalid(_ reason: String, _ detail: String) -> Refusal {
        Refusal(reason: reason, status: .badRequest, detail: detail)
    }
}

extension Refusal {
    init(_ error: ContentCodingError) {
        switch error {
        case .tooLarge:
            self.init(reason: "too_large", status: .payloadTooLarge, detail: "\(error)")
        case .unknownEncoding:
            self.init(
                reason: "unknown_encoding", status: .unsupportedMediaType,
                detail: "\(error); send gzip, deflate, br, zstd or none")
        case .corrupt, .outOfMemory:
            self.init(reason: "broken_encoding", status: .badRequest, detail: "\(error)")
        }
    }
}
