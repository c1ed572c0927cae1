import ErrorModel
import GRDB

/// How an issue grows: its events of 24 hours, less those of the 24 before.
///
/// Hours are whole ones, and the last is the one before a moment's: while events pour in, the
/// trend stays what it is until the hour is over.
struct IssueTrend {
    /// The hour that the 24 end with is not in them; counted from 1970.
    let end: Int64

    private static let hoursPerDay: Int64 = 24
    private static let microsecondsPerHour: Int64 = 3_600_000_000

    init(at moment: Timestamp) {
        end = floorDivide(moment.microseconds, Self.microsecondsPerHour)
    }

    /// What was last seen before it has no trend, in microseconds since 1970.
    var start: Int64 { (end - 2 * Self.hoursPerDay) * Self.microsecondsPerHour }

    /// The days that have hours of it.
    var days: ClosedRange<Int64> { day - 2...day }

    /// How an hour of a day counts: 1, -1, or not at all.
    func sign(day: Int64, hour: Int64) -> Int64 {
        let age = end - (day * Self.hoursPerDay + hour)
        return switch age {
        case 1...Self.hoursPerDay: 1
        case Self.hoursPerDay + 1...2 * Self.hoursPerDay: -1
        default: 0
        }
    }

    /// A value for each row of what is shown.
    func sql(_ tables: IssueTables) -> String {
        let hour = Int(end - day * Self.hoursPerDay)
        let columns = IssueSchema.hourColumns
        // The day of the end gives its hours before it, the day before that the rest.
        let head = Self.sum(columns[..<hour])
        let tail = Self.sum(columns[hour...])
        return """
            CASE WHEN last_seen < ? THEN 0 ELSE ifnull((SELECT sum(CASE day \
            WHEN ? THEN \(head) WHEN ? THEN \(tail) - (\(head)) ELSE -(\(tail)) END) \
            FROM issue_day WHERE \(tables.isPart("issue_day.issue")) AND day BETWEEN ? AND ?), 0) END
            """
    }

    var arguments: StatementArguments { [start, day, day - 1, days.lowerBound, days.upperBound] }

    private var day: Int64 { floorDivide(end, Self.hoursPerDay) }

    private static func sum(_ columns: ArraySlice<String>) -> String {
        columns.isEmpty ? "0" : columns.joined(separator: " + ")
    }
}
