import ErrorModel
import EventLogTestSupport
import GRDB
import Projections
import Testing

struct SearchLawTests {
    static func world(
        _ random: inout RandomSearch, count: Int64
    ) throws -> (issues: [ModelIssue], store: ViewStore, directory: TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        let store = try ViewStore(
            path: directory.path + "/issues.sqlite", schema: IssuesProjection.schema)
        let issues = (1...count).map { ModelIssue(row: $0, &random) }
        try store.pool.write { db in
            for issue in issues { try issue.write(db) }
        }
        return (issues, store, directory)
    }

    @Test func `SQL finds what the reference finds`() throws {
        var random = RandomSearch(seed: RandomSearch.seed())
        let (issues, store, directory) = try Self.world(&random, count: 80)
        var found = 0
        for _ in 0..<600 {
            let node = random.node(depth: 1 + random.random.below(3))
            var query = IssueQuery()
            (query.limit, query.now) = (100, RandomSearch.now)
            guard let search = try? Search(node.text),
                let facts = try? random.facts(issues, search)
            else { continue }
            (query.search, query.facts) = (search, facts)
            let asked = query
            let answer = try store.query { try asked.fetch($0).issues.map(\.row) }
            let reference = SearchReference(facts: facts, now: RandomSearch.now)
            let expected = issues.filter { reference.finds($0, node) }
                .sorted { ($0.lastSeen, $0.row) > ($1.lastSeen, $1.row) }.map(\.row)
            #expect(answer == expected, "\(node.text)")
            if !(answer.isEmpty || answer.count == issues.count) { found += 1 }
        }
        // Most searches tell some issues from others.
        #expect(found > 150)
        withExtendedLifetime(directory) {}
    }

    /// Texts that patterns of `LIKE` and `GLOB` would confuse.
    private static let signs = [
        "a_b", "axb", "a%b", "a\\b", "a\\_b", "a*b", "a?b", "[ab]", "a", "b", "A_B", "a_bc", "a[b",
    ]

    @Test func `signs of SQL's patterns stand for themselves`() throws {
        var random = RandomSearch(seed: RandomSearch.seed())
        let directory = try TemporaryDirectory()
        let store = try ViewStore(
            path: directory.path + "/issues.sqlite", schema: IssuesProjection.schema)
        try store.pool.write { db in
            for (row, sign) in Self.signs.enumerated() {
                var issue = ModelIssue(row: Int64(row), &random)
                (issue.value, issue.environments, issue.lastSeen) = (sign, [sign], Int64(-row))
                try issue.write(db)
            }
        }
        func find(_ test: SearchTest) throws -> [String] {
            var query = IssueQuery()
            query.search = try Search(SearchNode.term(SearchTerm(test)).text)
            let asked = query
            return try store.query { try asked.fetch($0).issues.map { Self.signs[Int($0.row)] } }
        }
        for sign in Self.signs {
            let lower = sign.lowercased()
            #expect(
                try find(.name(.value, SearchPattern(sign)))
                    == Self.signs.filter { $0.lowercased() == lower })
            #expect(
                try find(.name(.value, SearchPattern(pieces: [sign, ""])))
                    == Self.signs.filter { $0.lowercased().hasPrefix(lower) })
            #expect(try find(.name(.environment, SearchPattern(sign))) == [sign])
            #expect(
                try find(.name(.environment, SearchPattern(pieces: ["", sign])))
                    == Self.signs.filter { $0.hasSuffix(sign) })
        }
        withExtendedLifetime(directory) {}
    }

    @Test(arguments: [false, true])
    func `pages by trend show everything once, in the reference's order`(ascending: Bool) throws {
        var random = RandomSearch(seed: RandomSearch.seed())
        let (issues, store, directory) = try Self.world(&random, count: 60)
        let hour = ModelIssue.hourMicroseconds
        for shift in 0..<26 {
            let now = RandomSearch.now.shifted(byMicroseconds: Int64(shift) * hour - hour * 50)
            var query = IssueQuery()
            (query.sort, query.ascending, query.limit) = (.trend, ascending, 7)
            query.now = now
            query.search = try Search("events:>2")
            var rows: [Int64] = []
            repeat {
                let asked = query
                let page = try store.query { try asked.fetch($0) }
                rows += page.issues.map(\.row)
                query.after = try page.next.map { try #require(IssueQuery.Cursor($0.text)) }
                // The next page is asked for later.
                query.now = now.shifted(byMicroseconds: 5 * hour)
            } while query.after != nil
            let expected = issues.filter { $0.events > 2 }
                .sorted { ($0.trend(at: now), $0.row) < ($1.trend(at: now), $1.row) }.map(\.row)
            #expect(rows == (ascending ? expected : expected.reversed()))
        }
        withExtendedLifetime(directory) {}
    }

    @Test func `relative times count from the first page`() throws {
        var random = RandomSearch(seed: RandomSearch.seed())
        let (issues, store, directory) = try Self.world(&random, count: 60)
        var query = IssueQuery()
        (query.limit, query.now) = (5, RandomSearch.now)
        query.search = try Search("lastSeen:-2d")
        var rows: [Int64] = []
        repeat {
            let asked = query
            let page = try store.query { try asked.fetch($0) }
            rows += page.issues.map(\.row)
            query.after = page.next
            query.now = query.now.shifted(byMicroseconds: 20 * ModelIssue.hourMicroseconds)
        } while query.after != nil
        let start = RandomSearch.now.microseconds - 48 * ModelIssue.hourMicroseconds
        #expect(Set(rows) == Set(issues.filter { $0.lastSeen >= start }.map(\.row)))
        withExtendedLifetime(directory) {}
    }
}
