import ErrorModel
import Synchronization

/// Decides of which events of a storm the payload is kept.
///
/// Safe from any thread. A bucket for each issue that sends now, in memory of fixed size: of two
/// issues that share a place only the one that came first is held back, so that an error is never
/// kept from being read because of another one's storm.
final class SpikeThrottle: Sendable {
    private struct Entry {
        /// 0: nobody's.
        var issue: UInt64 = 0
        var tokens = 0.0
        /// Microseconds of the clock.
        var time: Int64 = 0
    }

    /// A power of two: more issues than storm at once, 384 KiB.
    private static let entryBits = 14
    /// So many seconds' worth of payloads are kept before a storm is one.
    static let burstSeconds = 10.0

    /// Empty until the first event comes.
    private let entries = Mutex<[Entry]>([])
    private let clock: @Sendable () -> Int64

    /// `clock` gives microseconds of a time that nobody sets.
    init(clock: @escaping @Sendable () -> Int64 = RateLimiter.monotonicMicroseconds) {
        self.clock = clock
    }

    /// True where the payload of an event is kept; `issue` is its key, `rate` in payloads a second.
    func keepsPayload(_ issue: UInt64, rate: UInt64) -> Bool {
        let now = clock()
        let burst = Double(rate) * Self.burstSeconds
        // Fibonacci hashing (Knuth, volume 3, 6.4).
        let place = Int((issue &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - Self.entryBits))
        return entries.withLock { entries in
            if entries.isEmpty {
                entries = [Entry](repeating: Entry(), count: 1 << Self.entryBits)
            }
            var entry = entries[place]
            let elapsed = Double(max(0, now - entry.time)) / 1_000_000
            let tokens = min(burst, entry.tokens + elapsed * Double(rate))
            if entry.issue != issue {
                guard entry.issue == 0 || tokens >= burst else { return true }
                entry = Entry(issue: issue, tokens: burst - 1, time: now)
                entries[place] = entry
                return true
            }
            entry.time = max(now, entry.time)
            entry.tokens = tokens
            let keeps = tokens >= 1
            if keeps { entry.tokens -= 1 }
            entries[place] = entry
            return keeps
        }
    }
}
