import EventLog
import Foundation
import Logging
import NIOPosix
import Projections
import ServiceLifecycle
import Synchronization

extension Faultlog {
    /// Copies the views where enough has come since the last copies; says how long that took, and nil
    /// where it was not so.
    ///
    /// So that a past, and a view whose file is lost, begin nearby. One call at a time with
    /// retention and erasures.
    @discardableResult
    package func snapshotIfDue(
        records: UInt64 = SnapshotPlan.records
    ) async throws -> Duration? {
        try await retentionRuns.run { [self] in
            try await chore {
                let began = ContinuousClock.now
                // Without all of them a past cannot be answered, so they are made together.
                let newest = self.views.map {
                    self.directory.snapshots.newest(of: $0.status.fileName)?.offset
                }
                let isDue = SnapshotPlan.isDue(
                    newest: newest.contains(nil) ? nil : newest.compactMap { $0 }.min(),
                    bases: self.log.retentionFacts.map(\.baseOffset),
                    end: self.views.map(\.status.offset).min() ?? 0, records: records)
                guard isDue else { return nil }
                // The issues last: an erasure finds in them whom the others hold.
                for view in self.views.reversed() {
                    _ = try view.snapshot(into: self.directory.snapshots)
                }
                return .now - began
            }
        }
    }
}

extension Faultlog {
    /// Where copies of what is over lie too far apart, makes one between them; false: they do not.
    ///
    /// Ends early, with `CancellationError`, where the task is cancelled or much comes in. One call at a
    /// time with retention and erasures.
    @discardableResult
    package func fillPastIfDue(
        records: UInt64 = SnapshotPlan.records
    ) async throws -> Bool {
        let isCancelled = Atomic(false)
        return try await withTaskCancellationHandler {
            try await retentionRuns.run { [self] in
                try await chore {
                    let snapshots = self.directory.snapshots
                    // The largest of the folds decides: all begin at the same offsets.
                    let hole = SnapshotPlan.hole(
                        in: snapshots.offsets(of: self.issues.status.fileName),
                        first: self.log.status.firstOffset, records: records)
                    guard let hole, self.hasRoomForPast() else { return false }
                    let limit = self.log.durableOffset + SnapshotService.quietRecords
                    do {
                        for view in self.views.reversed() {
                            try view.copyPast(at: hole, into: snapshots) {
                                !isCancelled.load(ordering: .relaxed)
                                    && self.log.durableOffset <= limit
                            }
                        }
                    } catch is PastError {
                        // Of one of the views nobody can tell any more what it was there.
                        return false
                    }
                    return true
                }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }

    /// These copies only save time: on a disk that fills up there is better use for it.
    private func hasRoomForPast() -> Bool {
        let facts = try? FileManager.default.attributesOfFileSystem(
            forPath: directory.snapshots.directory)
        return (facts?[.systemFreeSize] as? UInt64 ?? 0) >= SnapshotService.spareBytes
    }
}

/// Copies the views now and then.
struct SnapshotService: Service {
    let app: Faultlog
    let logger: Logger

    /// A look costs a few system calls, and at the highest rates a segment is full in three seconds.
    private static let pause = Duration.seconds(5)
    /// Behind copies the service rests so many times as long as they took: of large views they cost
    /// a twentieth of a processor and of the disk.
    private static let restPerCopy = 20
    /// Copies that take half a minute and more: at full rate a past is still some minutes from one.
    private static let longestPause = Duration.seconds(600)
    /// A full disk is told of once a minute.
    private static let pauseBehindError = Duration.seconds(60)
    /// So much stays free behind copies of what is over: some times what copies of large views take.
    static let spareBytes: UInt64 = 4 << 30
    /// With more records between two looks, a thousand a second, nothing is folded for a past that nobody
    /// has asked for.
    static let quietRecords: UInt64 = 5_000

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var end = app.log.durableOffset
            while !Task.isCancelled {
                var pause = Self.pause
                let isQuiet = app.log.durableOffset <= end + Self.quietRecords
                end = app.log.durableOffset
                do {
                    if let taken = try await app.snapshotIfDue() {
                        pause = min(max(pause, taken * Self.restPerCopy), Self.longestPause)
                    } else if isQuiet {
                        try await app.fillPastIfDue()
                    }
                } catch is CancellationError {
                    // More has come in, or the server stops.
                } catch {
                    pause = Self.pauseBehindError
                    logger.error(
                        "the views cannot be copied into snapshots/; it is tried again",
                        metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: pause)
            }
            // The services end together: this one waits for the others.
            try? await gracefulShutdown()
        }
    }
}
