import ErrorModel
import NIOHTTP1

/// Finds the project's key in a request: header, `Authorization`, query, in this order.
enum IngestKey {
    static func find(_ request: IngestRequest) -> String? {
        if let header = request.headers.first(name: "x-sentry-auth"),
            let auth = SentryAuth.header(header)
        {
            return auth.key
        }
        if let header = request.headers.first(name: "authorization") {
            if let key = SentryAuth.bearer(header) { return key }
            if let auth = SentryAuth.authorization(header) { return auth.key }
        }
        guard let mark = request.target.firstIndex(of: "?") else { return nil }
        let query = String(request.target[request.target.index(after: mark)...])
        return SentryAuth.query(query)?.key
    }
}
