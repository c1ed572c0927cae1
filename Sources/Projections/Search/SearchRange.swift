package import ErrorModel

/// Which values of an ordered kind are wanted.
package enum SearchRange<Bound: Hashable & Sendable>: Hashable, Sendable {
    case equal(Bound)
    case below(Bound)
    case atMost(Bound)
    case above(Bound)
    case atLeast(Bound)
    /// Both ends are in it.
    case between(Bound, Bound)

    package var bounds: [Bound] {
        switch self {
        case .equal(let bound), .below(let bound), .atMost(let bound), .above(let bound),
            .atLeast(let bound):
            [bound]
        case .between(let low, let high): [low, high]
        }
    }

    /// The same range of other bounds.
    package func map<T, E: Error>(
        _ transform: (Bound) throws(E) -> T
    ) throws(E) -> SearchRange<T> {
        switch self {
        case .equal(let bound): .equal(try transform(bound))
        case .below(let bound): .below(try transform(bound))
        case .atMost(let bound): .atMost(try transform(bound))
        case .above(let bound): .above(try transform(bound))
        case .atLeast(let bound): .atLeast(try transform(bound))
        case .between(let low, let high): .between(try transform(low), try transform(high))
        }
    }

    /// Whether a value is in it, by how it compares with each bound: negative, 0 or positive; nil
    /// where the two have no order.
    package func contains(_ compare: (Bound) -> Int?) -> Bool {
        func holds(_ bound: Bound, _ test: (Int) -> Bool) -> Bool {
            compare(bound).map(test) ?? false
        }
        return switch self {
        case .equal(let bound): holds(bound) { $0 == 0 }
        case .below(let bound): holds(bound) { $0 < 0 }
        case .atMost(let bound): holds(bound) { $0 <= 0 }
        case .above(let bound): holds(bound) { $0 > 0 }
        case .atLeast(let bound): holds(bound) { $0 >= 0 }
        case .between(let low, let high): holds(low) { $0 >= 0 } && holds(high) { $0 <= 0 }
        }
    }
}

/// A time as a search names it.
///
/// A day is all its moments: what is after it begins with the next day.
package enum SearchTime: Hashable, Sendable {
    /// So long before the search.
    case ago(Int64, Unit)
    /// The beginning of a day, UTC.
    case day(Timestamp)
    case moment(Timestamp)

    /// The letters of relative times.
    package enum Unit: Character, CaseIterable, Sendable {
        case second = "s"
        case minute = "m"
        case hour = "h"
        case day = "d"
        case week = "w"

        var seconds: Int64 {
            switch self {
            case .second: 1
            case .minute: 60
            case .hour: 3_600
            case .day: 86_400
            case .week: 604_800
            }
        }
    }

    /// The first moment of it, and the first after it, in microseconds since 1970.
    package func span(now: Timestamp) -> Range<Int64> {
        switch self {
        case .ago(let amount, let unit):
            let delta = amount * unit.seconds * Timestamp.microsecondsPerSecond
            let start = now.shifted(byMicroseconds: -delta).microseconds
            return start..<start + 1
        case .day(let start):
            let length = Unit.day.seconds * Timestamp.microsecondsPerSecond
            return start.microseconds..<start.microseconds + length
        case .moment(let moment):
            return moment.microseconds..<moment.microseconds + 1
        }
    }
}
