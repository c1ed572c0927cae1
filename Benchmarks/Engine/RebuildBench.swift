import ErrorModel
import EventLog
import Projections

/// Payload to record on one core: scan, fingerprint, digest and line, without log and network.
struct IntakeBench {
    let events: EventFile
    let source: EventProtocol

    func run() throws {
        var byteCount = 0
        let started = seconds()
        for number in 0..<events.count {
            byteCount += try events.record(number, source).digest.count
        }
        let taken = seconds() - started
        report(
            ("events_per_s", (Double(events.count) / taken).rounded()),
            ("digest_bytes", (Double(byteCount) / Double(events.count)).rounded()))
    }
}

/// Fills a log with all events of a file, for the rebuilds.
struct LogFiller {
    let events: EventFile
    let directory: String

    private static let batch = 500

    func run() async throws {
        let log = try EventLog.open(directory: directory)
        defer { log.close() }
        for start in stride(from: 0, to: events.count, by: Self.batch) {
            let end = min(start + Self.batch, events.count)
            _ = try await log.append(try (start..<end).map { try events.record($0) })
        }
        report(
            ("events", Double(log.durableOffset)),
            ("bytes_per_event", (Double(log.status.byteCount) / Double(events.count)).rounded()))
    }
}

/// Folds the issues view of a whole log into an empty database, as a rebuild does, on one thread.
struct RebuildBench {
    enum Source {
        case digests
        case payloads
    }

    let source: Source
    let directory: String
    let views: String

    func run() throws {
        let log = try EventLog.openReadOnly(directory: directory)
        defer { log.close() }
        let path = views + "/bench.sqlite"
        try ViewStore.delete(path: path)
        let started = seconds()
        let store = try ViewStore(path: path, schema: IssuesProjection.schema)
        switch source {
        case .digests:
            try Rebuild.fold(
                IssuesProjection.self, reader: log.makeReader(), into: store,
                until: log.durableOffset)
        case .payloads:
            try Rebuild.foldPayloads(
                IssuesProjection.self, reader: log.makeReader(), into: store,
                until: log.durableOffset, salt: { _ in EventFile.salt })
        }
        let taken = seconds() - started
        try store.close()
        try ViewStore.delete(path: path)
        report(
            ("events_per_s", (Double(log.durableOffset) / taken).rounded()),
            ("events", Double(log.durableOffset)))
    }
}

/// Reads a whole log on one thread, checks and unpacks it, and looks at nothing: what no rebuild can be
/// faster than.
struct ReadBench {
    let source: RebuildBench.Source
    let directory: String

    func run() throws {
        let log = try EventLog.openReadOnly(directory: directory)
        defer { log.close() }
        let reader = log.makeReader()
        let started = seconds()
        var next: UInt64 = 0
        var byteCount = 0
        while case .block(let block)? = try reader.readBlock(
            containing: next, payload: source == .payloads)
        {
            byteCount += block.section.count + (block.payload?.count ?? 0)
            next = block.nextOffset
        }
        let taken = seconds() - started
        report(
            ("events_per_s", (Double(next) / taken).rounded()),
            ("bytes_per_event", (Double(byteCount) / Double(max(1, next))).rounded()))
    }
}
