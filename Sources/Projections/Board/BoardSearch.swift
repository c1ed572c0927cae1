import ErrorModel
import GRDB

/// Finds the issues of a board that a query asks for.
///
/// What the columns do not hold (releases, people, tags) is asked of the view in the same snapshot.
struct BoardSearch {
    private let board: IssueBoard
    private let query: IssueQuery
    private let now: Timestamp
    private let db: Database
    private let tables: IssueTables

    init(_ board: IssueBoard, _ query: IssueQuery, now: Timestamp, _ db: Database) throws {
        self.board = board
        self.query = query
        self.now = now
        self.db = db
        tables = try IssueTables(db)
    }

    /// The places that all filters and the search let through.
    func find() throws -> PlaceSet {
        var found = PlaceSet(count: board.count, all: true)
        if let project = query.project {
            found = lies(.project, .equal(Int64(project)), found)
        }
        if !query.statuses.isEmpty { found = has(query.statuses, found) }
        if let level = query.level {
            found = lies(.level, .equal(Int64(level.rawValue)), found)
        }
        if let environment = query.environment {
            found = try seen(in: .environment, SearchPattern(environment), found)
        }
        if let release = query.release {
            found = try seen(in: .release, SearchPattern(release), found)
        }
        if let issues = query.issues { found = try isOne(of: issues, found) }
        if let root = query.search?.root { found = try find(root, in: found) }
        return found
    }

    /// Those of `places` for which a node holds.
    private func find(_ node: SearchNode, in places: PlaceSet) throws -> PlaceSet {
        switch node {
        case .term(let term): return try find(term.test, in: places)
        case .not(let node):
            var rest = places
            rest.subtract(try find(node, in: places))
            return rest
        case .all(let nodes):
            return try nodes.reduce(places) { found, node in
                found.isEmpty ? found : try find(node, in: found)
            }
        case .any(let nodes):
            var found = PlaceSet(count: places.count)
            var rest = places
            for node in nodes {
                let more = try find(node, in: rest)
                found.formUnion(more)
                rest.subtract(more)
            }
            return found
        }
    }

    private func find(_ test: SearchTest, in places: PlaceSet) throws -> PlaceSet {
        switch test {
        case .text(let pattern):
            return board.texts.find(
                FoldedPattern(pattern.anywhere), in: .titleOrCulprit, of: places)
        case .state(let state): return has(state.statuses, places)
        case .has(let member): return has(member, places)
        case .project(let name):
            guard let project = query.facts.projects[name] else { SearchFacts.missing(test) }
            return lies(.project, .equal(Int64(project)), places)
        case .level(let range): return lies(.level, range.map { Int64($0.rawValue) }, places)
        case .action(let action): return lies(.action, .equal(Int64(action.rawValue)), places)
        case .name(let name, let pattern): return try find(name, pattern, places)
        case .count(let count, let range): return lies(Self.column(count), range, places)
        case .time(let moment, let range):
            let column: BoardColumns.Column = moment == .firstSeen ? .firstSeen : .lastSeen
            return lies(column, in: Self.span(range.map { $0.span(now: now) }), places)
        case .release(let release, let range):
            guard let releases = query.facts.releases[range] else { SearchFacts.missing(test) }
            return try find(release, releases, places)
        case .person(let person):
            guard let issues = query.facts.people[person] else { SearchFacts.missing(test) }
            return try isOne(of: issues, places)
        case .tag(let key, let pattern):
            guard let issues = query.facts.tags[SearchTag(key: key, pattern: pattern)] else {
                SearchFacts.missing(test)
            }
            return try isOne(of: issues, places)
        }
    }

    // MARK: numbers

    private func lies(
        _ column: BoardColumns.Column, _ range: SearchRange<Int64>, _ places: PlaceSet
    ) -> PlaceSet {
        let bounds: ClosedRange<Int64>? =
            switch range {
            case .equal(let bound): bound...bound
            case .below(let bound): bound == .min ? nil : .min...bound - 1
            case .atMost(let bound): .min...bound
            case .above(let bound): bound == .max ? nil : bound + 1 ... .max
            case .atLeast(let bound): bound ... .max
            case .between(let low, let high): low <= high ? low...high : nil
            }
        return lies(column, in: bounds, places)
    }

    private func lies(
        _ column: BoardColumns.Column, in bounds: ClosedRange<Int64>?, _ places: PlaceSet
    ) -> PlaceSet {
        guard let bounds else { return PlaceSet(count: places.count) }
        return places.filter(board.columns[column], in: bounds)
    }

    /// A time is a span: before it, from its beginning, and so on; nil: no time is in it.
    private static func span(_ range: SearchRange<Range<Int64>>) -> ClosedRange<Int64>? {
        let bounds: (Int64, Int64) =
            switch range {
            case .equal(let span): (span.lowerBound, span.upperBound - 1)
            case .below(let span): (.min, span.lowerBound - 1)
            case .atMost(let span): (.min, span.upperBound - 1)
            case .above(let span): (span.upperBound, .max)
            case .atLeast(let span): (span.lowerBound, .max)
            case .between(let low, let high): (low.lowerBound, high.upperBound - 1)
            }
        return bounds.0 <= bounds.1 ? bounds.0...bounds.1 : nil
    }

    private static func column(_ count: SearchCount) -> BoardColumns.Column {
        switch count {
        case .events: .events
        case .users: .users
        case .accounts: .accounts
        }
    }

