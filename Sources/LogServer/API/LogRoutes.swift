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
        let follows = reader.flag("follow")
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
            app: app, from: from, until: follows ? nil : durable, filter: filter)
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

    func write(to writer: inout any ResponseBodyWriter) async throws {
        try await LogFollower(log: app.log, from: from, until: until)
            .write(to: &writer) { try await read($0) }
    }

    private func read(_ offset: UInt64) async throws -> (ByteBuffer, UInt64) {
        try await app.readers.runIfActive { [app, filter, until] in
            let reader = app.log.makeReader()
            let start = min(reader.skip(from: offset, to: filter.zones), until ?? .max)
            if start == until { return (ByteBuffer(), start) }
            switch try reader.readBlock(containing: start, payload: true) {
            case nil:
                return (ByteBuffer(), until ?? start)
            case .gap(let offsets, let reason):
                let note = JSONValue.pairs([
                    ("gap", true), ("first", .integer(offsets.lowerBound)),
                    ("last", .integer(offsets.upperBound - 1)),
                    ("reason", .string(reason.rawValue)),
                ])
                return (ByteBuffer(string: note.compactText + "\n"), offsets.upperBound)
            case .block(let block):
                let end = min(block.nextOffset, until ?? .max)
                var lines = ByteBuffer()
                for index in Int(start - block.baseOffset)..<Int(end - block.baseOffset)
                where filter.takes(block, index) {
                    guard let payload = block.payload else { continue }
                    lines.writeBytes(payload[block.lineRange(at: index)])
                    lines.writeInteger(UInt8(ascii: "\n"))
                }
                return (lines, end)
            }
        }
    }
}
