import ContentCoding
import ErrorModel
import Foundation

/// The corpus of real payloads, where the environment variable `FAULTLOG_CORPUS` says it is.
enum Corpus {
    static let directory = ProcessInfo.processInfo.environment["FAULTLOG_CORPUS"]
    static var isPresent: Bool { directory != nil }

    struct Row: Sendable {
        var id: String
        var file: String
        var kind: String
        var encoding: String
        var contentType: String
        var expect: String
    }

    /// Bodies larger than this are refused, as a server does.
    static let bodyLimit = 8 << 20

    static let receivedAt = Timestamp(microseconds: 1_800_000_000_000_000)
    static let salt = Array("a salt of 16 byt".utf8)
    static let newID = EventID(high: 0xA, low: 0xB)

    static func lines(_ name: String) -> [JSONValue] {
        contents(name).split(separator: 0x0A).compactMap { try? JSONValue(parsing: Array($0)) }
    }

    static func contents(_ name: String) -> [UInt8] {
        let path = (directory ?? "") + "/" + name
        return Array(FileManager.default.contents(atPath: path) ?? Data())
    }

    static func rows() -> [Row] {
        var rows: [Row] = []
        for line in lines("manifest.jsonl") {
            guard let id = line["id"]?.string, let file = line["file"]?.string,
                let kind = line["kind"]?.string, let expect = line["expect"]?.string
            else { continue }
            var contentType = ""
            for header in line["headers"]?.array ?? [] {
                guard let pair = header.array, pair.count == 2 else { continue }
                if pair[0].string?.lowercased() == "content-type" {
                    contentType = pair[1].string ?? ""
                }
            }
            rows.append(
                Row(
                    id: id, file: file, kind: kind, encoding: line["encoding"]?.string ?? "",
                    contentType: contentType, expect: expect))
        }
        return rows.filter { ["envelope", "store", "event-json"].contains($0.kind) }
    }

    struct Payload {
        var bytes: [UInt8]
        var facts: EnvelopeFacts
    }

    /// The event payloads of a request; throws where the request is to be refused as a whole.
    static func payloads(_ row: Row) throws -> [Payload] {
        let body = try ContentCoding.decode(
            contents(row.file), encoding: row.encoding, limit: bodyLimit)
        if row.kind == "envelope" { return try payloads(envelope: body) }
        switch StoreBody.classify(body, contentType: row.contentType) {
        case .json: return [Payload(bytes: body, facts: EnvelopeFacts())]
        case .decoded(let json): return [Payload(bytes: json, facts: EnvelopeFacts())]
        case .deflated(let zlib):
            let json = try ContentCoding.decode(zlib, encoding: "deflate", limit: bodyLimit)
            return [Payload(bytes: json, facts: EnvelopeFacts())]
        case .envelope: return try payloads(envelope: body)
        case .invalid: throw IntakeError.notAnObject
        }
    }

    private static func payloads(envelope body: [UInt8]) throws -> [Payload] {
        let envelope = try Envelope(parsing: body)
        let facts = envelope.header.facts
        return envelope.items
            .filter { [.event, .transaction, .feedback].contains($0.kind) }
            .map { Payload(bytes: Array(body[$0.payload]), facts: facts) }
    }

    static func intake(_ payload: Payload, refusesBadID: Bool = false) throws -> IntakeEvent {
        try EventIntake.event(
            payload: payload.bytes.span.bytes, protocol: .sentry, receivedAt: receivedAt,
            envelope: payload.facts, newID: newID, project: 42, salt: salt,
            refusesBadID: refusesBadID)
    }

    static func again(_ data: [UInt8]) throws -> IntakeEvent {
        try EventIntake.fromData(
            data.span.bytes, receivedAt: receivedAt, project: 42, salt: salt)
    }
}
