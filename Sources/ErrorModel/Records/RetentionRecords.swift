/// For how long a project keeps the payloads of its events was set.
package struct ProjectRetentionChanged: StateRecord, Hashable {
    package static let kind = RecordKind.projectRetentionChanged

    package var project: UInt32
    /// Nil: as long as the log.
    package var keepDays: UInt64?
    package var actor: String

    package init(project: UInt32, keepDays: UInt64?, actor: String) {
        (self.project, self.keepDays, self.actor) = (project, keepDays, actor)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            project: try reader.unsigned("project"), keepDays: try reader.optional("keepDays"),
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "project": .integer(project),
            "keepDays": keepDays.map { .integer($0) } ?? .null, "actor": .string(actor),
        ]
    }
}

/// The payloads of a project's events that were received before a time were taken out.
package struct ProjectExpired: StateRecord, Hashable {
    package static let kind = RecordKind.projectExpired

    package var project: UInt32
    package var before: Timestamp
    package var rewritten: RewrittenCounts
    package var actor: String

    package init(project: UInt32, before: Timestamp, rewritten: RewrittenCounts, actor: String) {
        self.project = project
        self.before = before
        self.rewritten = rewritten
        self.actor = actor
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        guard let before = Timestamp(text: try reader.string("before")) else {
            throw reader.fail("before")
        }
        self.init(
            project: try reader.unsigned("project"), before: before,
            rewritten: try RewrittenCounts(reader), actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        .pairs(
            [("project", .integer(project)), ("before", .string(before.text))]
                + rewritten.members + [("actor", .string(actor))])
    }
}
