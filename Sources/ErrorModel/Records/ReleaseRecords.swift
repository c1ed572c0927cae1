/// A release was created by hand or by a build.
package struct ReleaseCreated: StateRecord, Hashable {
    package static let kind = RecordKind.releaseCreated

    package var project: UInt32
    package var release: String
    package var actor: String

    package init(project: UInt32, release: String, actor: String) {
        self.project = project
        self.release = release
        self.actor = actor
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            project: try reader.unsigned("project"), release: try reader.string("release"),
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "project": .integer(project), "release": .string(release), "actor": .string(actor),
        ]
    }
}

/// A release was marked complete.
package struct ReleaseFinalized: StateRecord, Hashable {
    package static let kind = RecordKind.releaseFinalized

    package var project: UInt32
    package var release: String
    package var actor: String

    package init(project: UInt32, release: String, actor: String) {
        self.project = project
        self.release = release
        self.actor = actor
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            project: try reader.unsigned("project"), release: try reader.string("release"),
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        [
            "project": .integer(project), "release": .string(release), "actor": .string(actor),
        ]
    }
}
