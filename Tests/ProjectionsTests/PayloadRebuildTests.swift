import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import GRDB
import Testing

@testable import Projections

/// A rebuild from payloads decodes events anew: what their digests said does not matter.
@Suite("Rebuild from payloads")
struct PayloadRebuildTests {
    private static let salt: [UInt8] = Array("salt".utf8)

    @Test("equals the rebuild from right digests, also where the stored ones are wrong")
    func equalsDigests() throws {
        let right = try TemporaryLog(Self.records())
        let wrong = try TemporaryLog(
            Self.records().map { record in
                var record = record
                // As by other rules: everything is one issue of one user.
                record.keys = IndexKeys(issue: 1, user: 1)
                record.digest = EventDigest(
                    type: "Old", value: "", fingerprint: 1,
                    happened: Timestamp(microseconds: 0)
                ).encoded()
                return record
            })
        let wanted = try right.issues(fromPayloads: false)
        #expect(wanted.count == 3)
        #expect(try right.issues(fromPayloads: true) == wanted)
        #expect(try wrong.issues(fromPayloads: false) != wanted)
        #expect(try wrong.issues(fromPayloads: true) == wanted)
    }

    private static func records() throws -> [NewRecord] {
        try (0..<60).map { number in
            let payload = """
                {"timestamp":\(1_000 + number),"release":"r\(number % 4)","user":{"id":"\(number % 7)"},
                "exception":{"values":[{"type":"E\(number % 3)","value":"v \(number)"}]}}
                """
            let bytes = Array(payload.utf8)
            let received = Timestamp(microseconds: 2_000_000_000)
            let event = try EventIntake.event(
                payload: bytes.span.bytes, protocol: .sentry, receivedAt: received,
                envelope: EnvelopeFacts(), newID: EventID(high: 1, low: UInt64(number)),
                project: 1, salt: salt)
            return NewRecord(
                time: received.microseconds,
                type: RecordType(rawValue: RecordKind.eventCaptured.rawValue), project: 1,
                id: RecordID(high: event.id.high, low: event.id.low),
                keys: IndexKeys(issue: event.keys.issue, user: event.keys.user), isUnique: true,
                digest: event.digest,
                line: event.line)
        }
    }

    /// A log in memory.
    private struct TemporaryLog {
        let harness: LogHarness

        init(_ records: [NewRecord]) throws {
            harness = try LogHarness(SimulatedFileStore())
            for start in stride(from: 0, to: records.count, by: 10) {
                _ = try harness.append(Array(records[start..<start + 10])).get()
            }
        }

        func issues(fromPayloads: Bool) throws -> [IssueSummary] {
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent(UUID().uuidString).path
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let store = try ViewStore(
                path: folder + "/view.sqlite", schema: IssuesProjection.schema)
            let reader = harness.core.makeReader()
            let end = harness.core.durableOffset
            if fromPayloads {
                try Rebuild.foldPayloads(
                    IssuesProjection.self, reader: reader, into: store, until: end,
                    salt: { _ in PayloadRebuildTests.salt })
            } else {
                try Rebuild.fold(
                    IssuesProjection.self, reader: reader, into: store, until: end)
            }
            var query = IssueQuery()
            query.sort = .firstSeen
            return try store.query { try query.fetch($0).issues }
        }
    }
}
