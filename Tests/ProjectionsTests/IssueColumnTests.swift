import EventLogTestSupport
import GRDB
import Testing

@testable import Projections

struct IssueColumnTests {
    @Test(arguments: ["issue", "issue_merged", "issue_shown"])
    func `columns stand where they are read`(table: String) throws {
        let directory = try TemporaryDirectory()
        let store = try ViewStore(
            path: directory.path + "/issues.sqlite", schema: IssuesProjection.schema)
        let names = try store.pool.read { try $0.columns(in: table).map(\.name) }
        // first_seen is firstSeen.
        let expected = IssueColumn.allCases.map { column in
            "\(column)".reduce(into: "") { name, letter in
                name += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)"
            }
        }
        #expect(names == expected)
        withExtendedLifetime(directory) {}
    }
}
