package import ErrorModel
package import HTTPTypes
package import Hummingbird
import NIOCore

/// An error as RFC 9457 `application/problem+json` says it: what, and what to do.
package struct Problem: Error, Sendable {
    package var status: HTTPResponse.Status
    package var detail: String
    /// More members, for programs: for example the legal moves of an issue.
    package var members: [(String, JSONValue)]
    package var headers: HTTPFields

    package init(
        _ status: HTTPResponse.Status, _ detail: String, members: [(String, JSONValue)] = [],
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.detail = detail
        self.members = members
        self.headers = headers
    }

    /// Nothing is wrong with the request, and later it may work: 503 with a time to try again.
    static func unavailable(_ detail: String) -> Problem {
        Problem(
            .serviceUnavailable, detail,
            headers: [.retryAfter: String(IngestLimits.retryAfterSeconds)])
    }

    /// The document.
    package var json: JSONValue {
        .pairs(
            [
                ("type", "about:blank"), ("title", .string(status.reasonPhrase)),
                ("status", .integer(status.code)), ("detail", .string(detail)),
            ] + members)
    }
}

extension Problem: HTTPResponseError {
    package func response(from request: Request, context: some RequestContext) -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        let bytes = json.compactBytes
        headers[.contentLength] = String(bytes.count)
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
