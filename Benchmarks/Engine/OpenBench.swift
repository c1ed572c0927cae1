import EventLog
import Glibc

/// How long a large log takes to open after its process was killed.
///
/// The log is a stand-in: many small closed segments, made as long as full ones without taking
/// their space, and a newest one with a real tail. The manifests are those that the engine wrote.
struct OpenBench {
    let events: EventFile
    let directory: String
    /// Closed segments of 256 MiB each: 400 are 100 GB.
    let segmentCount: Int
    /// Bytes of the newest segment.
    let tailByteCount: UInt64

    private static let batchCount = 500

    /// Makes the log and ends the process in the middle, without closing anything.
    func prepare() async throws -> Never {
        var options = LogOptions()
        // Every commit rolls; what is long without bytes is not to be rewritten.
        options.segmentByteLimit = 1
        options.sealsSegments = false
        var number = 0
        do {
            let log = try EventLog.open(directory: directory, options: options)
            while log.status.segmentCount < segmentCount {
                _ = try await log.append([try record(number)])
                number += 1
            }
            log.close()
        }
        try lengthen()
        options.segmentByteLimit = LogLimits.segmentByteLimit
        let log = try EventLog.open(directory: directory, options: options)
        let before = log.status.byteCount
        while log.status.byteCount - before < tailByteCount {
            _ = try await log.append(
                try (number..<number + Self.batchCount).map { try record($0) })
            number += Self.batchCount
        }
        _exit(0)
    }

    private func record(_ number: Int) throws -> NewRecord {
        var record = try events.record(number % events.count)
        record.id.low = UInt64(number) + 1
        return record
    }

    /// All files but the newest get the length of full ones.
    private func lengthen() throws {
        let folder = directory + "/log"
        guard let entries = opendir(folder) else { throw BenchError("cannot list \(folder)") }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".seg") { names.append(folder + "/" + name) }
        }
        for name in names.sorted().dropLast() {
            guard truncate(name, off_t(LogLimits.segmentByteLimit)) == 0 else {
                throw BenchError("cannot lengthen \(name)")
            }
        }
    }

    /// Opens it and prints how long that took, and how long until every id is known.
    static func open(_ directory: String) async throws {
        var options = LogOptions()
        options.sealsSegments = false
        let start = seconds()
        let log = try EventLog.open(directory: directory, options: options)
        let opened = seconds()
        // There is nothing to wait on: the log tells when it is asked.
        while !log.status.isIndexed { usleep(100) }
        let indexed = seconds()
        let status = log.status
        report(
            ("open_ms", (opened - start) * 1e3), ("indexed_ms", (indexed - start) * 1e3),
            ("segments", Double(status.segmentCount)),
            ("gigabytes", Double(status.byteCount) / 1e9),
            ("offset", Double(log.durableOffset)))
        // As if killed again: nothing is closed.
        _exit(0)
    }
}
