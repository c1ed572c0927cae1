import ErrorModel

/// The values of keys.
extension SearchParser {
    mutating func readTest(_ key: SearchKey) throws(SearchError) -> SearchTest {
        switch key {
        case .state: .state(try readChoice(SearchState.self))
        case .has: .has(try readChoice(SearchMember.self))
        case .project: .project(try readWhole("a project's slug or number"))
        case .action:
            .action(try choice(try readText(untilDots: false), Action.allCases, \.name))
        case .level:
            .level(
                try readRange().map { (text) throws(SearchError) in
                    try choice(text, Level.allCases, \.name)
                })
        case .name(let name): .name(name, try pattern(try readText(untilDots: false)))
        case .count(let count): .count(count, try readNumbers())
        case .time(let moment): .time(moment, try readTimes())
        case .release(let release): try readReleases(release)
        case .user: .person(.user(try readWhole("a whole id, name or address: a hash is kept")))
        case .account: .person(.account(try readWhole("a whole id or name: a hash is kept")))
        case .tag(let name): .tag(name, try pattern(try readText(untilDots: false)))
        }
    }

    private mutating func readChoice<T: RawRepresentable<String> & CaseIterable>(
        _ type: T.Type
    ) throws(SearchError) -> T {
        try choice(try readText(untilDots: false), Array(T.allCases), \.rawValue)
    }

    /// One of some values by its name, in upper or lower case.
    private func choice<T>(
        _ text: SearchText, _ all: [T], _ name: (T) -> String
    ) throws(SearchError) -> T {
        let wanted = text.text.lowercased()
        if let value = all.first(where: { name($0).lowercased() == wanted }) { return value }
        throw error(text.place, "one of " + all.map(name).joined(separator: ", "))
    }

    private mutating func readWhole(_ expected: String) throws(SearchError) -> String {
        let text = try readText(untilDots: false)
        guard text.pieces.count == 1, !text.text.isEmpty else { throw error(text.place, expected) }
        return text.text
    }

    /// A text that may have gaps.
    func pattern(_ text: SearchText) throws(SearchError) -> SearchPattern {
        let pattern = SearchPattern(pieces: text.pieces)
        guard pattern.pieces.count <= SearchLimits.wildcards + 1 else {
            throw error(text.place, "at most \(SearchLimits.wildcards) '*' in a text")
        }
        return pattern
    }

    // MARK: ordered values

    private mutating func readNumbers() throws(SearchError) -> SearchRange<Int64> {
        let start = at
        let numbers = try readRange().map { (text) throws(SearchError) in try number(text) }
        if case .between(let low, let high) = numbers, low > high {
            throw error(start..<at, "the smaller number first")
        }
        return numbers
    }

    private func number(_ text: SearchText) throws(SearchError) -> Int64 {
        let isNumber = !text.isQuoted && text.text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let number = Int64(text.text) else {
            throw error(text.place, "a whole number, as in 100, >100 or 10..50")
        }
        return number
    }

    private mutating func readTimes() throws(SearchError) -> SearchRange<SearchTime> {
        let times = try readRange().map { (text) throws(SearchError) in try time(text) }
        // Nothing happens at exactly that microsecond: the time since then is meant.
        if case .equal(.ago(let amount, let unit)) = times { return .atLeast(.ago(amount, unit)) }
        return times
    }

    private func time(_ text: SearchText) throws(SearchError) -> SearchTime {
        if let time = Self.relativeTime(text.text) ?? Self.absoluteTime(text.text) { return time }
        throw error(
            text.place,
            "a time such as -24h (s, m, h, d, w), 2026-11-01 or 2026-11-01T10:00:00Z")
    }

    private static func relativeTime(_ text: String) -> SearchTime? {
        guard text.first == "-", let unit = text.last.flatMap(SearchTime.Unit.init(rawValue:))
        else { return nil }
        let digits = text.dropFirst().dropLast()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let amount = Int64(digits),
            amount <= SearchLimits.agoAmount
        else { return nil }
        return .ago(amount, unit)
    }

    /// `2026-11-01`, which is a day, or longer.
    private static func absoluteTime(_ text: String) -> SearchTime? {
        let dayLength = 10
        // A number alone is the seconds since 1970 elsewhere; here it would be a slip.
        guard text.utf8.count >= dayLength, text.utf8.dropFirst(4).first == UInt8(ascii: "-"),
            let time = Timestamp(text: text)
        else { return nil }
        return text.utf8.count == dayLength ? .day(time) : .moment(time)
    }

    private mutating func readReleases(
        _ release: SearchRelease
    ) throws(SearchError) -> SearchTest {
        let range = try readRange()
        if case .equal(let text) = range { return .name(release.name, try pattern(text)) }
        return .release(
            release,
            try range.map { (text) throws(SearchError) in
                guard text.pieces.count == 1, !text.text.isEmpty else {
                    throw error(text.place, "a whole release: '*' has no order")
                }
                return text.text
            })
    }
}
