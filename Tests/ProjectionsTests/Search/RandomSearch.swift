import ErrorModel
import EventLogTestSupport
import Projections

/// Makes random trees of searches out of words that the test's issues have.
struct RandomSearch {
    static let words = [
        "error", "Error", "TypeError", "a", "", "50%", "under_score", "under-score", "x*y", "x-y",
        "ü", "[a-z]", "?",
        "back\\slash", "\"quoted\"", "(x)", "OR", "two words", "1.0.0", "…",
    ]
    static let environments = [
        "production", "Production", "staging", "pr*d", "[x]", "x", "a?", "ab",
    ]
    static let releases = ["1.0.0", "1.2.0", "1.10.0-rc.1", "shop@1.2.0", "abc", "v2.0", "1..2"]
    static let projects = ["shop", "2", "web"]
    static let people: [SearchPerson] = [
        .user("u1"), .user("u 2"), .account("a1"), .account("a\"2"),
    ]
    static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let dayMicroseconds: Int64 = 86_400_000_000

    var random: SeededRandom
    /// Tags too, which parse but are not searchable.

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    static func seed() -> UInt64 {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("search seed \(seed)")
        return seed
    }

    mutating func node(depth: Int = 4) -> SearchNode {
        guard depth > 0 else { return .term(SearchTerm(test())) }
        switch random.below(6) {
        case 0: return .not(node(depth: depth - 1))
        case 1, 2: return .all((0...1 + random.below(2)).map { _ in node(depth: depth - 1) })
        case 3: return .any((0...1 + random.below(2)).map { _ in node(depth: depth - 1) })
        default: return .term(SearchTerm(test()))
        }
    }

    mutating func test() -> SearchTest {
        switch random.below(14) {
        case 0, 1: .text(pattern(Self.words.filter { !$0.isEmpty }))
        case 2: .state(pick(SearchState.allCases))
        case 3: .has(pick(SearchMember.allCases))
        case 4: .project(pick(Self.projects))
        case 5: .level(range { $0.pick(Level.allCases) })
        case 6: .action(pick([.caught, .unhandled, .rejection, .httpError]))
        case 7, 8: name()
        case 9: .count(pick(SearchCount.allCases), numbers())
        case 10: times()
        case 11: .release(pick(SearchRelease.allCases), releaseRange())
        case 12: .person(pick(Self.people))
        default: .tag("region", pattern(["eu"]))
        }
    }

    mutating func pick<T>(_ all: [T]) -> T { all[random.below(all.count)] }

    private mutating func name() -> SearchTest {
        let name = pick(SearchName.allCases)
        switch name {
        case .environment: return .name(name, pattern(Self.environments))
        case .release, .firstRelease, .lastRelease:
            return .name(name, pattern(Self.releases))
        default: return .name(name, pattern(Self.words))
        }
    }

    /// A text as it is, its beginning, its end, its middle, or two parts of it.
    mutating func pattern(_ words: [String]) -> SearchPattern {
        let word = pick(words)
        let cut = word.index(word.startIndex, offsetBy: random.below(word.count + 1))
        let (head, tail) = (String(word[..<cut]), String(word[cut...]))
        switch random.below(6) {
        case 0 where !head.isEmpty: return SearchPattern(pieces: [head, ""])
        case 1 where !tail.isEmpty: return SearchPattern(pieces: ["", tail])
        case 2 where !tail.isEmpty: return SearchPattern(pieces: ["", tail, ""])
        case 3 where !word.isEmpty: return SearchPattern(pieces: [head, tail])
        default: return SearchPattern(word)
        }
    }

    mutating func range<T>(_ bound: (inout RandomSearch) -> T) -> SearchRange<T> {
        switch random.below(6) {
        case 0: .equal(bound(&self))
        case 1: .below(bound(&self))
        case 2: .atMost(bound(&self))
        case 3: .above(bound(&self))
        case 4: .atLeast(bound(&self))
        default: .between(bound(&self), bound(&self))
        }
    }

    private mutating func numbers() -> SearchRange<Int64> {
        let range = range { Int64($0.random.below(12)) }
        if case .between(let low, let high) = range, low > high { return .between(high, low) }
        return range
    }

    private mutating func releaseRange() -> SearchRange<String> {
        let range = range { $0.pick(Self.releases) }
        // One release is a name, not a range.
        if case .equal(let release) = range { return .atLeast(release) }
        return range
    }

    private mutating func times() -> SearchTest {
        var range = range { $0.time() }
        if case .equal(.ago(let amount, let unit)) = range { range = .atLeast(.ago(amount, unit)) }
        return .time(pick(SearchMoment.allCases), range)
    }

    private mutating func time() -> SearchTime {
        let moment = Self.now.microseconds - Int64(random.below(9)) * Self.dayMicroseconds / 2
        switch random.below(3) {
        case 0: return .ago(Int64(random.below(30)), pick(SearchTime.Unit.allCases))
        case 1:
            let day = moment / Self.dayMicroseconds * Self.dayMicroseconds
            return .day(Timestamp(microseconds: day))
        default: return .moment(Timestamp(microseconds: moment))
        }
    }
}

extension SearchNode {
    /// The same tree of terms that stand nowhere.
    var withoutPlaces: SearchNode {
        switch self {
        case .term(let term): .term(SearchTerm(term.test))
        case .not(let node): .not(node.withoutPlaces)
        case .all(let nodes): .all(nodes.map(\.withoutPlaces))
        case .any(let nodes): .any(nodes.map(\.withoutPlaces))
        }
    }
}
