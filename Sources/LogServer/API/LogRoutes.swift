import ErrorModel
import EventLog
import Hummingbird
import NIOCore
import NIOPosix

extension API {
    func addLogRoutes(_ router: Router<BasicRequestContext>) {
        router.get("api/log") { request, _ in
            try await tail(RequestReader(request))
        }
    }

    /// Streams the records' lines as they are in the log, from an offset on.
    private func tail(_ reader: RequestReader) async throws -> Response {
        let follows = try reader.flag("follow")
        let durable = app.log.durableOffset
        let from = try reader.offset("from") ?? (follows ? durable : app.log.status.firstOffset)
        guard from <= durable else {
            throw Problem(
                .badRequest, "'from' is beyond the end of the log, offset \(durable)")
        }
        var filter = LogFilter()
        if let name = reader.text("project") { filter.project = try project(name).id }
        if let name = reader.text("type") {
            guard let kind = RecordKind.allCases.first(where: { $0.name == name }) else {
                let names = RecordKind.allCases.map(\.name).joined(separator: ", ")
                throw Problem(.badRequest, "'type' must be one of \(names)")
            }
            filter.kind = kind
        }
        let stream = LogStream(
            app: app, from: from, until: follows ? nil : durable, filter: filter,
            isResolved: try reader.flag("resolved"))
        return Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson", .faultlogOffset: String(durable)],
            body: .init { writer in
                try await stream.write(to: &writer)
                try await writer.finish(nil)
            })
    }
}

/// Which records a tail shows.
struct LogFilter: Sendable {
    var project: UInt32?
    var kind: RecordKind?

    /// For what need not be read.
    var zones: ZoneFilter {
        ZoneFilter(
            project: project, types: kind.map { [RecordType(rawValue: $0.rawValue)] })
    }

    func takes(_ block: LogBlock, _ index: Int) -> Bool {
        if let project, block.project(at: index) != project { return false }
        if let kind, block.type(at: index).rawValue != kind.rawValue { return false }
        return true
    }
}

/// Reads lines of the log, block by block, off the event loops.
struct LogStream: Sendable {
    let app: Faultlog
    let from: UInt64
    /// Nil: goes on as records come, until the client hangs up or the server stops.
    let until: UInt64?
    let filter: LogFilter
    /// Events come with their original frames beside them.
    var isResolved = false

    func write(to writer: inout any ResponseBodyWriter) async throws {
        try await LogFollower(log: app.log, from: from, until: until)
            .write(to: &writer) { try await lines($0) }
    }

    private func lines(_ offset: UInt64) async throws -> (ByteBuffer, UInt64) {
        guard isResolved else {
            return try await read(offset, into: ByteBuffer()) { lines, line, _, _ in
                lines.writeBytes(line)
                lines.writeInteger(UInt8(ascii: "\n"))
            }
        }
        let (lines, after) = try await read(offset, into: [TailLine]()) {
            lines, line, block, index in
            let isEvent =
                block?.type(at: index).rawValue == RecordKind.eventCaptured.rawValue
            lines.append(
                TailLine(
                    project: block?.project(at: index) ?? 0, isEvent: isEvent, bytes: Array(line)))
        }
        return (try await app.resolved(lines), after)
    }

    /// Reads the records of one block; `add` gets each line, with its block and place there, or
    /// without one the note of a gap.
    private func read<Lines: Sendable>(
        _ offset: UInt64, into none: Lines,
        _ add: @escaping @Sendable (inout Lines, ArraySlice<UInt8>, LogBlock?, Int) -> Void
    ) async throws -> (Lines, UInt64) {
        try await app.readers.runIfActive { [app, filter, until] in
            let reader = app.log.makeReader()
            let start = min(reader.skip(from: offset, to: filter.zones), until ?? .max)
            if start == until { return (none, start) }
            switch try reader.readBlock(containing: start, payload: true) {
            case nil:
                return (none, until ?? start)
            case .gap(let offsets, let reason):
                let note = JSONValue.pairs([
                    ("gap", true), ("first", .integer(offsets.lowerBound)),
                    ("last", .integer(offsets.upperBound - 1)),
                    ("reason", .string(reason.rawValue)),
                ])
                var lines = none
                add(&lines, note.compactBytes[...], nil, 0)
                return (lines, offsets.upperBound)
            case .block(let block):
                let end = min(block.nextOffset, until ?? .max)
                var lines = none
                for index in Int(start - block.baseOffset)..<Int(end - block.baseOffset)
                where filter.takes(block, index) {
                    guard let payload = block.payload else { continue }
                    add(&lines, payload[block.lineRange(at: index)], block, index)
                }
                return (lines, end)
            }
        }
    }
}
