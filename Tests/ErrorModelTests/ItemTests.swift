import ErrorModel
import Testing

struct ItemTests {
    private static let salt = Array("salt".utf8)
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    // MARK: client reports

    @Test func `losses of an envelope are added up, and what is no report is none`() {
        var tally = LossTally()
        let report = """
            {"timestamp":1,"discarded_events":[
            {"reason":"send_error","category":"error","quantity":2},
            {"reason":"send_error","category":"error","quantity":3},
            {"reason":"a b","category":7,"quantity":1},
            {"reason":"x","category":"error","quantity":-1},{"reason":"x"},5]}
            """
        let isTaken = tally.add(Array(report.utf8).span.bytes)
        #expect(isTaken)
        for text in ["[]", "7", "{", ""] {
            let isTaken = tally.add(Array(text.utf8).span.bytes)
            #expect(!isTaken)
        }
        #expect(
            tally.record?.losses == [
                .init(reason: "send_error", category: "error", quantity: 5),
                .init(reason: "other", category: "other", quantity: 1),
            ])
        #expect(LossTally().record == nil)
    }

    // MARK: sessions

    private static func session(
        _ status: String, isNew: Bool = false, errors: Int = 0, user: String? = "u",
        started: String = "2027-01-15T07:59:59Z", seq: Int = 0
    ) -> [UInt8] {
        let did = user.map { "\"did\":\"\($0)\"," } ?? ""
        return Array(
            """
            {"sid":"c81d4e2e-bcf2-11e6-869b-7df92533d2db",\(did)"init":\(isNew),\
            "started":"\(started)","status":"\(status)","seq":\(seq),"errors":\(errors),\
            "attrs":{"release":"1.0","environment":"debug"}}
            """.utf8)
    }

    private static func tally(_ sessions: [[UInt8]]) -> SessionTally {
        var tally = SessionTally(salt: salt, receivedAt: now)
        for session in sessions { _ = tally.add(session: session.span.bytes) }
        return tally
    }

    @Test func `reports about a session are what each adds`() throws {
        let tally = Self.tally([
            Self.session("ok", isNew: true), Self.session("ok", errors: 1, seq: 1),
            Self.session("crashed", errors: 2, seq: 2),
        ])
        let records = tally.records.map(\.record)
        #expect(records.count == 3)
        #expect(records.allSatisfy { $0.user == EventKeys.user("u", salt: Self.salt) })
        let groups = records.flatMap(\.groups)
        func sum(_ member: (SessionsReported.Group) -> UInt64) -> UInt64 {
            groups.map(member).reduce(0, +)
        }
        #expect([sum(\.sessions), sum(\.crashed), sum(\.abnormal)] == [1, 1, 0])
        #expect(Set(groups.flatMap(\.erroredSessions)).count == 1)
        #expect(groups.allSatisfy { $0.started.text.hasSuffix("07:59:00.000Z") })
        #expect(groups.allSatisfy { $0.environment == "debug" })
    }

    @Test func `a report that comes again is known beside others, and twice in one envelope`() {
        let first = Self.session("ok", isNew: true)
        let other = Self.session("crashed", seq: 7)
        let alone = Self.tally([first]).records.map(\.id)
        let both = Self.tally([first, other, first]).records.map(\.id)
        #expect(alone.count == 1 && both.count == 2 && both.first == alone.first)
        #expect(both.last == Self.tally([other]).records.first?.id)
    }

    @Test func `the id tells a report that comes again from one that goes on`() {
        let first = Self.tally([Self.session("ok", isNew: true)]).records.map(\.id)
        let again = Self.tally([Self.session("ok", isNew: true)]).records.map(\.id)
        let next = Self.tally([Self.session("exited", seq: 1)]).records.map(\.id)
        #expect(first == again)
        #expect(first != next)
        #expect(first.first != nil)
    }

    @Test func `a session that goes on, of nobody, is no record`() {
        let tally = Self.tally([Self.session("exited", user: nil)])
        #expect(tally.records.isEmpty)
    }

    @Test(arguments: ["2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "nonsense"])
    func `a beginning that cannot be is now`(started: String) {
        let tally = Self.tally([Self.session("ok", isNew: true, started: started)])
        #expect(tally.records.first?.record.groups.first?.started == Self.now)
    }

    @Test func `sums of a server are kept by person`() {
        let text = """
            {"attrs":{"release":"1.0","environment":"staging"},"aggregates":[
            {"started":"2027-01-15T07:00:00Z","did":"a","exited":3,"crashed":1},
            {"started":"2027-01-15T07:00:00Z","did":"b","errored":2,"abnormal":1},
            {"started":"2027-01-15T07:01:00Z","did":"a","exited":-4},{"exited":"x"},9]}
            """
        var tally = SessionTally(salt: Self.salt, receivedAt: Self.now)
        let outcome = tally.add(aggregates: Array(text.utf8).span.bytes)
        #expect(outcome == .taken)
        let records = tally.records
        #expect(records.map(\.id) == [nil, nil])
        #expect(records.map(\.record.groups.count) == [1, 1])
        #expect(records[0].record.groups[0].sessions == 4)
        #expect(records[0].record.groups[0].errored == 1)
        #expect(records[1].record.groups[0].sessions == 3)
        #expect(records[1].record.groups[0].errored == 3)
    }

    @Test func `what is no session is told apart from one without a release`() {
        var tally = SessionTally(salt: Self.salt, receivedAt: Self.now)
        for text in ["[]", "{}", "{", #"{"sid":7}"#] {
            let outcome = tally.add(session: Array(text.utf8).span.bytes)
            #expect(outcome == .invalid)
        }
        let noRelease = tally.add(session: Array(#"{"sid":"a","init":true}"#.utf8).span.bytes)
        #expect(noRelease == .withoutRelease)
        let noSums = tally.add(aggregates: Array("{}".utf8).span.bytes)
        #expect(noSums == .invalid)
        #expect(tally.records.isEmpty)
    }

    @Test func `many sessions fit into digests`() {
        var tally = SessionTally(salt: Self.salt, receivedAt: Self.now)
        for number in 0..<2_000 {
            let text = """
                {"sid":"s\(number)","init":true,"errors":1,\
                "attrs":{"release":"r\(number % 100)"}}
                """
            _ = tally.add(session: Array(text.utf8).span.bytes)
        }
        let records = tally.records
        #expect(records.count > 1)
        #expect(records.allSatisfy { $0.record.digest.count < 16 << 10 })
        #expect(Set(records.map(\.id)).count == records.count)
        let sessions = records.flatMap(\.record.groups).map(\.sessions).reduce(0, +)
        #expect(sessions == 2_000)
        #expect(Set(records.flatMap(\.record.groups).flatMap(\.erroredSessions)).count == 2_000)
    }

    // MARK: feedback

    private static func userReport(
        _ text: String, _ event: EventID?
    ) -> (id: EventID, record: FeedbackReceived)? {
        FeedbackItem.userReport(
            Array(text.utf8).span.bytes, envelopeID: event, salt: salt)
    }

    private static func feedback(
        _ text: String, _ envelopeID: EventID?
    ) -> (id: EventID, record: FeedbackReceived)? {
        FeedbackItem.feedback(
            Array(text.utf8).span.bytes, envelopeID: envelopeID, newID: EventID(high: 9, low: 9),
            salt: salt)
    }

    @Test func `feedback in each of its shapes`() throws {
        let event = EventID(high: 1, low: 2)
        let report = try #require(
            Self.userReport(
                #"{"name":"B","email":"b@example.org","comments":"it broke"}"#, event))
        #expect(report.record.event == event)
        #expect(report.record.message == "it broke")
        #expect(report.record.user == EventKeys.user("b@example.org", salt: Self.salt))
        let text = """
            {"event_id":"\(event.text)","user":{"id":7},"contexts":{"feedback":{"message":"m",\
            "contact_email":"b@example.org","associated_event_id":"\(event.text)","url":4}}}
            """
        let feedback = try #require(Self.feedback(text, nil))
        #expect(feedback.id == event)
        #expect(feedback.record.event == event)
        #expect(feedback.record.user == EventKeys.user("7", salt: Self.salt))
        #expect(feedback.record.url == nil)
        for text in ["{}", "[]", "{", #"{"contexts":{"feedback":1}}"#] {
            #expect(Self.userReport(text, event) == nil)
            #expect(Self.feedback(text, event) == nil)
        }
    }

    // MARK: logs

    @Test func `lines are kept by trace and person, the bad ones counted`() throws {
        var tally = LogTally(salt: Self.salt, receivedAt: Self.now)
        let long = String(repeating: "x", count: ItemLimits.logLine)
        let text = """
            {"items":[
            {"timestamp":1795211924.5,"trace_id":"t1","level":"info","body":"one",
             "attributes":{"rows":{"value":17,"type":"integer"}}},
            {"trace_id":"t2","body":"two"},
            {"trace_id":"t1","body":"three","attributes":{"user.id":{"value":"u"}}},
            {"body":"\(long)"},{"level":"info"},5]}
            """
        let found = tally.add(Array(text.utf8).span.bytes)
        let outcome = try #require(found)
        #expect([outcome.taken, outcome.invalid, outcome.tooLarge] == [3, 2, 1])
        let records = tally.records
        #expect(records.map(\.trace) == ["t1", "t2", "t1"])
        #expect(records[0].lines[0].attributes == #"{"rows":17}"#)
        #expect(records[1].lines[0].timestamp == Self.now)
        #expect(records[2].user == EventKeys.user("u", salt: Self.salt))
        #expect(records[0].keys.trace == EventKeys.trace("T1"))
        let none = tally.add(Array("{}".utf8).span.bytes)
        #expect(none == nil)
    }

    // MARK: records

    private static var records: [any ItemRecord] {
        var feedback = FeedbackReceived(event: EventID(high: 1, low: 2), user: 3)
        feedback.message = "it \"broke\"\n"
        feedback.timestamp = now
        let blob = BlobReference(hash: BlobHash(of: [1, 2, 3]), byteCount: 3)
        return [
            ClientReported(losses: [.init(reason: "r", category: "c", quantity: 2)]),
            SessionsReported(
                user: 5,
                groups: [
                    .init(
                        release: "1.0", environment: "e", started: now, sessions: 1,
                        erroredSessions: [8], crashed: 1)
                ]),
            feedback,
            LogsCaptured(
                trace: "t", user: 5,
                lines: [
                    .init(timestamp: now, level: "info", message: "m", attributes: "{\"a\":1}")
                ]),
            AttachmentKept(
                event: EventID(high: 1, low: 2), user: 5, blob: blob, fileName: "a.txt",
                contentType: "text/plain", role: nil),
            ReplayDescribed(
                replay: EventID(high: 1, low: 2), segment: 1, user: 5, payload: "{\"a\":1}"),
            ReplayRecorded(
                replay: EventID(high: 1, low: 2), segment: 1, user: 5, blob: blob),
        ]
    }

    @Test func `a record is read back from its data, with the same keys and digest`() throws {
        for record in Self.records {
            let kind = type(of: record).kind
            let again = try #require(try ItemRecords.read(kind, record.bytes))
            #expect(again.bytes == record.bytes)
            #expect(again.keys == record.keys)
            #expect(again.digest == record.digest)
            #expect(!again.isRedacted)
            let erased = record.erased(standIn: 77)
            let read = try #require(try ItemRecords.read(kind, erased.bytes))
            #expect(read.bytes == erased.bytes)
            #expect(read.isRedacted == (record.keys.user != 0))
            #expect(read.keys.user == (record.keys.user == 0 ? 0 : 77))
        }
    }

    @Test func `what is too old keeps whose it was, and nothing of its content`() throws {
        for record in Self.records {
            let kind = type(of: record).kind
            guard let expired = record.expired else {
                #expect(kind == .clientReported || kind == .sessionsReported)
                continue
            }
            let read = try #require(try ItemRecords.read(kind, expired.bytes))
            #expect(read.bytes == expired.bytes && read.redaction == .expired)
            #expect(read.keys.user == record.keys.user)
            let text = String(decoding: expired.bytes, as: UTF8.self)
            for part in ["broke", "message", "a.txt", "blob", "payload"] {
                #expect(!text.contains(part), "\(kind)")
            }
            // A person can be erased from it still.
            let erased = try #require(
                try ItemRecords.read(kind, read.erased(standIn: 77).bytes))
            #expect(erased.redaction == .erased && erased.keys.user == 77)
        }
        let unknown = Array(#"{"redacted":"of a later version","lines":[]}"#.utf8)
        #expect(throws: (any Error).self) { try ItemRecords.read(.logsCaptured, unknown) }
    }

    @Test func `data of another shape is none`() {
        for record in Self.records {
            let kind = type(of: record).kind
            for text in ["[]", "7", "{", #"{"user":"x"}"#] where kind != .feedbackReceived {
                #expect(throws: (any Error).self) {
                    try ItemRecords.read(kind, Array(text.utf8))
                }
            }
        }
    }
}
