/// What an uploaded file is to a stack.
package enum ArtifactKind: String, CaseIterable, Sendable {
    /// The file that runs.
    case script
    case sourceMap = "source_map"
}

/// By what an artifact is told from the others of its project; one that comes again under the same
/// name takes the place of the one before.
package struct ArtifactPlace: Hashable, Sendable {
    package var project: UInt32
    /// Empty for one that is found by its debug id alone.
    package var release: String
    /// Empty: of every distribution of the release.
    package var dist: String
    /// Its URL, or `~` and its path on any host; empty for one that has none.
    package var url: String
    /// In lower case and with dashes; empty for one that has none.
    package var debugID: String
    package var kind: ArtifactKind

    package init(
        project: UInt32, release: String, dist: String, url: String, debugID: String,
        kind: ArtifactKind
    ) {
        self.project = project
        self.release = release
        self.dist = dist
        self.url = url
        self.debugID = debugID
        self.kind = kind
    }

    init(_ reader: MemberReader) throws {
        func text(_ member: String) throws -> String {
            reader.data[member] == nil ? "" : try reader.string(member)
        }
        self.init(
            project: try reader.unsigned("project"), release: try text("release"),
            dist: try text("dist"), url: try text("url"), debugID: try text("debugId"),
            kind: try reader.choice("kind", ArtifactKind.self))
        guard !url.isEmpty || !debugID.isEmpty else { throw reader.fail("url") }
    }

    var members: [(String, JSONValue?)] {
        [("project", .integer(project))]
            + [("release", release), ("dist", dist), ("url", url), ("debugId", debugID)].map {
                ($0.0, $0.1.isEmpty ? nil : .string($0.1))
            } + [("kind", .string(kind.rawValue))]
    }
}

/// A script or a source map was uploaded; its content is a blob.
package struct ArtifactAdded: ItemRecord, Hashable {
    package static let kind = RecordKind.artifactAdded
    package var place: ArtifactPlace
    package var blob: BlobReference
    /// Of a script: the name of its map, as `place.url` names one; nil where it says none.
    package var sourceMap: String?
    package var actor: String

    package init(place: ArtifactPlace, blob: BlobReference, sourceMap: String?, actor: String) {
        self.place = place
        self.blob = blob
        self.sourceMap = sourceMap
        self.actor = actor
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        guard let blob = try BlobReference(reader) else { throw reader.fail("blob") }
        self.init(
            place: try ArtifactPlace(reader), blob: blob, sourceMap: data["sourcemap"]?.string,
            actor: try reader.string("actor"))
    }

    package var data: JSONValue {
        .present(
            place.members + blob.members + [
                ("sourcemap", sourceMap.map(JSONValue.string)), ("actor", .string(actor)),
            ])
    }

    /// So that the blob knows who names it.
    package var keys: IntakeKeys { IntakeKeys(session: blob.hash.key) }

    package var redaction: RedactedEvent.Reason? { nil }
    package func erased(standIn: UInt64) -> ArtifactAdded { self }
    package var expired: ArtifactAdded? { nil }
}

/// An artifact was taken away, by hand or with its release.
package struct ArtifactRemoved: ItemRecord, Hashable {
    package static let kind = RecordKind.artifactRemoved
    package var place: ArtifactPlace
    package var actor: String

    package init(place: ArtifactPlace, actor: String) {
        self.place = place
        self.actor = actor
    }

    package init(data: JSONValue) throws {
        let reader = MemberReader(data: data, kind: Self.kind)
        self.init(place: try ArtifactPlace(reader), actor: try reader.string("actor"))
    }

    package var data: JSONValue { .present(place.members + [("actor", .string(actor))]) }

    package var keys: IntakeKeys { IntakeKeys() }
    package var redaction: RedactedEvent.Reason? { nil }
    package func erased(standIn: UInt64) -> ArtifactRemoved { self }
    package var expired: ArtifactRemoved? { nil }
}
