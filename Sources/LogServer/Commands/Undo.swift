import ErrorModel
import HTTPTypes
import Projections

/// Decides what taking back an act of triage restores; pure.
struct Undo {
    private let issue: IssueSummary
    private var acts: [IssueAct] = []
    private let map: IssueMap
    private var statuses = ActStack(StatusRestored.Life())
    private var assignees = ActStack<String?>(nil)
    private var details: [UInt64: JSONValue] = [:]
    /// The issues of acts that are not the whole's, by their offsets.
    private var ofParts: [UInt64: String] = [:]

    /// - Parameter acts: of the issue and its parts, oldest first, with those of status.
    init(issue: IssueSummary, acts: [IssueAct], map: IssueMap) throws {
        self.issue = issue
        self.map = map
        for act in acts {
            let data = try JSONValue(parsing: act.details)
            // What was done to a part before it was merged is not the whole's, but for comments.
            guard
                data["issue"]?.string == issue.id.description
                    || Self.kind(act) == .issueCommented
            else {
                ofParts[act.offset] = data["issue"]?.string
                continue
            }
            self.acts.append(act)
            details[act.offset] = data
            add(act, data)
        }
    }

    private mutating func add(_ act: IssueAct, _ data: JSONValue) {
        switch (Self.kind(act), data["act"]?.string) {
        case (.issueStatusChanged, _), (.issueRegressed, _):
            let status =
                Self.kind(act) == .issueRegressed
                ? .regressed : data["to"]?.string.flatMap(IssueStatus.init(rawValue:)) ?? .open
            let life = StatusRestored.Life(
                after: data, status: status, offset: act.offset, time: act.time.microseconds)
            if let life { statuses.add(act.offset, life) }
        case (.issueAssigned, _): assignees.add(act.offset, data["assignee"]?.string)
        case (.issueActUndone, "status"): undone(data) { statuses.undo($0, at: act.offset) }
        case (.issueActUndone, "assignee"): undone(data) { assignees.undo($0, at: act.offset) }
        default: break
        }
    }

    private func undone(_ data: JSONValue, _ take: (UInt64) -> Void) {
        if let offset = data["undoes"]?.int64.flatMap({ UInt64(exactly: $0) }) { take(offset) }
    }

    private static func kind(_ act: IssueAct) -> RecordKind? {
        RecordKind.allCases.first { $0.name == act.type }
    }

    /// The act that is meant; 404 where there is none.
    func act(at offset: UInt64?) throws -> IssueAct {
        guard let offset else {
            let newest = acts.last { $0.undoneBy == nil && Self.kind($0) != .issueActUndone }
            guard let newest else {
                throw Problem(.conflict, "there is nothing to undo in \(issue.id)")
            }
            return newest
        }
        if let part = ofParts[offset] {
            throw Problem(
                .conflict,
                "the act at offset \(offset) was one on \(part), which was merged into \(issue.id) "
                    + "since; unmerge it first")
        }
        guard let act = acts.first(where: { $0.offset == offset }) else {
            throw Problem(
                .notFound, "\(issue.id) has no act of triage at offset \(offset)")
        }
        guard act.undoneBy == nil else {
            throw Problem(
                .conflict, "it was undone by the record at offset \(act.undoneBy ?? 0)")
        }
        return act
    }

    /// What is as it was before the act; 409 where later acts rest on it.
    ///
    /// - Parameter newestMove: the newest record behind the act that holds and moved one of the issues.
    func restored(
        by act: IssueAct, _ newestMove: (Set<IssueID>) throws -> IssueAct?
    ) throws -> IssueActUndone.Restored {
        let data = details[act.offset] ?? .null
        switch (Self.kind(act), data["act"]?.string) {
        case (.issueStatusChanged, _), (.issueRegressed, _), (.issueActUndone, "status"):
            guard let life = statuses.value(undoing: act.offset) else {
                throw buried(act, under: statuses.firstToUndo(before: act.offset))
            }
            return .status(
                StatusRestored(from: issue.status, version: issue.version, life: life))
        case (.issueAssigned, _), (.issueActUndone, "assignee"):
            guard let assignee = assignees.value(undoing: act.offset) else {
                throw buried(act, under: assignees.firstToUndo(before: act.offset))
            }
            return .assignee(assignee, after: assignees.newest ?? act.offset)
        case (.issueCommented, _):
            return .comment
        case (.issueMerged, _), (.issueUnmerged, _), (.issueActUndone, "map"):
            let moves = try Self.moves(act, data).reversed().map(\.inverse)
            var map = map
            guard map.apply(moves) else {
                let later = try newestMove(Set(moves.flatMap { [$0.part, $0.from, $0.to] }))
                throw Problem(.conflict, "what it moved was moved again since" + first(later))
            }
            return .map(moves)
        default:
            throw Problem(.conflict, "the record at offset \(act.offset) cannot be undone")
        }
    }

    private func first(_ later: IssueAct?) -> String {
        guard let later else { return "" }
        let other = (try? JSONValue(parsing: later.details))?["issue"]?.string
        let place = other == issue.id.description ? "" : other.map { " of \($0)" } ?? ""
        return "; undo the one at offset \(later.offset)\(place) first"
    }

    private func buried(_ act: IssueAct, under top: UInt64?) -> Problem {
        Problem(
            .conflict,
            "later acts rest on the record at offset \(act.offset)"
                + (top.map { "; undo the one at offset \($0) first" } ?? ""))
    }

    private static func moves(_ act: IssueAct, _ data: JSONValue) throws -> [IssueMove] {
        switch kind(act) {
        case .issueMerged: return try IssueMerged(data: data).moves
        case .issueUnmerged: return try IssueUnmerged(data: data).moves
        default:
            guard case .map(let moves) = try IssueActUndone(data: data).restored else { return [] }
            return moves
        }
    }
}
