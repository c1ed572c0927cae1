import ErrorModel
import EventLog
import Foundation
import Projections
import Testing

struct IssueQueryTests {
    private static func world() async throws -> (LogWorld, LiveFold<IssuesProjection>) {
        let world = try LogWorld()
        for number in 0..<40 {
            for _ in 0...(number % 4) {
                try await world.see(
                    Sighting(
                        type: "Error\(number)", project: UInt32(1 + number % 2),
                        release: number % 3 == 0 ? "1.0.0" : "2.0.0",
                        environment: number % 5 == 0 ? "staging" : "production",
                        user: "u\(number % 7)", level: number % 2 == 0 ? "error" : "warning"))
            }
        }
        let fold = try world.live(IssuesProjection.self)
        try fold.catchUp()
        return (world, fold)
    }

    private static func fetch(
        _ fold: LiveFold<IssuesProjection>, _ change: (inout IssueQuery) throws -> Void
    ) throws -> [IssueSummary] {
        var query = IssueQuery()
        query.limit = 100
        try change(&query)
        let asked = query
        return try fold.store.query { try asked.fetch($0).issues }
    }

    @Test(arguments: IssueQuery.Sort.allCases, [false, true])
    func `pages show everything once`(sort: IssueQuery.Sort, ascending: Bool) async throws {
        let (_, fold) = try await Self.world()
        for limit in [1, 7, 40, 100] {
            var query = IssueQuery()
            (query.sort, query.ascending, query.limit) = (sort, ascending, limit)
            var seen: [IssueID] = []
            repeat {
                let asked = query
                let page = try fold.store.query { try asked.fetch($0) }
                #expect(page.issues.count <= limit)
                seen += page.issues.map(\.id)
                query.after = try page.next.map { try #require(IssueQuery.Cursor($0.text)) }
            } while query.after != nil
            #expect(seen.count == 40)
            #expect(Set(seen).count == 40)
        }
    }

    @Test(arguments: IssueQuery.Sort.allCases, [false, true])
    func `pages show what stands still once, while events arrive`(
        sort: IssueQuery.Sort, ascending: Bool
    ) async throws {
        let (world, fold) = try await Self.world()
        let all = try Set(Self.fetch(fold) { _ in }.map(\.id))
        var moved: Set<IssueID> = []
        var seen: [IssueID] = []
        var query = IssueQuery()
        (query.sort, query.ascending, query.limit) = (sort, ascending, 3)
        query.search = try Search("error OR new")
        repeat {
            query.now = Timestamp(microseconds: world.source.now)
            let asked = query
            let page = try fold.store.query { try asked.fetch($0) }
            seen += page.issues.map(\.id)
            query.after = page.next
            moved.insert(try await world.see(Sighting(type: "Error\(moved.count * 3)", project: 1)))
            moved.insert(try await world.see(Sighting(type: "New\(moved.count)", project: 1)))
            try fold.catchUp()
            // Where new ones come in behind the place, the list does not end.
        } while query.after != nil && seen.count < 200
        let still = all.subtracting(moved)
        #expect(still.count > 10)
        #expect(seen.filter(still.contains).count == still.count)
        #expect(still.isSubset(of: seen))
        // Newest first, or by a trend that stands: then nothing at all is shown twice.
        if sort == .lastSeen && !ascending || sort == .trend {
            #expect(Set(seen).count == seen.count)
        }
    }

    @Test func `filters`() async throws {
        let (world, fold) = try await Self.world()
        let all = try Self.fetch(fold) { _ in }
        #expect(all.count == 40)
        #expect(try Self.fetch(fold) { $0.project = 1 }.allSatisfy { $0.id.project == 1 })
        #expect(try Self.fetch(fold) { $0.project = 1 }.count == 20)
        #expect(try Self.fetch(fold) { $0.project = 3 }.isEmpty)
        #expect(try Self.fetch(fold) { $0.environment = "staging" }.count == 8)
        #expect(try Self.fetch(fold) { $0.release = "1.0.0" }.count == 14)
        #expect(try Self.fetch(fold) { $0.release = "1.0" }.isEmpty)
        #expect(try Self.fetch(fold) { $0.level = .warning }.count == 20)
        #expect(
            try Self.fetch(fold) { $0.search = try Search("error39") }.map(\.type) == ["Error39"])
        #expect(try Self.fetch(fold) { $0.search = try Search("%") }.isEmpty)
        #expect(try Self.fetch(fold) { $0.statuses = [.open] }.count == 40)
        #expect(try Self.fetch(fold) { $0.statuses = [.resolved, .muted] }.isEmpty)
        let first = try #require(all.first)
        try await world.record(
            IssueStatusChanged(
                issue: first.id, from: .open, to: .muted, version: 0, actor: "x",
                actorKind: .person), project: first.id.project)
        try fold.catchUp()
        #expect(
            try Self.fetch(fold) { $0.statuses = [.muted, .resolved, .muted] }.map(\.id)
                == [first.id])
        #expect(
            try Self.fetch(fold) {
                $0.project = 1
                $0.environment = "staging"
                $0.level = .error
            }.count == 4)
    }

    @Test func `a list of issues may be empty, and long`() async throws {
        let (_, fold) = try await Self.world()
        let all = try Self.fetch(fold) { _ in }
        #expect(try Self.fetch(fold) { $0.issues = [] }.isEmpty)
        #expect(try Self.fetch(fold) { $0.issues = [all[3].id] }.map(\.id) == [all[3].id])
        let many = (0..<60_000).map { IssueID(project: 1, fingerprint: $0) }
        #expect(
            try Self.fetch(fold) { $0.issues = many + all.prefix(2).map(\.id) }.map(\.id)
                == all.prefix(2).map(\.id))
    }

    @Test(arguments: [
        "", "_", "1", "1_", "_1", "1_2_3_4", "1_2_", "1__3", "x y", "zzzzzzzzzzzzzzzzzzzz_1", "-_1",
    ])
    func `a cursor of another form is none`(text: String) {
        #expect(IssueQuery.Cursor(text) == nil)
    }

    @Test func `a cursor is what it was`() {
        for value in [0, 1, -1, Int64.max, .min] {
            let cursor = IssueQuery.Cursor(value: value, row: 42)
            #expect(IssueQuery.Cursor(cursor.text) == cursor)
            let timed = IssueQuery.Cursor(
                value: value, row: 42, now: Timestamp(microseconds: value))
            let isTime = value.magnitude < 1 << 60
            #expect(IssueQuery.Cursor(timed.text) == (isTime ? timed : nil))
        }
    }
}
