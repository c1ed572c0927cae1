import EventLog
import Glibc
import Synchronization

/// What one append costs when nothing else is going on, beside the sync that it needs, and how
/// soon somebody who follows the log has the record.
struct LatencyBench {
    let events: EventFile
    let directory: String

    private static let roundCount = 300
    /// Between two appends: the log is idle when the next one comes.
    private static let pauseMicroseconds: UInt32 = 5_000

    func run() async throws {
        let log = try EventLog.open(directory: directory + "/log")
        let file = try SyncFile(path: directory + "/floor")
        let seen = Seen()
        let follower = Thread(log, seen)
        var appends: [Double] = []
        var syncs: [Double] = []
        var overheads: [Double] = []
        var follows: [Double] = []
        for number in 0..<Self.roundCount {
            var record = try events.record(number % events.count)
            record.id.low = UInt64(number) + 1
            usleep(Self.pauseMicroseconds)
            let start = seconds()
            let receipt = try await log.append([record])
            let acknowledged = seconds()
            follows.append((seen.wait(for: receipt.durableOffset) - acknowledged) * 1e3)
            usleep(Self.pauseMicroseconds)
            let sync = try file.appendBlock()
            appends.append((acknowledged - start) * 1e3)
            syncs.append(sync * 1e3)
            overheads.append((acknowledged - start - sync) * 1e3)
        }
        log.close()
        follower.join()
        report(
            ("append_p50_ms", appends.sorted().part(0.5)),
            ("sync_p50_ms", syncs.sorted().part(0.5)),
            ("overhead_p50_ms", overheads.sorted().part(0.5)),
            ("follower_p50_ms", follows.sorted().part(0.5)),
            ("follower_p99_ms", follows.sorted().part(0.99)))
    }
}

/// When the follower had which record.
private final class Seen: Sendable {
    private let last = Mutex<(offset: UInt64, time: Double)>((0, 0))

    func note(_ offset: UInt64) {
        let now = seconds()
        last.withLock { $0 = (offset, now) }
    }

    /// Spins until the follower has everything below `offset`, and says since when.
    func wait(for offset: UInt64) -> Double {
        while true {
            let (seen, time) = last.withLock { $0 }
            if seen >= offset { return time }
        }
    }
}

/// Follows the log on a thread of its own and reads every record with its line.
private final class Thread: @unchecked Sendable {
    // Sendable: the handle is set once, before anybody joins.
    private var handle = pthread_t()
    private let log: EventLog
    private let seen: Seen

    init(_ log: EventLog, _ seen: Seen) {
        self.log = log
        self.seen = seen
        pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Thread>.fromOpaque(argument).takeRetainedValue().follow()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
    }

    func join() { pthread_join(handle, nil) }

    private func follow() {
        let reader = log.makeReader()
        var next: UInt64 = 0
        while log.status.state != .closed {
            guard log.waitForRecords(after: next, timeoutMilliseconds: 1_000) > next else {
                continue
            }
            while let read = try? reader.readBlock(containing: next, payload: true) {
                guard case .block(let block) = read else { return }
                next = block.nextOffset
            }
            seen.note(next)
        }
    }
}

/// A file that grows by a sector and a sync at a time, as the log's does.
private final class SyncFile {
    private let descriptor: CInt
    /// O_DIRECT, which the C module does not show.
    private static let direct: CInt = 0o40000
    private let sector: UnsafeMutableRawPointer
    private var position: off_t = 0

    init(path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | Self.direct, 0o600)
        guard descriptor >= 0, posix_fallocate(descriptor, 0, 16 << 20) == 0,
            let memory = aligned_alloc(LogLimits.sectorByteCount, LogLimits.sectorByteCount)
        else { throw BenchError("cannot make \(path)") }
        sector = memory
        sector.initializeMemory(as: UInt8.self, repeating: 7, count: LogLimits.sectorByteCount)
    }

    deinit {
        close(descriptor)
        free(sector)
    }

    /// Seconds that a write and its sync took.
    func appendBlock() throws -> Double {
        let start = seconds()
        let count = pwrite(descriptor, sector, LogLimits.sectorByteCount, position)
        guard count == LogLimits.sectorByteCount, fdatasync(descriptor) == 0 else {
            throw BenchError("the floor cannot write")
        }
        position += off_t(count)
        return seconds() - start
    }
}
