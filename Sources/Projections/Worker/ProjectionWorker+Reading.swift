import Dispatch
package import GRDB
import Synchronization

/// Readers, on any thread.
extension ProjectionWorker {
    package func waitUntil(offset: UInt64) async throws {
        if shared.withLock({ $0.offset >= offset }) { return }
        let id = shared.withLock { shared in
            shared.nextWaiter += 1
            return shared.nextWaiter
        }
        let timeout = Task {
            try await Task.sleep(for: WorkerLimits.waitLimit)
            let waiter = shared.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(
                throwing: ViewTimeout(view: P.name, wanted: offset, reached: status.offset))
        }
        defer { timeout.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = shared.withLock { shared -> Result<Void, any Error>? in
                    if shared.offset >= offset { return .success(()) }
                    // Asked inside the lock: a cancellation that comes later finds the waiter.
                    if shared.isStopped || Task.isCancelled { return .failure(CancellationError()) }
                    shared.waiters[id] = Waiter(offset: offset, continuation: continuation)
                    nudge.signal()
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = shared.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> (value: T, offset: UInt64) {
        try await withStore { store in
            try await store.read { db in
                (value: try body(db), offset: try ViewStore.checkpoint(db))
            }
        }
    }

    package func withStore<T: Sendable>(
        _ body: @Sendable (ViewStore) async throws -> T
    ) async throws -> T {
        var attempt = 0
        while true {
            do {
                return try await body(shared.withLock { $0.store })
            } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
                // The store was closed to be replaced by a rebuilt one.
                attempt += 1
                guard attempt <= WorkerLimits.swapAttempts else { throw error }
                try await Task.sleep(for: WorkerLimits.swapPause)
            }
        }
    }
}
