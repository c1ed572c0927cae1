import ErrorModel
import EventLog
import HTTPTypes
import Projections

/// Who acts on an issue, and why.
struct TriageNote {
    var actor: String
    var comment: String?
}

extension Faultlog {
    /// An issue is made of at most so many fingerprints, its own among them: all of them fit into
    /// one record, so that whatever is merged can be taken back or moved on as a whole.
    static let partLimit = 100

    /// Merges issues into another; its events, people and times are then those of all.
    ///
    /// On return the record is on disk and the view shows it. 404 where one does not exist, 400
    /// where they are of two projects, 409 where one is merged already or somebody was first.
    func merge(
        _ others: [IssueID], into id: IssueID, _ note: TriageNote
    ) async throws -> (issue: IssueSummary, offset: UInt64) {
        try await issues.waitUntil(offset: log.durableOffset)
        let (map, target) = try await issues.read { db in
            (try IssueParts.map(db), try IssueSummary.fetch(id, db))
        }.value
        guard let target = target?.id else { throw noIssue(id) }
        var moves: [IssueMove] = []
        for other in others {
            guard try await issues.read({ try IssueSummary.fetch(other, $0) }).value != nil else {
                throw noIssue(other)
            }
            guard other.project == target.project else {
                throw Problem(
                    .badRequest,
                    "\(other) and \(target) are of two projects; an issue is of one")
            }
            let root = map.issue(of: other)
            guard root != target else {
                throw Problem(.conflict, "\(other) belongs to \(target) already")
            }
            for part in [root] + map.parts(of: root)
            where !moves.contains(where: { $0.part == part }) {
                moves.append(IssueMove(part: part, from: root, to: target))
            }
        }
        guard moves.count + map.parts(of: target).count < Self.partLimit else {
            throw Problem(
                .badRequest, "an issue is made of at most \(Self.partLimit) fingerprints")
        }
        let record = IssueMerged(
            issue: target, moves: moves, actor: note.actor, comment: note.comment)
        return try await act(record, on: target)
    }

    /// Lets fingerprints that were merged into an issue stand alone again; all, where none is named.
    ///
    /// 404 and 409 as for a merge.
    func unmerge(
        _ parts: [IssueID], from id: IssueID, _ note: TriageNote
    ) async throws -> (issue: IssueSummary, offset: UInt64) {
        try await issues.waitUntil(offset: log.durableOffset)
        let (map, found) = try await issues.read { db in
            (try IssueParts.map(db), try IssueSummary.fetch(id, db))
        }.value
        guard let target = found?.id else { throw noIssue(id) }
        // Asked by the name of a part alone, that part is meant.
        let named = parts.isEmpty && target != id ? [id] : parts
        let merged = map.parts(of: target)
        guard !merged.isEmpty else {
            throw Problem(.conflict, "nothing is merged into \(target)")
        }
        for part in named where !merged.contains(part) {
            let why = part == target ? "is the issue itself" : "is not merged into \(target)"
            throw Problem(
                .conflict,
                "\(part) \(why); these are: "
                    + merged.map(\.description).joined(separator: ", "))
        }
        let moves = (named.isEmpty ? merged : merged.filter(named.contains))
            .map { IssueMove(part: $0, from: target, to: $0) }
        let record = IssueUnmerged(
            issue: target, moves: moves, actor: note.actor, comment: note.comment)
        return try await act(record, on: target)
    }

    /// Gives an issue to somebody, or with nil to nobody.
    func assign(
        _ id: IssueID, to assignee: String?, _ note: TriageNote
    ) async throws -> (issue: IssueSummary, offset: UInt64) {
        let issue = try await summary(of: id)
        return try await act(
            IssueAssigned(issue: issue.id, assignee: assignee, actor: note.actor), on: issue.id)
    }

    /// Says something about an issue.
    func comment(
        on id: IssueID, _ text: String, _ note: TriageNote
    ) async throws -> (issue: IssueSummary, offset: UInt64) {
        let issue = try await summary(of: id)
        return try await act(
            IssueCommented(issue: issue.id, comment: text, actor: note.actor), on: issue.id)
    }

    /// Takes an act of triage back: the one whose record is at `offset`, else the newest that
    /// holds.
    ///
    /// 404 where there is no such act, 409 where later ones rest on it or somebody was first.
    func undo(
        _ offset: UInt64?, on id: IssueID, _ note: TriageNote
    ) async throws -> (issue: IssueSummary, offset: UInt64) {
        try await issues.waitUntil(offset: log.durableOffset)
        let found = try await issues.read { db -> IssueActUndone? in
            guard let issue = try IssueSummary.fetch(id, db) else { return nil }
            let undo = try Undo(
                issue: issue, acts: IssueAct.fetch(on: issue.row, db), map: IssueParts.map(db))
            let act = try undo.act(at: offset)
            let restored = try undo.restored(by: act) {
                try IssueAct.newestMove(of: $0, after: act.offset, db)
            }
            return IssueActUndone(
                issue: issue.id, undoes: act.offset, restored: restored, actor: note.actor,
                comment: note.comment)
        }.value
        guard let record = found else { throw noIssue(id) }
        return try await act(record, on: record.issue)
    }

    /// The issue as it is after everything that was acknowledged before; 404 where there is none.
    private func summary(of id: IssueID) async throws -> IssueSummary {
        try await issues.waitUntil(offset: log.durableOffset)
        guard let issue = try await issues.read({ try IssueSummary.fetch(id, $0) }).value else {
            throw noIssue(id)
        }
        return issue
    }

    /// Appends the record of an act and returns the issue as it is then; 409 where the fold has
    /// not taken the record, since another came first.
    private func act(
        _ record: some StateRecord, on id: IssueID
    ) async throws -> (issue: IssueSummary, offset: UInt64) {
        let offset = try await append(record, project: id.project, issue: id)
        try await issues.waitUntil(offset: offset + 1)
        let (found, reflected) = try await issues.read { db -> (IssueSummary, Bool)? in
            guard let issue = try IssueSummary.fetch(id, db) else { return nil }
            return (issue, try IssueAct.isTaken(offset, db))
        }
        guard let (issue, isTaken) = found else { throw noIssue(id) }
        guard isTaken else {
            throw Problem(
                .conflict, "somebody else changed the issue at the same time: look again",
                members: [("issue", .string(issue.id.description))])
        }
        return (issue, reflected)
    }

    func noIssue(_ id: IssueID) -> Problem { Problem(.notFound, "there is no issue \(id)") }
}
