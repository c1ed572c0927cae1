import ErrorModel
import Projections
import Testing

struct ReleasesTests {
    private static func finalizedAt(_ fold: LiveFold<ReleasesProjection>) throws -> Timestamp? {
        try fold.store.query {
            try ReleaseSummary.fetch(project: 1, version: "1.0.0", $0)?.finalizedAt
        }
    }

    private static let finalized = ReleaseFinalized(project: 1, release: "1.0.0", actor: "api")

    @Test func `a release that is finalized again in the same batch keeps its first time`()
        async throws
    {
        let world = try LogWorld()
        try await world.record(Self.finalized)
        let first = Timestamp(microseconds: world.source.now)
        try await world.record(Self.finalized)
        let fold = try world.live(ReleasesProjection.self)
        try fold.catchUp()
        #expect(try Self.finalizedAt(fold) == first)
    }

    @Test func `a release that is finalized again after a commit keeps its first time`()
        async throws
    {
        let world = try LogWorld()
        let fold = try world.live(ReleasesProjection.self)
        try await world.see(Sighting(release: "1.0.0"))
        try fold.catchUp()
        #expect(try Self.finalizedAt(fold) == nil)
        try await world.record(Self.finalized)
        let first = Timestamp(microseconds: world.source.now)
        try fold.catchUp()
        try await world.record(Self.finalized)
        try fold.catchUp()
        #expect(try Self.finalizedAt(fold) == first)
        #expect(
            try Answers.all(releases: fold.store)
                == Answers.all(releases: try world.rebuilt(ReleasesProjection.self)))
    }
}
