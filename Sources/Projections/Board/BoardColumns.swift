import ErrorModel

/// What is known of each issue as a number, a column each.
struct BoardColumns {
    enum Column: Int, CaseIterable {
        /// The issue's `id` in the view.
        case row
        case project
        /// The place among `IssueStatus.allCases`.
        case status
        case level
        case action
        case flags
        case events
        case users
        case accounts
        /// Microseconds since 1970.
        case firstSeen
        case lastSeen
        /// Names by their numbers; -1 for none.
        case firstRelease
        case lastRelease
        case type
        case platform
        /// A bit for each of the first environments.
        case environments
        /// How many releases it was seen in.
        case releaseCount
        case trend
    }

    /// Bits of `flags`.
    enum Flag {
        static let hasCondition: Int64 = 1
        static let hasCulprit: Int64 = 2
    }

    private(set) var count = 0
    private var values: [[Int64]] = Array(repeating: [], count: Column.allCases.count)

    /// Memory of an issue.
    static let issueByteCount = Column.allCases.count * 8

    subscript(column: Column) -> [Int64] { values[column.rawValue] }

    subscript(column: Column, place: Int) -> Int64 {
        get { values[column.rawValue][place] }
        set { values[column.rawValue][place] = newValue }
    }

    /// Adds a place, of zeros.
    mutating func append() {
        for index in values.indices { values[index].append(0) }
        count += 1
    }

    /// The last place takes the place of this one.
    mutating func remove(_ place: Int) {
        for index in values.indices {
            values[index][place] = values[index][count - 1]
            values[index].removeLast()
        }
        count -= 1
    }
}

/// A row of the list, as the view has it, for the columns.
struct BoardRow {
    var row: Int64
    var project: Int64
    var status: IssueStatus
    var level: Int64
    var action: Int64
    var hasCondition: Bool
    var releaseCount: Int64
    var events: Int64
    var users: Int64
    var accounts: Int64
    var firstSeen: Int64
    var lastSeen: Int64
    var firstRelease: String?
    var lastRelease: String?
    var type: String
    var platform: String
    var value: String
    var culprit: String
}