    private func has(_ statuses: [IssueStatus], _ places: PlaceSet) -> PlaceSet {
        let wanted = statuses.reduce(Int64(0)) { $0 | 1 << IssueBoard.number(of: $1) }
        return board.columns[.status].withUnsafeBufferPointer { values in
            places.filter { wanted >> values[$0] & 1 != 0 }
        }
    }

    private func has(_ member: SearchMember, _ places: PlaceSet) -> PlaceSet {
        switch member {
        case .user: lies(.users, .above(0), places)
        case .account: lies(.accounts, .above(0), places)
        case .environment: hasBits(.environments, -1, places)
        case .release: lies(.releaseCount, .above(0), places)
        case .culprit: hasBits(.flags, BoardColumns.Flag.hasCulprit, places)
        case .condition: hasBits(.flags, BoardColumns.Flag.hasCondition, places)
        }
    }

    private func hasBits(
        _ column: BoardColumns.Column, _ bits: Int64, _ places: PlaceSet
    ) -> PlaceSet {
        board.columns[column].withUnsafeBufferPointer { values in
            places.filter { values[$0] & bits != 0 }
        }
    }

    // MARK: names

    private func find(
        _ name: SearchName, _ pattern: SearchPattern, _ places: PlaceSet
    ) throws -> PlaceSet {
        switch name {
        case .title: return board.texts.find(FoldedPattern(pattern), in: .title, of: places)
        case .value: return board.texts.find(FoldedPattern(pattern), in: .value, of: places)
        case .culprit: return board.texts.find(FoldedPattern(pattern), in: .culprit, of: places)
        case .type: return isOne(of: board.types.fitting(pattern), .type, places)
        case .platform: return isOne(of: board.platforms.fitting(pattern), .platform, places)
        case .environment: return try seen(in: .environment, pattern, places)
        case .release: return try seen(in: .release, pattern, places)
        case .firstRelease:
            return isOne(of: board.releases.fittingExactly(pattern), .firstRelease, places)
        case .lastRelease:
            return isOne(of: board.releases.fittingExactly(pattern), .lastRelease, places)
        }
    }

    /// Those whose name in `column` is wanted.
    private func isOne(
        of isWanted: [Bool], _ column: BoardColumns.Column, _ places: PlaceSet
    ) -> PlaceSet {
        board.columns[column].withUnsafeBufferPointer { values in
            isWanted.withUnsafeBufferPointer { isWanted in
                places.filter { values[$0] >= 0 && isWanted[Int(values[$0])] }
            }
        }
    }

    private func seen(
        in name: SearchName, _ pattern: SearchPattern, _ places: PlaceSet
    ) throws -> PlaceSet {
        if name == .release {
            var seen = RowSet()
            for (number, fits) in board.releases.fittingExactly(pattern).enumerated() where fits {
                seen.formUnion(rows(ofRelease: number))
            }
            let rows = board.columns[.row]
            return places.filter { seen.contains(rows[$0]) }
        }
        if board.environments.count <= IssueBoard.environmentLimit {
            var bits: Int64 = 0
            let fitting = board.environments.fittingExactly(pattern)
            for (number, fits) in fitting.enumerated() where fits { bits |= 1 << Int64(number) }
            return hasBits(.environments, bits, places)
        }
        let (condition, value) = SearchSQL.exact("issue_environment.environment", pattern)
        let issue = tables.issue(ofPart: "issue_environment.issue")
        return try isOne(
            of: "SELECT \(issue) FROM issue_environment WHERE \(condition)", [value], places)
    }

    /// The name may be one that only a first or last release has.
    private func rows(ofRelease number: Int) -> RowSet {
        number < board.rowsOfReleases.count ? board.rowsOfReleases[number] : RowSet()
    }

    private func find(
        _ release: SearchRelease, _ releases: [ProjectRelease], _ places: PlaceSet
    ) throws -> PlaceSet {
        // The projects in which each name is one of the releases.
        var wanted: [Set<Int64>] = Array(repeating: [], count: board.releases.count)
        for release in releases {
            guard let number = board.releases.known(release.release) else { continue }
            wanted[Int(number)].insert(Int64(release.project))
        }
        let projects = board.columns[.project]
        let column: BoardColumns.Column
        switch release {
        case .release:
            var seen: [Int64: RowSet] = [:]
            for (number, wanted) in wanted.enumerated() {
                for project in wanted {
                    seen[project, default: RowSet()].formUnion(rows(ofRelease: number))
                }
            }
            let rows = board.columns[.row]
            return seen.reduce(into: PlaceSet(count: places.count)) { found, entry in
                let (project, seen) = entry
                found.formUnion(
                    places.filter { projects[$0] == project && seen.contains(rows[$0]) })
            }
        case .firstRelease: column = .firstRelease
        case .lastRelease: column = .lastRelease
        }
        let names = board.columns[column]
        return places.filter { names[$0] >= 0 && wanted[Int(names[$0])].contains(projects[$0]) }
    }

    // MARK: what the view is asked

    private func isOne(of issues: [IssueID], _ places: PlaceSet) throws -> PlaceSet {
        try isOne(of: tables.rowsOfPairs, [issues.pairsText], places)
    }

    /// Those whose row a statement gives.
    private func isOne(
        of sql: String, _ arguments: StatementArguments, _ places: PlaceSet
    ) throws -> PlaceSet {
        var found = PlaceSet(count: places.count)
        let cursor = try Int64.fetchCursor(db, sql: sql, arguments: arguments)
        while let row = try cursor.next() {
            if let place = board.place(of: row) { found.insert(place) }
        }
        return found.intersection(places)
    }
}
