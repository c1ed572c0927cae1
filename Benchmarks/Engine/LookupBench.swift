import EventLog
import Glibc

/// How long it takes to find events in a large sealed log: one by its id, the newest of an issue.
struct LookupBench {
    let events: EventFile
    let directory: String

    private static let batchCount = 500
    private static let lookupCount = 2_000
    /// Events of an issue that are asked for.
    private static let pageCount = 50
    /// Lookups before the clock counts: what is measured is a log that is in use.
    private static let warmUpCount = 500

    /// Appends `count` events, the same ones again under other ids, and waits until all closed
    /// segments are sealed.
    func prepare(count: Int) async throws {
        let log = try EventLog.open(directory: directory)
        defer { log.close() }
        let started = seconds()
        for first in stride(from: 0, to: count, by: Self.batchCount) {
            let last = min(first + Self.batchCount, count)
            _ = try await log.append(try (first..<last).map { try record($0) })
        }
        let appended = seconds()
        // There is nothing to wait on: the log tells when it is asked.
        while log.status.sealedSegmentCount < log.status.segmentCount - 1 {
            if let failure = log.status.sealFailure { throw failure }
            usleep(10_000)
        }
        let status = log.status
        report(
            ("append_s", appended - started), ("sealed_s", seconds() - started),
            ("segments", Double(status.segmentCount)),
            ("bytes_per_event", (Double(status.byteCount) / Double(count)).rounded()))
    }

    private func record(_ number: Int) throws -> NewRecord {
        var record = try events.record(number % events.count)
        record.id.low = UInt64(number) + 1
        return record
    }

    /// Looks up and prints percentiles in milliseconds.
    func run() throws {
        let opened = seconds()
        let log = try EventLog.open(directory: directory)
        while !log.status.isIndexed { usleep(100) }
        let indexed = (seconds() - opened) * 1e3
        let reader = log.makeReader()
        var random = SystemRandomNumberGenerator()
        let total = log.durableOffset
        let byID = try measure {
            let number = UInt64.random(in: 0..<total, using: &random)
            let key = try record(Int(number)).uniqueKey
            return {
                guard let offset = try reader.find(key), offset == number,
                    try reader.readRecord(at: offset, digest: false).isRecord
                else { throw BenchError("event \(number) is not found") }
            }
        }
        let issues = Set(try (0..<min(events.count, 20_000)).map { try record($0).keys.issue })
        enum Wanted { case offsets, digests, lines }
        func ofIssue(_ wanted: Wanted) throws -> [Double] {
            try measure {
                guard let issue = issues.randomElement(using: &random) else { return {} }
                return {
                    let offsets = try reader.offsets(
                        of: .issue, value: issue, below: .max, limit: Self.pageCount)
                    guard !offsets.isEmpty else { throw BenchError("issue \(issue) has none") }
                    let areThere =
                        switch wanted {
                        case .offsets: true
                        case .digests:
                            try offsets.allSatisfy {
                                try reader.readDigests(at: $0)?.isBlock == true
                            }
                        case .lines: try reader.readRecords(at: offsets).allSatisfy(\.isRecord)
                        }
                    guard areThere else { throw BenchError("events cannot be read") }
                }
            }
        }
        let found = try ofIssue(.offsets)
        let listed = try ofIssue(.digests)
        let read = try ofIssue(.lines)
        let status = log.status
        report(
            ("events", Double(total)), ("segments", Double(status.segmentCount)),
            ("indexed_ms", indexed), ("issues", Double(issues.count)),
            ("id_p50_ms", byID.part(0.5)), ("id_p99_ms", byID.part(0.99)),
            ("issue50_found_p50_ms", found.part(0.5)), ("issue50_found_p99_ms", found.part(0.99)),
            ("issue50_listed_p50_ms", listed.part(0.5)),
            ("issue50_listed_p99_ms", listed.part(0.99)),
            ("issue50_read_p50_ms", read.part(0.5)), ("issue50_read_p99_ms", read.part(0.99)))
        log.close()
    }

    /// Times of lookups in milliseconds, in order; `make` is not timed.
    private func measure(_ make: () throws -> () throws -> Void) throws -> [Double] {
        var times: [Double] = []
        for number in 0..<Self.warmUpCount + Self.lookupCount {
            let look = try make()
            let start = seconds()
            try look()
            if number >= Self.warmUpCount { times.append((seconds() - start) * 1e3) }
        }
        return times.sorted()
    }
}

extension LogRead {
    fileprivate var isBlock: Bool { if case .block = self { true } else { false } }
}

extension LogRecordRead? {
    fileprivate var isRecord: Bool { if case .record = self { true } else { false } }
}

extension [Double] {
    /// The value below which this part of a sorted list is.
    func part(_ part: Double) -> Double { self[Swift.min(count - 1, Int(Double(count) * part))] }
}
