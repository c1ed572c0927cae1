/// So many events a second, and more for a moment.
///
/// Tokens come at a steady rate up to the burst, each event takes one. Requests are never split: what
/// is left may go below zero by one request, which is waited off. Pure.
struct TokenBucket: Hashable, Sendable {
    /// Tokens a second.
    let rate: Double
    let burst: Double
    private var tokens: Double
    private var time: Int64

    /// Full at `time`, in microseconds of any clock that does not go back.
    init(rate: Double, burst: Double, time: Int64) {
        (self.rate, self.burst, self.time) = (rate, burst, time)
        tokens = burst
    }

    /// Takes `count` tokens; or none, and says after how many seconds there will be some.
    mutating func take(_ count: Int, at now: Int64) -> Int? {
        // A clock that goes back gives nothing and takes nothing.
        let elapsed = max(0, now - time)
        time = max(time, now)
        tokens = min(burst, tokens + rate * Double(elapsed) / 1_000_000)
        if tokens >= 1 {
            tokens -= Double(count)
            return nil
        }
        return max(1, Int(min((1 - tokens) / rate, Self.waitLimit).rounded(.up)))
    }

    /// Nobody is told to wait longer, whatever a large batch owes: limits may be changed.
    static let waitLimit = 3600.0
}
