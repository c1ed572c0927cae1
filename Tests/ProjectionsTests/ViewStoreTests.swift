import Dispatch
import Foundation
import GRDB
@testable import Projections
import Testing

/// A store that is closed while others read.
struct ViewStoreTests {
    private static func store(_ folder: String) throws -> ViewStore {
        try ViewStore(path: folder + "/view.sqlite", schema: "CREATE TABLE x (y INTEGER)")
    }

    private static func isClosed(_ error: any Error) -> Bool {
        (error as? DatabaseError)?.resultCode == .SQLITE_MISUSE
    }

    @Test func `closing waits for who reads, and who comes behind is turned away`() throws {
        let folder = try TemporaryDirectory()
        let store = try Self.store(folder.path)
        let hasBegun = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        let isRead = DispatchSemaphore(value: 0)
        let isClosed = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let count = try? store.read { db in
                hasBegun.signal()
                mayEnd.wait()
                return try Int.fetchOne(db, sql: "SELECT count(*) FROM x")
            }
            if count == 0 { isRead.signal() }
        }
        hasBegun.wait()
        Thread.detachNewThread {
            try? store.close()
            isClosed.signal()
        }
        // Turned away as soon as the other thread has begun to close.
        while (try? store.read { _ in }) != nil {}
        #expect(throws: DatabaseError.self) { try store.read { _ in } }
        #expect(isClosed.wait(timeout: .now()) == .timedOut)
        mayEnd.signal()
        isClosed.wait()
        isRead.wait()
    }

    @Test func `readers beside a close are served or told`() async throws {
        for _ in 0..<20 {
            let folder = try TemporaryDirectory()
            let store = try Self.store(folder.path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do {
                            while true { _ = try await store.read { try ViewStore.checkpoint($0) } }
                        } catch {
                            #expect(Self.isClosed(error))
                        }
                    }
                }
                _ = try await store.read { try ViewStore.checkpoint($0) }
                // As the thread of a view does: it may wait, those of tasks may not.
                Thread.detachNewThread { try? store.close() }
                try await group.waitForAll()
            }
        }
    }
}
