import ErrorModel
import EventLogTestSupport
import GRDB
import Projections
import Testing

/// The board answers as SQL does.
struct IssueBoardTests {
    /// Any order, length and place of a page.
    private static func query(
        _ random: inout RandomSearch, _ search: Search?, _ facts: SearchFacts
    ) -> IssueQuery {
        var query = IssueQuery()
        (query.search, query.facts) = (search, facts)
        query.now = RandomSearch.now
        query.sort = random.pick(IssueQuery.Sort.allCases)
        query.ascending = random.random.chance(oneIn: 2)
        query.limit = random.pick([1, 3, 10, 100])
        if random.random.chance(oneIn: 3) { query.project = UInt32(1 + random.random.below(3)) }
        if random.random.chance(oneIn: 3) {
            query.statuses = [random.pick(IssueStatus.allCases), random.pick(IssueStatus.allCases)]
        }
        if random.random.chance(oneIn: 4) {
            query.environment = random.pick(RandomSearch.environments)
        }
        if random.random.chance(oneIn: 4) { query.release = random.pick(RandomSearch.releases) }
        if random.random.chance(oneIn: 4) { query.level = random.pick(Level.allCases) }
        return query
    }

    private static func update(
        _ board: inout IssueBoard, _ changed: Set<Int64>?, edits: [IssueEdit] = [],
        _ store: ViewStore
    ) throws -> Bool {
        try store.pool.read { try board.update(changed, edits: edits, $0) }
    }

    /// Brings a board up to date with what was noted.
    private static func follow(
        _ board: inout IssueBoard, _ fold: LiveFold<IssuesProjection>
    ) throws -> Bool {
        guard case .some(let commits) = fold.store.changes.take() else {
            return try update(&board, nil, fold.store)
        }
        return try update(
            &board, commits.reduce(into: Set()) { $0.formUnion($1.rows) },
            edits: commits.flatMap(\.edits), fold.store)
    }

    private static func fetch(
        _ board: inout IssueBoard, _ query: IssueQuery, _ store: ViewStore
    ) throws -> (issues: [IssueSummary], next: IssueQuery.Cursor?)? {
        try store.pool.read { try board.fetch(query, $0) }
    }

    /// Compares all pages of a query; says how many issues there were.
    @discardableResult
    private static func compare(
        _ board: inout IssueBoard, _ first: IssueQuery, _ store: ViewStore, _ comment: String
    ) throws -> Int {
        var query = first
        var count = 0
        repeat {
            let asked = query
            let expected = try store.query { try asked.fetch($0) }
            let page = try #require(try fetch(&board, asked, store))
            #expect(page.issues == expected.issues, "\(comment)")
            #expect(page.next == expected.next, "\(comment)")
            if page.issues != expected.issues || page.next != expected.next { return count }
            count += page.issues.count
            query.after = page.next
        } while query.after != nil
        return count
    }

    @Test func `random searches find the same`() throws {
        var random = RandomSearch(seed: RandomSearch.seed())
        let (issues, store, directory) = try SearchLawTests.world(&random, count: 150)
        var board = IssueBoard()
        #expect(try Self.update(&board, nil, store))
        var found = 0
        for _ in 0..<600 {
            let node = random.node(depth: 1 + random.random.below(3))
            guard let search = try? Search(node.text),
                let facts = try? random.facts(issues, search)
            else { continue }
            var query = Self.query(&random, search, facts)
            if random.random.chance(oneIn: 5) {
                query.issues = issues.map(\.id).filter { _ in random.random.chance(oneIn: 2) }
            }
            found += try Self.compare(&board, query, store, node.text)
        }
        #expect(found > 1_000)
        withExtendedLifetime(directory) {}
    }

    @Test func `more environments than have a bit`() throws {
        var random = RandomSearch(seed: RandomSearch.seed())
        let directory = try TemporaryDirectory()
        let store = try ViewStore(
            path: directory.path + "/issues.sqlite", schema: IssuesProjection.schema)
        try store.pool.write { db in
            for row in 1...200 {
                var issue = ModelIssue(row: Int64(row), &random)
                issue.environments = row % 7 == 0 ? [] : ["e\(row % 90)", "E\(row % 3)"]
                try issue.write(db)
            }
        }
        var board = IssueBoard()
        #expect(try Self.update(&board, nil, store))
        for text in [
            "environment:e7", "environment:e89", "environment:E*", "has:environment",
            "!has:environment",
            "environment:e8*", "environment:none", "!environment:e88",
        ] {
            var query = IssueQuery()
            query.search = try Search(text)
            try Self.compare(&board, query, store, text)
        }
        withExtendedLifetime(directory) {}
    }

    @Test func `names that only look the same are two`() throws {
        var random = RandomSearch(seed: 3)
        let directory = try TemporaryDirectory()
        let store = try ViewStore(
            path: directory.path + "/issues.sqlite", schema: IssuesProjection.schema)
        let names = ["caf\u{e9}", "cafe\u{301}"]
        try store.pool.write { db in
            for row in 1...6 {
                var issue = ModelIssue(row: Int64(row), &random)
                let name = names[row % 2]
                (issue.environments, issue.releases) = ([name], [name])
                (issue.firstRelease, issue.type) = (name, name)
                try issue.write(db)
            }
        }
        var board = IssueBoard()
        #expect(try Self.update(&board, nil, store))
        for name in names {
            for key in ["environment", "release", "firstRelease", "type"] {
                var query = IssueQuery()
                query.search = try Search("\(key):\(name)")
                #expect(try Self.compare(&board, query, store, "\(key):\(name)") == 3)
            }
        }
        withExtendedLifetime(directory) {}
    }

