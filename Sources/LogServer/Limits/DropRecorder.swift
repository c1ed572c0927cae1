import ErrorModel
import Logging
import ServiceLifecycle

/// Writes into the log what was sent and not kept, so that it can be told years later.
///
/// One record now and then, and only where something was dropped; a crash loses the last few
/// seconds of the counts.
struct DropRecorder: Service {
    let app: Faultlog
    let logger: Logger

    /// A storm of refused events costs no more than a small record in this time.
    private static let pause = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var since = app.now
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pause)
                since = await record(since)
            }
        }
    }

    /// Records what there is, and says since when the next one counts.
    func record(_ since: Timestamp) async -> Timestamp {
        let drops = app.counters.takeUnrecorded()
        let until = app.now
        guard !drops.isEmpty else { return until }
        let record = IngestDropped(
            drops: drops.map {
                .init(project: $0.key.project, reason: $0.key.reason, count: $0.value)
            }
            .sorted { ($0.project, $0.reason) < ($1.project, $1.reason) },
            since: since, until: until)
        do {
            _ = try await app.append(record, project: 0)
            return until
        } catch {
            app.counters.putBack(drops)
            logger.debug("drops are not recorded yet", metadata: ["error": "\(error)"])
            return since
        }
    }
}
