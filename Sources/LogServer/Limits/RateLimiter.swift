import ErrorModel
import Glibc
import Projections
import Synchronization

/// Decides for each project whether its events are taken for now.
///
/// Safe from any thread. In memory: after a start every bucket is full.
final class RateLimiter: Sendable {
    private struct Entry {
        var limits: ProjectLimits
        var bucket: TokenBucket
    }

    private let entries = Mutex<[UInt32: Entry]>([:])
    private let clock: @Sendable () -> Int64

    /// `clock` gives microseconds of a time that nobody sets.
    init(clock: @escaping @Sendable () -> Int64 = RateLimiter.monotonicMicroseconds) {
        self.clock = clock
    }

    static let monotonicMicroseconds: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// Nil: `count` events of the project are taken; else for how many seconds none are.
    func take(_ count: Int, of project: Project) -> Int? {
        let limits = project.row.limits
        guard let rate = limits.eventsPerSecond, count > 0 else { return nil }
        let now = clock()
        return entries.withLock { entries in
            var entry =
                entries[project.id].flatMap { $0.limits == limits ? $0 : nil }
                ?? Entry(
                    limits: limits,
                    bucket: TokenBucket(
                        rate: Double(rate), burst: Double(limits.effectiveBurst), time: now))
            defer { entries[project.id] = entry }
            return entry.bucket.take(count, at: now)
        }
    }
}
