import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import Testing

@testable import Projections

/// Views of a log with redacted events: from digests and from payloads the same, and they count
/// what they counted before.
@Suite struct RedactedRebuildTests {
    private static let salt: [UInt8] = Array("salt".utf8)

    private static func record(
        _ number: Int, _ random: inout SeededRandom, user: String? = nil
    ) throws -> NewRecord {
        let user = user ?? "user-\(random.below(8))"
        let payload = """
            {"timestamp":\(1_000 + random.below(50)),"release":"r\(random.below(3))",
            "user":{"id":"\(user)","data":{"account":"a\(random.below(3))"}},
            "transaction":"/of/\(user)","tags":{"who":"\(user)"},
            "exception":{"values":[{"type":"E\(random.below(4))","value":"for \(user)"}]}}
            """
        let bytes = Array(payload.utf8)
        let received = Timestamp(microseconds: 2_000_000_000 + Int64(number))
        let event = try EventIntake.event(
            payload: bytes.span.bytes, protocol: .sentry, receivedAt: received,
            envelope: EnvelopeFacts(), newID: EventID(high: 1, low: UInt64(number)), project: 1,
            salt: salt)
        return NewRecord(
            time: received.microseconds,
            type: RecordType(rawValue: RecordKind.eventCaptured.rawValue), project: 1,
            id: RecordID(high: event.id.high, low: event.id.low),
            keys: IndexKeys(
                issue: event.keys.issue, user: event.keys.user, trace: event.keys.trace,
                session: event.keys.session),
            isUnique: true, digest: event.digest, line: event.line)
    }

    private static func issues(
        _ harness: LogHarness, fromPayloads: Bool
    ) throws -> [IssueSummary] {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try ViewStore(path: folder + "/view.sqlite", schema: IssuesProjection.schema)
        let reader = harness.core.makeReader()
        let end = harness.core.durableOffset
        if fromPayloads {
            try Rebuild.foldPayloads(
                IssuesProjection.self, reader: reader, into: store, until: end, salt: { _ in salt })
        } else {
            try Rebuild.fold(IssuesProjection.self, reader: reader, into: store, until: end)
        }
        var query = IssueQuery()
        query.sort = .firstSeen
        return try store.query { try query.fetch($0).issues }
    }

    /// What must not change.
    private static func counts(_ issues: [IssueSummary]) -> [String] {
        issues.map {
            "\($0.type) \($0.events) \($0.users) \($0.accounts) \($0.firstSeen) \($0.lastSeen) "
                + "\($0.environments)"
        }
    }

    @Test(arguments: [false, true])
    func `random histories, people erased and payloads expired in any order`(seals: Bool) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<8 {
            var options = LogOptions()
            options.segmentByteLimit = 32 * 1024
            let harness = try LogHarness(SimulatedFileStore(), options: options)
            var number = 0
            for _ in 0..<40 {
                let records = try (0..<1 + random.below(6)).map { _ in
                    number += 1
                    return try Self.record(number, &random)
                }
                _ = try harness.append(records).get()
            }
            harness.core.rollSegment()
            _ = try harness.append([try Self.record(number + 1, &random, user: "late")]).get()
            if seals { while harness.core.sealOne() == .sealed {} }
            let before = Self.counts(try Self.issues(harness, fromPayloads: false))
            for _ in 0..<4 {
                let user = EventKeys.user("user-\(random.below(8))", salt: Self.salt)
                let standIn = random.next()
                let limit = 2_000_000_000 + Int64(random.below(number))
                let erases = random.below(2) == 0
                for base in harness.core.segmentBases.dropLast() {
                    _ = try harness.core.rewriteSegment(base: base) {
                        (block, index) throws(LogError) in
                        do {
                            return try Self.edit(
                                block, index, user: erases ? user : nil, standIn: standIn,
                                before: limit)
                        } catch {
                            throw LogError(.invalidRecord, "\(error)", help: "Mend the test.")
                        }
                    }
                }
                let digests = try Self.issues(harness, fromPayloads: false)
                #expect(try Self.issues(harness, fromPayloads: true) == digests, "seed \(seed)")
                #expect(Self.counts(digests) == before, "seed \(seed)")
            }
        }
    }

    private static func edit(
        _ block: LogBlock, _ index: Int, user: UInt64?, standIn: UInt64, before: Int64
    ) throws -> RecordEdit? {
        let header = block.header(at: index)
        let bytes = Array(block.section[block.digestRange(at: index)])
        let event: RedactedEvent
        if let user {
            guard header.keys.user == user else { return nil }
            event = .erased(try EventDigestView(bytes), standIn: standIn)
        } else {
            guard header.time < before, !block.isRedacted(at: index) else { return nil }
            event = .expired(
                keys: IntakeKeys(
                    issue: header.keys.issue, user: header.keys.user, trace: header.keys.trace,
                    session: header.keys.session),
                digest: bytes)
        }
        return RecordEdit(
            keys: IndexKeys(
                issue: header.keys.issue, user: event.user, trace: event.trace,
                session: event.session),
            digest: event.digest,
            line: RecordLine.bytes(
                time: Timestamp(microseconds: header.time), kind: .eventCaptured,
                project: header.project,
                id: EventID(high: header.id.high, low: header.id.low), data: event.data))
    }
}
