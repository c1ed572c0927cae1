/// The keys of the search language.
enum SearchKey: Hashable {
    case state
    case has
    case project
    case level
    case action
    case name(SearchName)
    case count(SearchCount)
    case time(SearchMoment)
    case release(SearchRelease)
    case user
    case account
    case tag(String)

    /// What stands before the name of a tag.
    static let tagPrefix = "tag."

    private static let named: [(name: String, key: SearchKey)] =
        [
            ("is", .state), ("has", .has), ("project", .project), ("level", .level),
            ("action", .action), ("user", .user), ("account", .account),
        ]
        + SearchRelease.allCases.map { ($0.rawValue, .release($0)) }
        // Releases are in both lists: there, with their order.
        + SearchName.allCases.map { ($0.rawValue, .name($0)) }
        + SearchCount.allCases.map { ($0.rawValue, .count($0)) }
        + SearchMoment.allCases.map { ($0.rawValue, .time($0)) }

    private static let byName = Dictionary(
        named.map { ($0.name.lowercased(), $0.key) }, uniquingKeysWith: { first, _ in first })

    /// Nil for a name that is no key; upper and lower case are the same.
    init?(_ name: String) {
        let lower = name.lowercased()
        if let key = Self.byName[lower] {
            self = key
        } else if lower.hasPrefix(Self.tagPrefix), name.count > Self.tagPrefix.count {
            self = .tag(String(name.dropFirst(Self.tagPrefix.count)))
        } else {
            return nil
        }
    }

    /// The key that is written nearly so; nil where none is near.
    static func nearest(to name: String) -> String? {
        let text = Array(name.lowercased().utf8)
        guard !text.isEmpty, text.count <= SearchLimits.suggestedKeyBytes else { return nil }
        let rated = named.map { (distance(text, Array($0.name.lowercased().utf8)), $0.name) }
        guard let best = rated.min(by: { $0.0 < $1.0 }),
            best.0 <= SearchLimits.suggestionDistance, best.0 < text.count
        else { return nil }
        return best.1
    }

    /// How many letters have to be changed, put in or taken away.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let change = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
