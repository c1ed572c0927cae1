/// An act of triage was undone; the record holds what it restores, so that a fold need not look
/// back.
package struct IssueActUndone: StateRecord, Hashable {
    package static let kind = RecordKind.issueActUndone

    /// What is as it was before the act.
    package enum Restored: Hashable, Sendable {
        case status(StatusRestored)
        /// Nil: nobody; `after` is the newest record that gave the issue to somebody, by which a
        /// fold sees that none has come between.
        case assignee(String?, after: UInt64)
        /// The comment is gone.
        case comment
        /// The map, by edits that are the inverse of the act's.
        case map([IssueMove])
    }

    package var issue: IssueID
    /// The offset of the record of the act.
    package var undoes: UInt64
    package var restored: Restored
    package var actor: String
    package var comment: String?

    package init(
        issue: IssueID, undoes: UInt64, restored: Restored, actor: String, comment: String?
    ) {
        self.issue = issue
        self.undoes = undoes
        self.restored = restored
        self.actor = actor
        self.comment = comment
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        let restored: Restored
        switch try reader.string("act") {
        case "status": restored = .status(try StatusRestored(reader))
        case "assignee":
            restored = .assignee(data["assignee"]?.string, after: try reader.unsigned("after"))
        case "comment": restored = .comment
        case "map": restored = .map(try [IssueMove](reader, "moves"))
        default: throw reader.fail("act")
        }
        self.init(
            issue: try reader.issue(), undoes: try reader.unsigned("undoes"), restored: restored,
            actor: try reader.string("actor"), comment: data["comment"]?.string)
    }

    package var data: JSONValue {
        var members: [(String, JSONValue)] = [
            ("issue", .string(issue.description)), ("undoes", .integer(undoes)),
            ("actor", .string(actor)),
        ]
        switch restored {
        case .status(let status):
            members.append(("act", "status"))
            members += status.members
        case .assignee(let assignee, let after):
            members.append(("act", "assignee"))
            members.append(("assignee", assignee.map(JSONValue.string) ?? .null))
            members.append(("after", .integer(after)))
        case .comment:
            members.append(("act", "comment"))
        case .map(let moves):
            members.append(("act", "map"))
            members.append(("moves", moves.json))
        }
        if let comment { members.append(("comment", .string(comment))) }
        return .pairs(members)
    }
}

/// The status that an undone change of status restores.
package struct StatusRestored: Hashable, Sendable {
    /// What a status rests on.
    package struct Life: Hashable, Sendable {
        package var status: IssueStatus
        /// The record that first brought it about, and its time; 0 for the beginning.
        package var offset: UInt64
        package var time: Int64
        package var resolution: ResolutionName?
        package var until: UntilCondition?

        package init(
            status: IssueStatus = .open, offset: UInt64 = 0, time: Int64 = 0,
            resolution: ResolutionName? = nil, until: UntilCondition? = nil
        ) {
            self.status = status
            self.offset = offset
            self.time = time
            self.resolution = resolution
            self.until = until
        }
    }

    /// The issue as it was when the act was undone.
    package var from: IssueStatus
    package var version: UInt64
    package var life: Life

    package init(from: IssueStatus, version: UInt64, life: Life) {
        (self.from, self.version, self.life) = (from, version, life)
    }

    init(_ reader: MemberReader) throws {
        from = try reader.choice("from", IssueStatus.self)
        version = try reader.unsigned("version")
        life = Life(
            status: try reader.choice("to", IssueStatus.self),
            offset: try reader.unsigned("since"),
            time: reader.data["sinceMicroseconds"]?.int64 ?? 0)
        if life.status == .resolved { life.resolution = ResolutionName(reader.data) }
        if let condition = reader.data["until"] {
            guard let until = UntilCondition(condition) else { throw reader.fail("until") }
            life.until = until
        }
    }

    var members: [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [
            ("from", .string(from.rawValue)), ("to", .string(life.status.rawValue)),
            ("version", .integer(version)), ("since", .integer(life.offset)),
            ("sinceMicroseconds", .integer(life.time)),
        ]
        members += life.resolution?.members ?? []
        if let until = life.until { members.append(("until", until.json)) }
        return members
    }
}

extension StatusRestored.Life {
    /// The life that a change of status, told by the data of its record, led to.
    ///
    /// - Parameters:
    ///   - details: the data of the record: of a change, of a regression, or of an undoing.
    ///   - offset: of the record.
    ///   - time: of the record, in microseconds since 1970.
    package init?(after details: JSONValue, status: IssueStatus, offset: UInt64, time: Int64) {
        if details["undoes"] != nil {
            let reader = MemberReader(data: details, kind: .issueActUndone)
            guard let restored = try? StatusRestored(reader) else { return nil }
            self = restored.life
            return
        }
        self.init(status: status, offset: offset, time: time)
        if status == .resolved { resolution = ResolutionName(details) }
        if status == .ignored || status == .muted {
            until = details["until"].flatMap { UntilCondition($0) }
        }
    }
}
