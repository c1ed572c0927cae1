/// A project's events are grouped by another version of the fingerprint: those to come from when
/// they are taken in, those of before by folding the views again.
///
/// What is stored never moves. Undone by a record that goes back to `previous`.
package struct ProjectRegrouped: StateRecord, Hashable {
    package static let kind = RecordKind.projectRegrouped

    package var project: UInt32
    package var version: FingerprintVersion
    /// What held before.
    package var previous: FingerprintVersion
    package var actor: String
    package var comment: String?

    package init(
        project: UInt32, version: FingerprintVersion, previous: FingerprintVersion, actor: String,
        comment: String? = nil
    ) {
        self.project = project
        self.version = version
        self.previous = previous
        self.actor = actor
        self.comment = comment
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        func version(_ member: String) throws -> FingerprintVersion {
            let number: UInt8 = try reader.unsigned(member)
            guard let version = FingerprintVersion(rawValue: number) else {
                throw reader.fail(member)
            }
            return version
        }
        self.init(
            project: try reader.unsigned("project"), version: try version("version"),
            previous: try version("previous"), actor: try reader.string("actor"),
            comment: data["comment"]?.string)
    }

    package var data: JSONValue {
        var members: [(String, JSONValue)] = [
            ("project", .integer(project)), ("version", .integer(version.rawValue)),
            ("previous", .integer(previous.rawValue)), ("actor", .string(actor)),
        ]
        if let comment { members.append(("comment", .string(comment))) }
        return .pairs(members)
    }
}
