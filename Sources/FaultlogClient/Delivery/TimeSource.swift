import Foundation

/// Where time and chance come from; tests put their own in.
struct TimeSource: Sendable {
    /// Time since some start; only ever forward.
    var now: @Sendable () -> Duration
    /// Microseconds since 1970-01-01T00:00:00Z.
    var microseconds: @Sendable () -> Int64
    /// Waits, or throws when the task is cancelled.
    var sleep: @Sendable (Duration) async throws -> Void
    /// 0 to 1.
    var chance: @Sendable () -> Double

    /// The system's.
    static let system: TimeSource = {
        let start = ContinuousClock.now
        return TimeSource(
            now: { ContinuousClock.now - start },
            microseconds: { Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()) },
            sleep: { try await Task.sleep(for: $0, clock: .continuous) },
            chance: { Double.random(in: 0...1) })
    }()
}
