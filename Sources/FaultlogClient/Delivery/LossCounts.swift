/// Why an event was not delivered.
public enum DropReason: String, CaseIterable, Sendable {
    /// The queue was full: the server is away, or too much is captured.
    case queueFull = "queue_overflow"
    /// `sampleRate` left it out.
    case sampleRate = "sample_rate"
    /// `beforeSend` returned nil.
    case beforeSend = "before_send"
    /// It said nothing, or was too large even without its extras.
    case unsendable = "internal_sdk_error"
    /// The server does not take it (4xx), for example because the key is wrong.
    case refused = "send_error"
    /// The project is over its rate: the server dropped it and said so (429).
    case rateLimited = "ratelimit_backoff"
    /// It was still waiting when the reporter was shut down, or captured after that.
    case shutdown = "shutdown"
    /// The reporter is disabled, or the capture came from within a capture.
    case ignored = "ignored"

    /// Whether the server is told: of the others it knows by itself, or cannot be told.
    var isReported: Bool {
        switch self {
        case .queueFull, .sampleRate, .beforeSend, .unsendable: true
        case .refused, .rateLimited, .shutdown, .ignored: false
        }
    }
}

/// How many events were dropped, by reason, and of how many the server does not know yet.
struct LossCounts: Equatable {
    private(set) var total: [DropReason: Int] = [:]
    private(set) var unreported: [DropReason: Int] = [:]

    mutating func add(_ reason: DropReason, _ count: Int = 1) {
        guard count > 0 else { return }
        total[reason, default: 0] += count
        if reason.isReported { unreported[reason, default: 0] += count }
    }

    mutating func takeUnreported() -> [DropReason: Int] {
        defer { unreported = [:] }
        return unreported
    }

    /// Takes back what was to be reported, and was not.
    mutating func putBack(_ losses: [DropReason: Int]) {
        unreported.merge(losses, uniquingKeysWith: +)
    }
}
