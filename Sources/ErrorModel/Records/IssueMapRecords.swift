/// A record that edits the map from fingerprints to issues.
///
/// A fold takes it whole, or not at all where the map is no longer as the record saw it.
package protocol IssueMapRecord: StateRecord {
    /// The issue that was asked for.
    var issue: IssueID { get }
    var moves: [IssueMove] { get }
    var actor: String { get }
    var comment: String? { get }
    init(issue: IssueID, moves: [IssueMove], actor: String, comment: String?)
}

extension IssueMapRecord {
    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            issue: try reader.issue(), moves: try [IssueMove](reader, "moves"),
            actor: try reader.string("actor"), comment: data["comment"]?.string)
    }

    package var data: JSONValue {
        var members: [(String, JSONValue)] = [
            ("issue", .string(issue.description)), ("moves", moves.json),
            ("actor", .string(actor)),
        ]
        if let comment { members.append(("comment", .string(comment))) }
        return .pairs(members)
    }
}

/// Issues were merged into another.
package struct IssueMerged: IssueMapRecord, Hashable {
    package static let kind = RecordKind.issueMerged
    package var issue: IssueID
    package var moves: [IssueMove]
    package var actor: String
    package var comment: String?

    package init(issue: IssueID, moves: [IssueMove], actor: String, comment: String?) {
        (self.issue, self.moves, self.actor, self.comment) = (issue, moves, actor, comment)
    }
}

/// Issues that were merged into another stand alone again.
package struct IssueUnmerged: IssueMapRecord, Hashable {
    package static let kind = RecordKind.issueUnmerged
    package var issue: IssueID
    package var moves: [IssueMove]
    package var actor: String
    package var comment: String?

    package init(issue: IssueID, moves: [IssueMove], actor: String, comment: String?) {
        (self.issue, self.moves, self.actor, self.comment) = (issue, moves, actor, comment)
    }
}

extension [IssueMove] {
    /// `[{"part":"1-…","from":"1-…","to":"1-…"}]`.
    var json: JSONValue {
        .array(
            map { move in
                [
                    "part": .string(move.part.description), "from": .string(move.from.description),
                    "to": .string(move.to.description),
                ]
            })
    }

    init(_ reader: MemberReader, _ member: String) throws(StateRecordError) {
        guard let list = reader.data[member]?.array, !list.isEmpty else {
            throw reader.fail(member)
        }
        self = []
        for item in list {
            func issue(_ name: String) -> IssueID? { item[name]?.string.flatMap { IssueID($0) } }
            guard let part = issue("part"), let from = issue("from"), let to = issue("to") else {
                throw reader.fail(member)
            }
            append(IssueMove(part: part, from: from, to: to))
        }
    }
}
