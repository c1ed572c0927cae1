/// How much of a log is kept.
package struct RetentionPolicy: Hashable, Sendable {
    /// Records received longer ago than this many microseconds may go; nil: none do.
    package var ageLimitMicroseconds: Int64?
    /// Old segments go while the log has more bytes than this; nil: it may grow.
    package var byteLimit: UInt64?

    package init(ageLimitMicroseconds: Int64? = nil, byteLimit: UInt64? = nil) {
        self.ageLimitMicroseconds = ageLimitMicroseconds
        self.byteLimit = byteLimit
    }
}

extension RetentionPolicy {
    /// A hundred years.
    package static let dayLimit: UInt64 = 36_500
    private static let dayMicroseconds: Int64 = 24 * 3600 * 1_000_000

    /// Nil when neither says what is kept, or the days are beyond `dayLimit`.
    package init?(keepDays: UInt64?, keepBytes: UInt64?) {
        guard keepDays != nil || keepBytes != nil, keepDays ?? 0 <= Self.dayLimit else {
            return nil
        }
        self.init(
            ageLimitMicroseconds: keepDays.map { Int64($0) * Self.dayMicroseconds },
            byteLimit: keepBytes)
    }
}

/// Which segments a policy lets go.
///
/// Pure. Whole segments from the oldest on, so that what is left is one range of offsets; never the
/// newest one.
package struct RetentionPlan: Hashable, Sendable {
    /// What counts of a segment.
    package struct Facts: Hashable, Sendable {
        package var baseOffset: UInt64
        package var byteCount: UInt64
        /// When it was begun, in microseconds since 1970.
        package var created: Int64

        package init(baseOffset: UInt64, byteCount: UInt64, created: Int64) {
            self.baseOffset = baseOffset
            self.byteCount = byteCount
            self.created = created
        }
    }

    /// The first offset that is kept.
    package var firstOffset: UInt64
    /// How many segments go.
    package var segmentCount: Int
    /// How many bytes they have.
    package var byteCount: UInt64

    /// `segments` are in the order of their offsets; nothing at or above `floor` goes.
    package static func make(
        _ segments: [Facts], _ policy: RetentionPolicy, now: Int64, floor: UInt64 = .max
    ) -> RetentionPlan {
        var plan = RetentionPlan(
            firstOffset: segments.first?.baseOffset ?? 0, segmentCount: 0, byteCount: 0)
        var rest = segments.reduce(UInt64(0)) { $0 &+ $1.byteCount }
        for (segment, next) in zip(segments, segments.dropFirst()) {
            guard next.baseOffset <= floor else { break }
            // All records of a segment were received before the next one was begun.
            let age = now.subtractingReportingOverflow(next.created)
            let isOld = policy.ageLimitMicroseconds.map { !age.overflow && age.partialValue > $0 }
            let isTooMuch = policy.byteLimit.map { rest > $0 }
            guard isOld == true || isTooMuch == true else { break }
            plan.firstOffset = next.baseOffset
            plan.segmentCount += 1
            plan.byteCount += segment.byteCount
            rest -= segment.byteCount
        }
        return plan
    }
}
