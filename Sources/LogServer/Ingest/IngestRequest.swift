import NIOCore
import NIOHTTP1

/// A request to an ingest route, whole.
struct IngestRequest {
    var route: IngestRoute
    /// What stands behind the question mark of the target; nil without one.
    var query: String?
    var fields: IngestFields
    var body: ByteBuffer
}

/// The header fields that ingest reads; of one that stands twice the first.
struct IngestFields {
    var sentryAuth: String?
    var authorization: String?
    var contentEncoding: String?
    var contentType: String?
    /// What the answer is to stand for, as the request words it.
    var durability: String?

    init() {}

    init(_ headers: HTTPHeaders) {
        sentryAuth = headers.first(name: "x-sentry-auth")
        authorization = headers.first(name: "authorization")
        contentEncoding = headers.first(name: "content-encoding")
        contentType = headers.first(name: "content-type")
        durability = headers.first(name: "x-faultlog-durability")
    }
}
