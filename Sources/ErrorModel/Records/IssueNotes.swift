/// An issue was given to somebody, or to nobody.
package struct IssueAssigned: StateRecord, Hashable {
    package static let kind = RecordKind.issueAssigned
    package var issue: IssueID
    /// Nil: to nobody.
    package var assignee: String?
    package var actor: String

    package init(issue: IssueID, assignee: String?, actor: String) {
        (self.issue, self.assignee, self.actor) = (issue, assignee, actor)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            issue: try reader.issue(), assignee: data["assignee"]?.string,
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "issue": .string(issue.description),
            "assignee": assignee.map(JSONValue.string) ?? .null, "actor": .string(actor),
        ]
    }
}

/// Somebody said something about an issue.
package struct IssueCommented: StateRecord, Hashable {
    package static let kind = RecordKind.issueCommented
    package var issue: IssueID
    package var comment: String
    package var actor: String

    package init(issue: IssueID, comment: String, actor: String) {
        (self.issue, self.comment, self.actor) = (issue, comment, actor)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            issue: try reader.issue(), comment: try reader.string("comment"),
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "issue": .string(issue.description), "comment": .string(comment),
            "actor": .string(actor),
        ]
    }
}
