import ErrorModel

/// Finds the project's key in a request: header, `Authorization`, query, in this order.
enum IngestKey {
    static func find(_ request: IngestRequest) -> String? {
        if let header = request.fields.sentryAuth,
            let auth = SentryAuth.header(header)
        {
            return auth.key
        }
        if let header = request.fields.authorization {
            if let key = SentryAuth.bearer(header) { return key }
            if let auth = SentryAuth.authorization(header) { return auth.key }
        }
        return request.query.flatMap(SentryAuth.query)?.key
    }
}