    @Test(arguments: [1, 4, 30])
    func `a board that follows a history is one that is made of its end`(blocks: Int) async throws {
        let seed = RandomHistory.seed()
        let world = try LogWorld()
        var history = RandomHistory(seed: seed)
        try await history.fill(world, blocks: 160)
        let fold = try world.live(IssuesProjection.self)
        var random = RandomSearch(seed: seed)
        var board = IssueBoard()
        var isAtEnd = false
        while !isAtEnd {
            for _ in 0..<blocks where !isAtEnd { isAtEnd = try !fold.step() }
            try fold.commit()
            #expect(try Self.follow(&board, fold))
            for _ in 0..<3 {
                var query = Self.query(&random, nil, SearchFacts())
                if random.random.chance(oneIn: 2) {
                    (query.project, query.statuses, query.environment) = (nil, [], nil)
                    (query.release, query.level) = (nil, nil)
                }
                query.now = Timestamp(
                    microseconds: RecordSource.start + ModelIssue.hourMicroseconds)
                try Self.compare(&board, query, fold.store, "\(query)")
            }
        }
    }

    @Test func `the trend of the hour is kept, and that of an hour before left to SQL`()
        async throws
    {
        let world = try LogWorld()
        let fold = try world.live(IssuesProjection.self)
        var board = IssueBoard()
        var query = IssueQuery()
        query.sort = .trend
        let start = Timestamp(microseconds: RecordSource.start)
        for hour in [1, 1, 2, 5, 30, 80] as [Int64] {
            for number in 0..<20 { try await world.see(Sighting(type: "Error\(number % 7)")) }
            try fold.catchUp()
            #expect(try Self.follow(&board, fold))
            query.now = start.shifted(byMicroseconds: hour * ModelIssue.hourMicroseconds)
            try Self.compare(&board, query, fold.store, "hour \(hour)")
        }
        query.after = IssueQuery.Cursor(value: 0, row: 0, now: start)
        #expect(try Self.fetch(&board, query, fold.store) == nil)
        // What a cursor says of the future keeps nobody from the present.
        query.after?.now = query.now.shifted(byMicroseconds: 1 << 50)
        #expect(try Self.fetch(&board, query, fold.store) == nil)
        query.after = nil
        try Self.compare(&board, query, fold.store, "after a cursor from the future")
    }

    @Test func `a view with too many issues has no board`() throws {
        var random = RandomSearch(seed: 1)
        let directory = try TemporaryDirectory()
        let store = try ViewStore(
            path: directory.path + "/issues.sqlite", schema: IssuesProjection.schema)
        let last = Int64(IssueBoard.issueLimit)
        try store.pool.write { try ModelIssue(row: last, &random).write($0) }
        var board = IssueBoard()
        #expect(try Self.update(&board, nil, store))
        try store.pool.write { try ModelIssue(row: last + 1, &random).write($0) }
        #expect(try !Self.update(&board, [last + 1], store))
        withExtendedLifetime(directory) {}
    }

    @Test func `changes are noted once somebody has asked`() {
        let changes = RowChanges<IssueEdit>()
        func isUnknown() -> Bool {
            if case .all(below: 0) = changes.take() { true } else { false }
        }
        #expect(isUnknown())
        #expect(!isUnknown())
        changes.ignore()
        #expect(isUnknown())
    }
}

/// Lists of a view that goes on.
struct IssueListsTests {
    private static func worker(_ world: LogWorld) throws -> ProjectionWorker<IssuesProjection> {
        try ProjectionWorker<IssuesProjection>(
            log: world.log, directory: try world.folder("views"),
            snapshots: ViewSnapshots(directory: world.directory.path + "/snapshots")
        ) { RecordSource.start }
    }

    @Test func `lists see what is acknowledged, through rebuilds`() async throws {
        let world = try LogWorld()
        let worker = try Self.worker(world)
        let lists = IssueLists(worker)
        worker.start()
        defer { worker.stop() }
        var query = IssueQuery()
        query.limit = 100
        for round in 1...30 {
            try await world.see(Sighting(type: "Error\(round % 9)"))
            if round % 10 == 0 { try await worker.rebuild() }
            try await worker.waitUntil(offset: UInt64(round))
            query.sort = IssueQuery.Sort.allCases[round % 5]
            let asked = query
            let list = try await lists.fetch(asked)
            let expected = try await worker.read { try asked.fetch($0) }
            #expect(list.offset == UInt64(round) && list.offset == expected.offset)
            #expect(list.value.issues == expected.value.issues)
            #expect(list.value.issues.reduce(0) { $0 + $1.events } == round)
        }
    }

    @Test func `many lists at once, while events come`() async throws {
        let world = try LogWorld()
        let worker = try Self.worker(world)
        let lists = IssueLists(worker)
        worker.start()
        defer { worker.stop() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var last: UInt64 = 0
                    for _ in 0..<50 {
                        let list = try await lists.fetch(IssueQuery())
                        let count = list.value.issues.reduce(0) { $0 + $1.events }
                        #expect(count == Int(list.offset))
                        #expect(list.offset >= last)
                        last = list.offset
                    }
                }
            }
            for number in 0..<100 { try await world.see(Sighting(type: "Error\(number % 5)")) }
            try await group.waitForAll()
        }
    }
}
