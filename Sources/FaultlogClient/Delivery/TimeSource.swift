import Foundation

/// Where time and chance come from; tests put their own in.
package struct TimeSource: Sendable {
    /// Time since some start; only ever forward.
    package var now: @Sendable () -> Duration
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var microseconds: @Sendable () -> Int64
    /// Waits, or throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// 0 to 1.
    package var chance: @Sendable () -> Double

    /// A source of one's own.
    package init(
        now: @escaping @Sendable () -> Duration, microseconds: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        chance: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.microseconds = microseconds
        self.sleep = sleep
        self.chance = chance
    }

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
