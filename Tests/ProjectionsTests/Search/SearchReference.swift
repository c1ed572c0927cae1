import ErrorModel
import Projections

/// What a search means, told a second time: of one issue in memory, without SQL.
struct SearchReference {
    var facts: SearchFacts
    var now: Timestamp

    func finds(_ issue: ModelIssue, _ node: SearchNode) -> Bool {
        switch node {
        case .term(let term): finds(issue, term.test)
        case .not(let node): !finds(issue, node)
        case .all(let nodes): nodes.allSatisfy { finds(issue, $0) }
        case .any(let nodes): nodes.contains { finds(issue, $0) }
        }
    }

    private func finds(_ issue: ModelIssue, _ test: SearchTest) -> Bool {
        switch test {
        case .text(let pattern):
            return [issue.title, issue.culprit].contains { contains($0, pattern) }
        case .state(.unresolved): return issue.status == .open || issue.status == .regressed
        case .state(let state): return issue.status.rawValue == state.rawValue
        case .has(let member): return has(issue, member)
        case .project(let name): return facts.projects[name] == issue.id.project
        case .level(let range):
            return lies(Int(issue.level.rawValue), range) { (Int($0.rawValue), Int($0.rawValue)) }
        case .action(let action): return issue.action == action
        case .name(let name, let pattern): return matches(issue, name, pattern)
        case .count(let count, let range):
            let number =
                switch count {
                case .events: issue.events
                case .users: issue.users
                case .accounts: issue.accounts
                }
            return lies(Int(number), range) { (Int($0), Int($0)) }
        case .time(let moment, let range):
            let time = moment == .firstSeen ? issue.firstSeen : issue.lastSeen
            return lies(Int(time), range, ends)
        case .release(let release, let range):
            let found = facts.releases[range] ?? []
            let names =
                switch release {
                case .release: issue.releases
                case .firstRelease: Set([issue.firstRelease].compactMap { $0 })
                case .lastRelease: Set([issue.lastRelease].compactMap { $0 })
                }
            return names.contains {
                found.contains(ProjectRelease(project: issue.id.project, release: $0))
            }
        case .person(let person): return facts.people[person]?.contains(issue.id) ?? false
        case .tag(let key, let pattern):
            return facts.tags[SearchTag(key: key, pattern: pattern)]?.contains(issue.id) ?? false
        }
    }

    private func has(_ issue: ModelIssue, _ member: SearchMember) -> Bool {
        switch member {
        case .user: issue.users > 0
        case .account: issue.accounts > 0
        case .environment: !issue.environments.isEmpty
        case .release: !issue.releases.isEmpty
        case .culprit: !issue.culprit.isEmpty
        case .condition: issue.hasCondition
        }
    }

    // MARK: order

    /// The first and the last value that a time covers.
    private func ends(_ time: SearchTime) -> (Int, Int) {
        switch time {
        case .ago(let amount, let unit):
            let seconds: [Character: Int] = [
                "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800,
            ]
            let moment = Int(now.microseconds) - Int(amount) * seconds[unit.rawValue]! * 1_000_000
            return (moment, moment)
        case .day(let start):
            return (Int(start.microseconds), Int(start.microseconds) + 86_400_000_000 - 1)
        case .moment(let moment): return (Int(moment.microseconds), Int(moment.microseconds))
        }
    }

    private func lies<Bound>(
        _ value: Int, _ range: SearchRange<Bound>, _ ends: (Bound) -> (first: Int, last: Int)
    ) -> Bool {
        switch range {
        case .equal(let bound): (ends(bound).first...ends(bound).last).contains(value)
        case .below(let bound): value < ends(bound).first
        case .atMost(let bound): value <= ends(bound).last
        case .above(let bound): value > ends(bound).last
        case .atLeast(let bound): value >= ends(bound).first
        case .between(let low, let high): value >= ends(low).first && value <= ends(high).last
        }
    }

    // MARK: texts

    private func matches(
        _ issue: ModelIssue, _ name: SearchName, _ pattern: SearchPattern
    ) -> Bool {
        switch name {
        case .title: fits(issue.title, pattern)
        case .type: fits(issue.type, pattern)
        case .value: fits(issue.value, pattern)
        case .culprit: fits(issue.culprit, pattern)
        case .platform: fits(issue.platform, pattern)
        case .environment: issue.environments.contains { fits($0, pattern, hasCase: true) }
        case .release: issue.releases.contains { fits($0, pattern, hasCase: true) }
        case .firstRelease: issue.firstRelease.map { fits($0, pattern, hasCase: true) } ?? false
        case .lastRelease: issue.lastRelease.map { fits($0, pattern, hasCase: true) } ?? false
        }
    }

    private func contains(_ text: String, _ pattern: SearchPattern) -> Bool {
        fits(text, SearchPattern(pieces: [""] + pattern.pieces + [""]))
    }

    private func fits(_ text: String, _ pattern: SearchPattern, hasCase: Bool = false) -> Bool {
        func scalars(_ text: String) -> [Unicode.Scalar] {
            text.unicodeScalars.map { scalar in
                let isUpper = !hasCase && ("A"..."Z").contains(scalar)
                return isUpper ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
            }
        }
        return fits(scalars(text)[...], pattern.pieces.map(scalars)[...])
    }

    /// Tries every place of the gap.
    private func fits(
        _ text: ArraySlice<Unicode.Scalar>, _ pieces: ArraySlice<[Unicode.Scalar]>
    ) -> Bool {
        guard let piece = pieces.first else { return text.isEmpty }
        guard text.starts(with: piece) else { return false }
        let rest = text.dropFirst(piece.count)
        if pieces.count == 1 { return rest.isEmpty }
        return rest.indices.contains { fits(rest[$0...], pieces.dropFirst()) }
            || fits(rest.suffix(0), pieces.dropFirst())
    }
}
