/// Gives the records that name issues the names that these have by another version of the
/// fingerprint; pure.
///
/// A record says with `grouping` by which version it names issues; without it, by the first one.
/// An issue goes on, by another version, in the issue that holds its first event. Of several that
/// would go on in one, that one takes over what was decided about the one that its own first event
/// was in; the others' status, assignee and merges rest, and come back when the project is
/// regrouped back. Comments are taken over from all of them.
package struct RegroupedNames {
    /// In what an issue goes on; nil: no event of it is known.
    package var heir: (IssueID) -> IssueID?
    /// Whether the heir of this issue takes over what was decided about it.
    package var isOwn: (IssueID) -> Bool

    package init(heir: @escaping (IssueID) -> IssueID?, isOwn: @escaping (IssueID) -> Bool) {
        self.heir = heir
        self.isOwn = isOwn
    }

    /// The member that says by which version a record names issues.
    private static let member = "grouping"

    /// True for kinds of record that name issues.
    package static func concerns(_ kind: RecordKind) -> Bool {
        switch kind {
        case .issueStatusChanged, .issueRegressed, .issueMerged, .issueUnmerged, .issueAssigned,
            .issueCommented, .issueActUndone:
            true
        default: false
        }
    }

    /// By which version of the fingerprint a record names issues; nil: one that only a later
    /// program knows.
    package static func version(_ data: JSONValue) -> FingerprintVersion? {
        guard let number = data[member] else { return .standard }
        return number.int64.flatMap { UInt8(exactly: $0) }
            .flatMap(FingerprintVersion.init(rawValue:))
    }

    /// The data of a record, which is a JSON object, with the version by which it names issues.
    package static func mark(_ data: [UInt8], _ version: FingerprintVersion) -> [UInt8] {
        guard version != .standard, data.last == UInt8(ascii: "}") else { return data }
        return data.dropLast() + Array(",\"\(member)\":\(version.rawValue)}".utf8)
    }

    /// The data with the names by `version`; nil: the record says nothing by that version.
    package func renamed(
        _ kind: RecordKind, _ data: JSONValue, by version: FingerprintVersion
    ) -> JSONValue? {
        guard let members = data.members, let issue = issue(data["issue"]),
            let heir = heir(issue)
        else { return nil }
        switch kind {
        case .issueStatusChanged, .issueRegressed, .issueAssigned:
            guard isOwn(issue) else { return nil }
        case .issueActUndone:
            let act = data["act"]?.string
            guard act == "comment" || act == "map" || isOwn(issue) else { return nil }
        default: break
        }
        var moves: JSONValue?
        if let old = data["moves"] {
            let kept = (old.array ?? []).compactMap(renamed)
            guard !kept.isEmpty else { return nil }
            moves = .array(kept)
        }
        var pairs: [(String, JSONValue)] = []
        for member in members where member.key != Self.member {
            switch member.key {
            case "issue": pairs.append(("issue", .string(heir.description)))
            case "moves": pairs.append(("moves", moves ?? member.value))
            default: pairs.append((member.key, member.value))
            }
        }
        if version != .standard { pairs.append((Self.member, .integer(version.rawValue))) }
        return .pairs(pairs)
    }

    /// One move of a merge; nil where it moves nothing by the other version.
    private func renamed(_ move: JSONValue) -> JSONValue? {
        guard let part = issue(move["part"]), isOwn(part), let newPart = heir(part),
            let from = issue(move["from"]).flatMap(heir), let to = issue(move["to"]).flatMap(heir),
            !(newPart == from && newPart == to)
        else { return nil }
        return [
            "part": .string(newPart.description), "from": .string(from.description),
            "to": .string(to.description),
        ]
    }

    private func issue(_ value: JSONValue?) -> IssueID? { value?.string.flatMap { IssueID($0) } }
}
