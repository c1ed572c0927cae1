/// A record about one release of a project.
package protocol ReleaseRecord: StateRecord {
    var project: UInt32 { get }
    var release: String { get }
    var actor: String { get }
    init(project: UInt32, release: String, actor: String)
}

extension ReleaseRecord {
    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(
            project: try reader.unsigned("project"), release: try reader.string("release"),
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        ["project": .integer(project), "release": .string(release), "actor": .string(actor)]
    }
}

/// A release was created by hand or by a build.
package struct ReleaseCreated: ReleaseRecord, Hashable {
    package static let kind = RecordKind.releaseCreated
    package var project: UInt32
    package var release: String
    package var actor: String

    package init(project: UInt32, release: String, actor: String) {
        (self.project, self.release, self.actor) = (project, release, actor)
    }
}

/// A release was marked complete.
package struct ReleaseFinalized: ReleaseRecord, Hashable {
    package static let kind = RecordKind.releaseFinalized
    package var project: UInt32
    package var release: String
    package var actor: String

    package init(project: UInt32, release: String, actor: String) {
        (self.project, self.release, self.actor) = (project, release, actor)
    }
}
