import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import Projections
import Testing

struct MergeTests {
    private static func moves(_ parts: [IssueID], _ from: IssueID?, _ to: IssueID?) -> [IssueMove] {
        parts.map { IssueMove(part: $0, from: from ?? $0, to: to ?? $0) }
    }

    private static func merge(
        _ parts: [IssueID], into issue: IssueID, _ world: LogWorld
    ) async throws {
        try await world.record(
            IssueMerged(
                issue: issue, moves: moves(parts, nil, issue), actor: "ann", comment: nil))
    }

    private static func unmerge(
        _ parts: [IssueID], from issue: IssueID, _ world: LogWorld
    ) async throws {
        try await world.record(
            IssueUnmerged(
                issue: issue, moves: moves(parts, issue, nil), actor: "ann", comment: nil))
    }

    @Test func `merge then unmerge is the identity on every answer`() async throws {
        let seed = RandomHistory.seed()
        let world = try LogWorld()
        var history = RandomHistory(seed: seed)
        try await history.fill(world, blocks: 60)
        // At least two that nobody has merged.
        for type in ["Fresh", "Newer"] { try await world.see(Sighting(type: type, user: "u")) }
        let fold = try world.live(IssuesProjection.self)
        try fold.catchUp(commitEvery: 2)
        let before = try Answers.all(issues: fold.store, withActs: false)
        let issues = try fold.store.query { db in
            var query = IssueQuery()
            query.project = 1
            return try query.fetch(db).issues
        }
        // Those that nothing is merged into, so that the edit is one of its own.
        let alone = try issues.filter { issue in
            try fold.store.query { try IssueParts.fetch(of: issue.row, $0) }.count == 1
        }.map(\.id)
        try #require(alone.count > 1)
        try await Self.merge(Array(alone.dropFirst()), into: alone[0], world)
        try fold.catchUp()
        let merged = try Answers.all(issues: fold.store, withActs: false)
        #expect(merged != before)
        try await Self.unmerge(Array(alone.dropFirst()), from: alone[0], world)
        try fold.catchUp()
        #expect(try Answers.all(issues: fold.store, withActs: false) == before)
        #expect(
            try Answers.all(issues: fold.store)
                == Answers.all(issues: world.rebuilt(IssuesProjection.self)))
    }

    @Test func `any edits, taken back in turn, give back every answer between`() async throws {
        var random = SeededRandom(seed: RandomHistory.seed())
        let world = try LogWorld()
        var ids: [IssueID] = []
        for number in 0..<6 {
            ids.append(try await world.see(Sighting(type: "E\(number)", user: "u\(number % 4)")))
        }
        let fold = try world.live(IssuesProjection.self)
        try fold.catchUp()
        var map = IssueMap()
        var before: [(answers: String, edit: [IssueMove])] = []
        for _ in 0..<25 {
            let answers = try Answers.all(issues: fold.store, withActs: false)
            if random.chance(oneIn: 3), let last = before.popLast() {
                let back = Array(last.edit.reversed().map(\.inverse))
                let isTaken = map.apply(back)
                #expect(isTaken)
                try await world.record(
                    IssueActUndone(
                        issue: ids[0], undoes: 0, restored: .map(back), actor: "ann", comment: nil))
                try fold.catchUp()
                #expect(try Answers.all(issues: fold.store, withActs: false) == last.answers)
                continue
            }
            // A whole group into another, in any order, or a part of one to itself.
            let (one, other) = (map.issue(of: ids[random.below(6)]), ids[random.below(6)])
            var edit = ([one] + map.parts(of: one)).map {
                IssueMove(part: $0, from: one, to: map.issue(of: other))
            }
            if random.chance(oneIn: 3) {
                edit = [IssueMove(part: other, from: map.issue(of: other), to: other)]
            }
            edit.shuffle(using: &random)
            guard edit.allSatisfy({ $0.from != $0.to }), map.apply(edit) else { continue }
            before.append((answers, edit))
            try await world.record(
                IssueMerged(issue: one, moves: edit, actor: "ann", comment: nil))
            try fold.catchUp()
            if random.chance(oneIn: 4) { try fold.crash() }
            let list = try fold.store.query { try IssueQuery().fetch($0).issues }
            #expect(Set(list.map(\.id)) == Set(ids.map { map.issue(of: $0) }))
            #expect(list.reduce(0) { $0 + $1.events } == 6)
        }
    }

    @Test func `what is merged counts as one, also what comes later`() async throws {
        var random = SeededRandom(seed: RandomHistory.seed())
        let world = try LogWorld()
        let fold = try world.live(IssuesProjection.self)
        var users: Set<Int> = []
        var times: [Int64] = []
        var ids: [IssueID] = []
        var map = IssueMap()
        for round in 0..<40 {
            var records: [NewRecord] = []
            for _ in 0...random.below(4) {
                let user = random.below(30)
                let record = try world.source.event(
                    Sighting(
                        type: "E\(random.below(3))", release: "r\(random.below(3))",
                        environment: "e\(random.below(3))", user: "u\(user)",
                        delay: Int64(random.below(100_000))))
                users.insert(user)
                times.append(try EventDigestView(record.digest).happened.microseconds)
                let issue = try record.issue
                if !ids.contains(issue) { ids.append(issue) }
                records.append(record)
            }
            try await world.append(records)
            let free = ids.dropFirst().filter { map.issue(of: $0) == $0 }
            if round % 5 == 3, !free.isEmpty {
                try await Self.merge(Array(free), into: ids[0], world)
                let isTaken = map.apply(Self.moves(Array(free), nil, ids[0]))
                #expect(isTaken)
            }
            if random.chance(oneIn: 2) { try fold.catchUp() }
            if random.chance(oneIn: 5) { try fold.crash() }
        }
        let free = ids.dropFirst().filter { map.issue(of: $0) == $0 }
        if !free.isEmpty { try await Self.merge(Array(free), into: ids[0], world) }
        try fold.catchUp()
        let list = try fold.store.query { try IssueQuery().fetch($0).issues }
        #expect(list.count == 1)
        let one = try #require(list.first)
        #expect(one.id == ids[0])
        #expect(one.events == times.count)
        #expect(one.users == users.count)
        #expect(one.firstSeen.microseconds == times.min())
        #expect(one.lastSeen.microseconds == times.max())
        for id in ids {
            let detail = try #require(try fold.store.query { try IssueDetail.fetch(id, $0) })
            #expect(detail.summary == one)
            #expect(detail.environments.reduce(0) { $0 + $1.events } == times.count)
            #expect(detail.releases.reduce(0) { $0 + $1.events } == times.count)
            #expect(
                detail.parts == [ids[0]]
                    + ids.dropFirst().sorted { $0.fingerprint < $1.fingerprint })
        }
    }

    @Test func `filters and searches see what the parts have`() async throws {
        let world = try LogWorld()
        let one = try await world.see(
            Sighting(type: "A", release: "1.0.0", environment: "production", user: "u"))
        let other = try await world.see(
            Sighting(type: "B", release: "2.0.0", environment: "staging", user: "v"))
        _ = try await world.see(Sighting(type: "C", release: "3.0.0"))
        try await Self.merge([other], into: one, world)
        let store = try world.rebuilt(IssuesProjection.self)
        func found(_ change: (inout IssueQuery) throws -> Void) throws -> [IssueID] {
            var query = IssueQuery()
            query.now = Timestamp(microseconds: RecordSource.start + 7_200_000_000)
            try change(&query)
            return try store.query { try query.fetch($0).issues.map(\.id) }
        }
        #expect(try found { $0.environment = "staging" } == [one])
        #expect(try found { $0.release = "2.0.0" } == [one])
        #expect(try found { $0.issues = [other] } == [one])
        #expect(try found { $0.search = try Search("environment:staging") } == [one])
        #expect(try found { $0.search = try Search("events:2 users:2") } == [one])
        #expect(try found { $0.search = try Search("release:2.0.0 release:1.0.0") } == [one])
        #expect(try found { $0.sort = .trend }.first == one)
        for sort in IssueQuery.Sort.allCases {
            // Page by page the same as at once.
            let all = try found { $0.sort = sort }
            var pages: [IssueID] = []
            var query = IssueQuery()
            query.now = Timestamp(microseconds: RecordSource.start + 7_200_000_000)
            query.sort = sort
            query.limit = 1
            repeat {
                let asked = query
                let page = try store.query { try asked.fetch($0) }
                pages += page.issues.map(\.id)
                query.after = page.next
            } while query.after != nil
            #expect(pages == all)
        }
    }

    @Test func `a part that is large stays exact to its bound, and the sum too`() async throws {
        let world = try LogWorld()
        var ids: [IssueID] = []
        for type in ["A", "B"] {
            let records = try (0..<6_000).map { number in
                try world.source.event(
                    Sighting(type: type, user: "u\(type == "A" ? number : number + 3_000)"))
            }
            ids.append(try records[0].issue)
            for start in stride(from: 0, to: records.count, by: 1_000) {
                try await world.append(Array(records[start..<start + 1_000]))
            }
        }
        try await Self.merge([ids[1]], into: ids[0], world)
        let store = try world.rebuilt(IssuesProjection.self)
        let one = try #require(try store.query { try IssueSummary.fetch(ids[1], $0) })
        #expect(one.users == 9_000)
        #expect(one.usersAreExact)
        #expect(one.events == 12_000)
    }
}
