/// What an answer means for what was sent.
enum AnswerVerdict: Equatable, Sendable {
    /// On the server's disk, or refused line by line.
    case delivered(refused: Int)
    /// It will never be taken; `pausing` where nothing else will be either.
    case refused(status: Int, pausing: Bool)
    /// Too large: smaller ones may pass.
    case tooLarge
    /// The server dropped it, and wants nothing for so long.
    case rateLimited(Duration)
    /// Not taken now; the server may say when to come again.
    case unavailable(retryAfter: Duration?)

    /// Where a server says 429 and not for how long.
    static let defaultPause = Duration.seconds(60)

    /// - Parameter refused: how many events the body of a 200 calls refused; nil where it is not
    ///   an answer of ours, say a login page on the way: then nobody has promised anything.
    init(status: Int, headers: [String: String], refused: Int?) {
        let retryAfter = RetryAfter.seconds(headers["retry-after"])
        switch status {
        case 200..<300:
            self = refused.map { .delivered(refused: $0) } ?? .unavailable(retryAfter: nil)
        case 429:
            let limited = RetryAfter.limit(headers["x-sentry-rate-limits"])
            let pause = [limited, retryAfter].compactMap(\.self).max()
            self = .rateLimited(pause ?? Self.defaultPause)
        case 408, 500...:
            self = .unavailable(retryAfter: retryAfter)
        case 413:
            self = .tooLarge
        case 400, 415, 422:
            self = .refused(status: status, pausing: false)
        default:
            // A wrong key, a wrong path, a redirect: the next one will fare no better.
            self = .refused(status: status, pausing: true)
        }
    }
}

/// How long a server asks to be left alone.
enum RetryAfter {
    /// Whole or broken seconds; nil for a date, for nonsense and for what no clock can count.
    static func seconds(_ text: String?) -> Duration? {
        guard let text, let seconds = Double(text.filter { $0 != " " }), seconds >= 0,
            seconds <= 1_000_000_000
        else { return nil }
        return .seconds(seconds)
    }

    /// The longest of the limits that concern errors: `60:error;default:key, 2700::key`.
    static func limit(_ text: String?) -> Duration? {
        guard let text else { return nil }
        return text.split(separator: ",").compactMap { limit -> Duration? in
            let parts = limit.split(separator: ":", omittingEmptySubsequences: false)
            let categories = parts.count > 1 ? parts[1].split(separator: ";") : []
            let concerns = categories.isEmpty || categories.contains { $0 == "error" }
            return concerns ? seconds(parts.first.map(String.init)) : nil
        }.max()
    }
}
