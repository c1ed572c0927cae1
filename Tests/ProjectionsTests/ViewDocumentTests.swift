import ErrorModel
import EventLogTestSupport
import Foundation
import GRDB
import Projections
import Testing

/// The queries of docs/VIEWS.md run, and find something.
struct ViewDocumentTests {
    private static func queries() throws -> [String] {
        let document = try String(
            contentsOfFile: #filePath.split(separator: "/").dropLast(3)
                .reduce("") { "\($0)/\($1)" } + "/docs/VIEWS.md", encoding: .utf8)
        return document.components(separatedBy: "```sql\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
    }

    @Test func `every query of the document finds rows`() async throws {
        let queries = try Self.queries()
        #expect(queries.count == 5)
        let world = try LogWorld()
        // Events of now, for those that ask for this week.
        world.source.now = Int64(Date().timeIntervalSince1970) * 1_000_000
        for number in 0..<3 {
            try await world.see(
                Sighting(
                    type: "E\(number)", release: "1.\(number)", user: "u", tags: ["region": "eu"]))
        }
        let issue = try await world.see(Sighting(release: "1.0"))
        let resolved = try await world.record(
            IssueStatusChanged(
                issue: issue, from: .open, to: .resolved, version: 0, actor: "ann",
                actorKind: .person))
        try await world.record(
            IssueRegressed(
                issue: issue, event: EventID(high: 1, low: 1), eventOffset: 0, eventRelease: nil,
                resolvedOffset: resolved, resolution: "any", resolvedRelease: nil,
                policy: .different, reason: .resolvedWithoutRelease, ordering: nil))
        let issues = try world.rebuilt(IssuesProjection.self)
        let facets = try world.rebuilt(FacetsProjection.self)
        for query in queries {
            let count: Int
            if query.contains("ATTACH") {
                let sql = query.replacing("data/store/views/issues@3.sqlite", with: issues.path)
                let parts = sql.split(separator: ";", maxSplits: 1)
                count = try DatabaseQueue(path: facets.path).inDatabase { db in
                    try db.execute(sql: String(parts[0]))
                    return try Row.fetchAll(db, sql: String(parts[1])).count
                }
            } else {
                count = try issues.query { try Row.fetchAll($0, sql: query).count }
            }
            #expect(count > 0, "\(query)")
        }
    }
}
