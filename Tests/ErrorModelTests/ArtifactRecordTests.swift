import ErrorModel
import Testing

struct ArtifactRecordTests {
    private static let place = ArtifactPlace(
        project: 3, release: "1.2.3", dist: "", url: "~/a.js", debugID: "", kind: .script)
    private static let blob = BlobReference(hash: BlobHash(of: [1, 2]), byteCount: 2)

    @Test func `records of artifacts are read back, and name their blob`() throws {
        let added = ArtifactAdded(
            place: Self.place, blob: Self.blob, sourceMap: "~/a.js.map", actor: "ann")
        let again = try #require(
            try ItemRecords.read(.artifactAdded, added.bytes) as? ArtifactAdded)
        #expect(again == added)
        #expect(again.keys.session == Self.blob.hash.key && again.keys.user == 0)
        var place = Self.place
        (place.release, place.url) = ("", "")
        place.debugID = "00000000-0000-0000-0000-000000000001"
        place.kind = .sourceMap
        let removed = ArtifactRemoved(place: place, actor: "ann")
        #expect(
            try ItemRecords.read(.artifactRemoved, removed.bytes) as? ArtifactRemoved == removed)
    }

    @Test(arguments: [
        "[]", "7", "{", "{}", #"{"project":1,"kind":"script","actor":"a"}"#,
        #"{"project":1,"kind":"page","url":"~/a","actor":"a"}"#,
        #"{"project":1,"kind":"script","url":7,"actor":"a"}"#,
    ])
    func `data of another shape is none`(text: String) {
        for kind in [RecordKind.artifactAdded, .artifactRemoved] {
            #expect(throws: (any Error).self) { try ItemRecords.read(kind, Array(text.utf8)) }
        }
    }
}
