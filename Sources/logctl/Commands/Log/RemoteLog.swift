import ErrorModel
import EventLog

/// The log as a server streams it.
struct RemoteLog {
    let client: Client

    /// What original frames add to a line: some hundred, each with eleven lines of source.
    private static let framesByteLimit = 8 << 20

    /// Writes the lines wanted; returns the ranges that the server cannot read.
    func export(
        _ selection: LogExporter.Selection, project: String?, isResolved: Bool,
        to file: ExportFile
    ) async throws -> [String] {
        let status = try await client.json(.get, "/api/status")
        let first = max(
            selection.offsets.lowerBound,
            status["firstOffset"]?.int64.flatMap { UInt64(exactly: $0) } ?? 0)
        let durable = status["durableOffset"]?.int64.flatMap { UInt64(exactly: $0) } ?? 0
        let end = min(durable, selection.offsets.upperBound)
        guard first < end else { return [] }
        var query = Query()
        query.add("from", String(first))
        query.add("project", project)
        query.add("resolved", isResolved ? "1" : nil)
        let bar = ProgressBar("export")
        var gaps: [String] = []
        var splitter = LineSplitter(
            limit: LogLimits.linePrefixByteLimit + LogLimits.lineByteLimit
                + (isResolved ? Self.framesByteLimit : 0))
        var last = first
        try await client.stream(query.path("/api/log")) { part in
            try part.withUnsafeBytes { bytes in
                try splitter.append(bytes) { line in
                    guard case .line(let line) = line, !line.isEmpty else { return }
                    switch RemoteLine(line) {
                    case .gap(let text): gaps.append(text)
                    case .record(let offset, let time):
                        last = max(last, offset)
                        guard offset < end, selection.times.contains(time) else { return }
                        try (line + [UInt8(ascii: "\n")]).withUnsafeBytes { try file.write($0) }
                    case .unknown:
                        throw CommandFailure(.software, "the server sent a line that is none")
                    }
                }
            }
            bar.showCount(done: min(last, end) - first, total: end - first, "records")
        }
        return gaps
    }

    /// Writes the records of a stream; what cannot be read is said, and thrown where the stream ends.
    ///
    /// Returns the last line that was written.
    @discardableResult
    func stream(_ path: String, _ output: RecordOutput) async throws -> [UInt8]? {
        var output = output
        var shown: [UInt8]?
        var rest: [UInt8] = []
        var hasGap = false
        func take(_ line: ArraySlice<UInt8>) {
            if line.starts(with: Self.gapBytes), case .gap(let text) = RemoteLine(Array(line)) {
                Terminal.note("records \(text) cannot be read")
                hasGap = true
            } else if !line.isEmpty {
                output.write(line)
                shown = Array(line)
            }
        }
        try await client.stream(path) { part in
            rest.append(contentsOf: part)
            guard let last = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
            for line in rest[..<last].split(separator: UInt8(ascii: "\n")) { take(line) }
            rest.removeSubrange(...last)
        }
        take(rest[...])
        if hasGap { throw CommandFailure.partUnreadable }
        return shown
    }

    /// How the lines begin that tell of records that cannot be read.
    private static let gapBytes = Array(#"{"gap":"#.utf8)
}

/// What a line of the server's stream is.
private enum RemoteLine {
    case record(offset: UInt64, time: Int64)
    /// Records that the server cannot read.
    case gap(String)
    case unknown

    init(_ line: [UInt8]) {
        if let stored = try? StoredLine(line), let offset = stored.offset {
            self = .record(offset: offset, time: stored.time.microseconds)
        } else if let json = try? JSONValue(parsing: line), json["gap"]?.bool == true {
            self = .gap("\(Cell.text(json["first"])) to \(Cell.text(json["last"]))")
        } else {
            self = .unknown
        }
    }
}
