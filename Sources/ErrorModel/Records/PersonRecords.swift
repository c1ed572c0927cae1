/// Somebody asked for a person's events to be erased; what was appended before is concerned.
///
/// The person is named by the key that stood in the events, which is keyed with the project's salt,
/// and never by name.
package struct PersonErasureRequested: StateRecord, Hashable {
    package static let kind = RecordKind.personErasureRequested

    package var project: UInt32
    package var user: UInt64
    package var actor: String

    package init(project: UInt32, user: UInt64, actor: String) {
        (self.project, self.user, self.actor) = (project, user, actor)
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            project: try reader.unsigned("project"), user: try reader.key("user"),
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "project": .integer(project), "user": .string(HexText.text(user)),
            "actor": .string(actor),
        ]
    }
}

/// A person's events were erased.
package struct PersonErased: StateRecord, Hashable {
    package static let kind = RecordKind.personErased

    package var project: UInt32
    package var user: UInt64
    package var rewritten: RewrittenCounts
    /// False where a part of the log could not be read, and was left as it was.
    package var isComplete: Bool
    package var actor: String

    package init(
        project: UInt32, user: UInt64, rewritten: RewrittenCounts, isComplete: Bool, actor: String
    ) {
        self.project = project
        self.user = user
        self.rewritten = rewritten
        self.isComplete = isComplete
        self.actor = actor
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            project: try reader.unsigned("project"), user: try reader.key("user"),
            rewritten: try RewrittenCounts(reader),
            isComplete: data["complete"]?.bool ?? false, actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        .pairs(
            [("project", .integer(project)), ("user", .string(HexText.text(user)))]
                + rewritten.members
                + [("complete", .bool(isComplete)), ("actor", .string(actor))])
    }
}

/// How much of the log was rewritten.
package struct RewrittenCounts: Hashable, Sendable {
    package var events: UInt64
    package var segments: UInt64
    /// Of the segments as they are now.
    package var bytes: UInt64

    package init(events: UInt64 = 0, segments: UInt64 = 0, bytes: UInt64 = 0) {
        (self.events, self.segments, self.bytes) = (events, segments, bytes)
    }

    init(_ reader: MemberReader) throws(StateRecordError) {
        self.init(
            events: try reader.unsigned("events"), segments: try reader.unsigned("segments"),
            bytes: try reader.unsigned("bytes"))
    }

    package var members: [(String, JSONValue)] {
        [
            ("events", .integer(events)), ("segments", .integer(segments)),
            ("bytes", .integer(bytes)),
        ]
    }
}
