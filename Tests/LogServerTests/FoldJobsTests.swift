import Foundation
import Logging
import Projections
import ServiceLifecycle
import Synchronization
import Testing

@testable import LogServer

/// Long folds that somebody waits for, and a server that is told to stop.
@Suite struct FoldJobsTests {
    @Test func `what is under way is broken off when the server is told to stop`() async throws {
        let jobs = FoldJobs(threadName: "test")
        let began = DispatchSemaphore(value: 0)
        let group = ServiceGroup(
            configuration: .init(
                services: [Asker(jobs: jobs, began: began)], logger: .init(label: "test")))
        let run = Task { try await group.run() }
        try await onThread { began.wait() }
        await group.triggerGracefulShutdown()
        // Nothing but the stop ends the fold.
        try await run.value
        await #expect(throws: CancellationError.self) { try await jobs.run("b") { _ in 1 } }
        jobs.stop()
    }

    @Test func `folds take turns, and tell how far they are`() async throws {
        let jobs = FoldJobs(threadName: "test")
        let runs = Runs()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    try await jobs.run("\(index)") { goesOn in
                        let count = runs.add(1)
                        #expect(count == 1)
                        #expect(goesOn(5, 10))
                        #expect(jobs.progress(of: "\(index)")?.offset == 5)
                        #expect(jobs.progress(of: "another") == nil)
                        _ = runs.add(-1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(jobs.progress(of: "0") == nil)
    }

    private final class Runs: Sendable {
        private let count = Mutex(0)

        func add(_ number: Int) -> Int {
            count.withLock { count in
                count += number
                return count
            }
        }
    }

    /// Asks for a fold that never ends by itself.
    private struct Asker: Service {
        let jobs: FoldJobs
        let began: DispatchSemaphore

        func run() async throws {
            await #expect(throws: CancellationError.self) {
                try await jobs.run("endless") { goesOn in
                    began.signal()
                    // As a fold asks after each block; on its own thread, so nothing is held up.
                    while goesOn(0, 1) { sched_yield() }
                    throw CancellationError()
                }
            }
        }
    }
}
