/// How long to wait after a request that failed: twice as long each time, up to a minute, and of
/// that a random part, so that many hosts do not come back at once.
enum Backoff {
    /// The first wait is at most so long.
    static let first = Duration.seconds(1)
    /// No wait is longer: a server that is back shall not wait for its events much longer.
    static let longest = Duration.seconds(60)

    /// - Parameters:
    ///   - attempt: failures in a row, from 1 on.
    ///   - chance: 0 to 1; half of the wait is fixed, half is random.
    static func wait(attempt: Int, chance: Double) -> Duration {
        // Past the sixth doubling it is the longest anyhow.
        let doublings = min(max(attempt, 1), 7) - 1
        let whole = min(first * (1 << doublings), longest)
        let part = chance.isFinite ? min(max(chance, 0), 1) : 1
        return whole * (0.5 + 0.5 * part)
    }
}
