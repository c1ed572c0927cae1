import Foundation
import GRDB
import Testing

@testable import Projections

@Suite struct JournalMoveTests {
    private static func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    @Test func `the journal of a view that is written without a pause stays in bounds`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/journal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/view.sqlite"
        let schema = "CREATE TABLE IF NOT EXISTS page (id INTEGER PRIMARY KEY, bytes BLOB)"
        let store = try ViewStore(path: path, schema: schema)
        let pageBytes = 4_096
        let commits = 120
        var largest = 0
        for commit in 0..<commits {
            try store.pool.write { db in
                for page in 0..<500 {
                    try db.execute(
                        sql: "INSERT OR REPLACE INTO page VALUES (?, ?)",
                        arguments: [
                            page, Data(repeating: UInt8(commit), count: pageBytes / 4 * 3),
                        ])
                }
            }
            store.tidyBeside()
            largest = max(largest, try Self.size(path + "-wal"))
        }
        // 120 commits of more than 500 pages each, in a journal of a third of them, or less.
        let bound = (ViewStore.journalPageLimit + 2 * ViewStore.journalPages) * pageBytes
        #expect(largest < bound)
        #expect(largest < commits * 500 * pageBytes / 2)
        try store.close()
        let again = try ViewStore(path: path, schema: schema)
        let sums = try again.read { db in
            try Int.fetchAll(db, sql: "SELECT DISTINCT unicode(substr(hex(bytes), 2, 1)) FROM page")
        }
        #expect(try again.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM page") } == 500)
        #expect(sums.count == 1)
        try again.close()
    }

    @Test func `the bulk is moved once for each time that it is asked for, and closing waits`()
        throws
    {
        let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).sqlite"
        defer { try? ViewStore.delete(path: path) }
        let move = JournalMove(path: path)
        // There is no such file: it cannot be moved, and the caller is told to try.
        #expect(!move.isBulkMoved())
        move.wait()
        #expect(move.isBulkMoved())
        #expect(!move.isBulkMoved())
        move.wait()
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
