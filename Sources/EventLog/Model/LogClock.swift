import Glibc

/// Where the log gets the time and new identities from, so that a simulation can hand them in.
package struct LogClock: Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    ///
    /// May go backwards; nothing but segment age and the printed creation time depends on it.
    package var now: @Sendable () -> Int64
    /// Milliseconds that never go backwards, from any start.
    package var monotonicMilliseconds: @Sendable () -> UInt64
    /// A new identity for a segment.
    package var makeUUID: @Sendable () -> SegmentUUID

    package init(
        now: @escaping @Sendable () -> Int64,
        monotonicMilliseconds: @escaping @Sendable () -> UInt64,
        makeUUID: @escaping @Sendable () -> SegmentUUID
    ) {
        self.now = now
        self.monotonicMilliseconds = monotonicMilliseconds
        self.makeUUID = makeUUID
    }

    /// The clock and the random numbers of the machine.
    package static let system = LogClock(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        },
        monotonicMilliseconds: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
        },
        makeUUID: {
            var generator = SystemRandomNumberGenerator()
            return SegmentUUID(high: generator.next(), low: generator.next())
        })
}
