import ErrorModel
import EventLog
import EventLogTestSupport
import Foundation
import LogServer
import Projections
import Synchronization
import Testing

/// The past over HTTP: what a server on a log that ends there would say, byte for byte.
@Suite struct AsOfTests {
    private static let issueLists = [
        "?limit=100", "?sort=events&order=asc", "?sort=trend", "?query=lastSeen:-2h",
        "?query=release:%3E%3D1.1.0", "?project=shop&user=u1", "?project=shop&account=a1",
        "?query=project:shop%20user:u2", "?status=resolved,regressed", "?limit=2",
        "?environment=production", "?project=late", "?query=project:late",
    ]

    /// All that a past can be asked; each path, with more of the query to come.
    private static func paths(_ issues: [String]) -> [String] {
        issueLists.map { "/api/error-issues\($0)&" }
            + issues.flatMap { id in
                [
                    "/api/error-issues/\(id)?", "/api/error-issues/\(id)/events?limit=3&",
                    "/api/error-issues/\(id)/events?summary=true&release=1.0.0&",
                    "/api/error-issues/\(id)/feedback?",
                ]
            } + ["/api/origins/shop/releases?", "/api/origins/late/releases?environment=staging&"]
    }

    /// A clock that a test moves.
    private final class Hands: Sendable {
        private let time: Mutex<Int64>
        init(_ time: Int64) { self.time = Mutex(time) }
        var now: Int64 { time.withLock { $0 } }
        func move(_ step: Int64) { time.withLock { $0 += step } }
        func set(_ new: Int64) { time.withLock { $0 = new } }
    }

    private static let start: Int64 = 1_800_000_000_000_000

    /// Does something that changes answers; returns when everything that follows from it is done.
    private static func act(_ server: RunningServer, _ random: inout SeededRandom) async throws {
        let issues = try await ids(server)
        let issue = issues.isEmpty ? "" : issues[random.below(issues.count)]
        switch random.below(11) {
        case 0 where !issue.isEmpty:
            let body = ["resolved", "open", "ignored", "muted"][random.below(4)]
            _ = try await server.send(
                "PATCH", "/api/error-issues/\(issue)/status", body: #"{"status":"\#(body)"}"#)
        case 1:
            _ = try await server.send(
                "POST", "/api/origins/shop/releases",
                body: #"{"version":"\#(random.below(3)).\#(random.below(3)).0"}"#)
        case 2:
            let order = random.chance(oneIn: 2) ? "semver" : "time"
            _ = try await server.send(
                "PATCH", "/api/projects/shop", body: #"{"releases":"\#(order)"}"#)
        case 3 where random.chance(oneIn: 3):
            _ = try await server.send("POST", "/api/projects", body: #"{"slug":"late"}"#)
        case 4:
            let session =
                #"{"sid":"\#(hex(&random))","init":true,"status":"exited","errors":\#(random.below(2)),"#
                + #""started":"2027-01-15T08:00:00Z","did":"u\#(random.below(3))","#
                + #""attrs":{"release":"1.\#(random.below(2)).0","environment":"staging"}}"#
            try await envelope(server, "session", session)
        case 5 where !issue.isEmpty:
            let page = try await server.send("GET", "/api/error-issues/\(issue)/events?limit=1")
            let event = page.json["events"]?.array?.first?["id"]?.string ?? ""
            try await envelope(
                server, "user_report",
                #"{"event_id":"\#(event)","name":"n","email":"e@x.org","comments":"c"}"#)
        case 6 where issues.count > 1:
            let other = issues[random.below(issues.count)]
            _ = try await server.send(
                "POST", "/api/error-issues/\(issue)/merge", body: #"{"issues":["\#(other)"]}"#)
        case 7 where !issue.isEmpty:
            _ = try await server.send("POST", "/api/error-issues/\(issue)/unmerge", body: "{}")
        default:
            let release = ["1.0.0", "1.1.0", "2.0.0"][random.below(3)]
            let answer = try await server.post(
                #"{"type":"E\#(random.below(4))","message":"m\#(random.below(100))","#
                    + #""release":"\#(release)","environment":"production","#
                    + #""user":{"id":"u\#(random.below(4))"},"account":{"id":"a\#(random.below(2))"}}"#
            )
            #expect(answer.status == 200, "\(answer.text)")
        }
        try await server.settle()
    }

    private static func hex(_ random: inout SeededRandom) -> String {
        let text = String(random.next(), radix: 16) + String(random.next(), radix: 16)
        return String((text + String(repeating: "0", count: 32)).prefix(32))
    }

    private static func envelope(
        _ server: RunningServer, _ type: String, _ item: String
    ) async throws {
        let answer = try await server.send(
            "POST", "/api/1/envelope/?sentry_key=\(server.key)",
            body: "{}\n{\"type\":\"\(type)\"}\n\(item)\n")
        #expect(answer.status == 200, "\(answer.text)")
    }

    private static func ids(_ server: RunningServer) async throws -> [String] {
        try await server.send("GET", "/api/error-issues?limit=100").json["issues"]?.array?
            .compactMap { $0["id"]?.string } ?? []
    }

    private static func check(
        _ one: WireAnswer, _ other: WireAnswer, _ note: String
    ) {
        #expect(
            one.status == other.status && one.body == other.body,
            "\(note)\n\(one.text)\n\(other.text)")
        #expect(one.headers["x-faultlog-offset"] == other.headers["x-faultlog-offset"], "\(note)")
    }

    @Test func `the feedback of a past is that of the issues of then`() async throws {
        try await RunningServer.with { server in
            let (one, other) = (
                try await server.makeIssue(#"{"type":"A","message":"m"}"#),
                try await server.makeIssue(#"{"type":"B","message":"m"}"#)
            )
            let page = try await server.send("GET", "/api/error-issues/\(one)/events?limit=1")
            let event = page.json["events"]?.array?.first?["id"]?.string ?? ""
            try await Self.envelope(
                server, "user_report", #"{"event_id":"\#(event)","name":"n","comments":"c"}"#)
            _ = try await server.send(
                "POST", "/api/error-issues/\(other)/merge", body: #"{"issues":["\#(one)"]}"#)
            try await server.settle()
            let merged = server.app.log.durableOffset
            _ = try await server.send("POST", "/api/error-issues/\(other)/unmerge", body: "{}")
            try await server.settle()
            func count(_ issue: String, _ query: String = "") async throws -> Int? {
                let path = "/api/error-issues/\(issue)/feedback\(query)"
                return try await server.send("GET", path).json["feedback"]?.array?.count
            }
            #expect(try await count(other) == 0)
            #expect(try await count(one) == 1)
            #expect(try await count(other, "?as_of=\(merged)") == 1)
        }
    }

    @Test(arguments: [
        "as_of=", "as_of=2026-11-20T10:11:12", "as_of=2026-11-20", "as_of=1.5", "as_of=now",
    ])
    func `what names no moment is refused`(_ query: String) async throws {
        try await RunningServer.with { server in
            let answer = try await server.send("GET", "/api/error-issues?\(query)")
            #expect(answer.status == 400)
        }
    }

    @Test func `the past is what it was, and what a log that ends there says`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("as-of seed \(seed)")
        var random = SeededRandom(seed: seed)
        let hands = Hands(Self.start)
        try await RunningServer.with(clock: { hands.now }) { server in
            /// What the present said, when it ended, and what it was.
            var moments: [(offset: UInt64, time: Int64, answers: [(String, WireAnswer)])] = []
            for step in 0..<45 {
                hands.move(Int64(1 + random.below(1_200)) * 1_000_000)
                try await Self.act(server, &random)
                guard step % 15 == 11 else { continue }
                var answers: [(String, WireAnswer)] = []
                for path in Self.paths(try await Self.ids(server)) {
                    answers.append((path, try await server.send("GET", path)))
                }
                let offset = server.app.log.durableOffset
                // The next record comes in the same microsecond: the end of that past.
                moments.append((offset, hands.now, answers))
                try await Self.post(server)
            }
            for moment in moments {
                for (path, answer) in moment.answers {
                    let past = try await server.send("GET", path + "as_of=\(moment.offset)")
                    Self.check(past, answer, "seed \(seed) \(path) \(moment.offset)")
                }
                try await Self.compareWithShortLog(server, moment.offset, moment.time, hands)
            }
            // The present.
            try await server.settle()
            let end = server.app.log.durableOffset
            for path in Self.paths(try await Self.ids(server)) {
                let present = try await server.send("GET", path)
                let past = try await server.send("GET", path + "as_of=\(end)")
                Self.check(past, present, "seed \(seed) \(path) present")
            }
        }
    }

    private static func post(_ server: RunningServer) async throws {
        _ = try await server.post(#"{"type":"Next","message":"m"}"#)
        try await server.settle()
    }

    /// Starts a server on a copy of the log that ends at `end`.
    private static func compareWithShortLog(
        _ server: RunningServer, _ end: UInt64, _ time: Int64, _ hands: Hands
    ) async throws {
        let copy = RunningServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: server.directory + "/salts", toPath: copy + "/salts")
        let log = try EventLog.open(directory: copy)
        let reader = server.app.log.makeReader()
        var next: UInt64 = 0
        while next < end,
            case .block(let block)? = try reader.readBlock(containing: next, payload: true)
        {
            let upper = min(end, block.nextOffset)
            _ = try await log.append(
                (0..<Int(upper - block.baseOffset)).map { try block.copied(at: $0) })
            next = upper
        }
        log.close()
        let paths = Self.paths(try await Self.ids(server))
        let later = hands.now
        defer { hands.set(later) }
        var past: [WireAnswer] = []
        for path in paths { past.append(try await server.send("GET", path + "as_of=\(end)")) }
        hands.set(time)
        let pastAnswers = past
        try await RunningServer.with(in: copy, clock: { hands.now }) { short in
            try await short.settle()
            #expect(short.app.log.durableOffset == end)
            for (path, answer) in zip(paths, pastAnswers) {
                Self.check(answer, try await short.send("GET", path), "short log \(end) \(path)")
            }
        }
    }

    @Test func `a time stands for what was received until then`() async throws {
        let hands = Hands(Self.start)
        try await RunningServer.with(clock: { hands.now }) { server in
            var times: [(text: String, offset: UInt64)] = []
            for _ in 0..<5 {
                hands.move(60_000_000)
                _ = try await server.makeIssue()
                times.append(
                    (Timestamp(microseconds: hands.now).text, server.app.log.durableOffset))
            }
            for (text, offset) in times {
                for zone in [text, text.replacingOccurrences(of: "Z", with: "%2B00:00")] {
                    let answer = try await server.send("GET", "/api/error-issues?as_of=\(zone)")
                    #expect(answer.headers["x-faultlog-offset"] == "\(offset)", "\(zone)")
                }
            }
            let early = try await server.send("GET", "/api/error-issues?as_of=1999-01-01T00:00:00Z")
            #expect(early.headers["x-faultlog-offset"] == "0")
            #expect(early.json["issues"]?.array?.isEmpty == true)
            let nobody = try await server.send("GET", "/api/error-issues?as_of=0&project=shop")
            #expect(nobody.status == 404)
        }
    }

    @Test(arguments: [
        "as_of=99999", "as_of=x", "as_of=-1", "as_of=2999-01-01T00:00:00Z", "as_of=1.5",
        "as_of=1&at_least=0", "as_of=2026-13-01T00:00:00Z", "as_of=99999999999999999999999",
    ])
    func `nonsense and the future are refused`(query: String) async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue()
            for path in [
                "error-issues", "error-issues/\(issue)", "error-issues/\(issue)/events",
                "origins/shop/releases",
            ] {
                let answer = try await server.send("GET", "/api/\(path)?\(query)")
                #expect(answer.status == 400, "\(path) \(answer.text)")
                #expect(!answer.detail.isEmpty)
            }
            let beyond = try await server.send("GET", "/api/error-issues?as_of=99999")
            #expect(
                beyond.json["presentOffset"]?.int64 == Int64(server.app.log.durableOffset))
        }
    }

    @Test func `below the log's beginning the answer names the first offset`() async throws {
        try await RunningServer.with(log: .unsealed()) { server in
            var issue = ""
            for number in 0..<40 {
                issue = try await server.makeIssue(
                    #"{"type":"E","message":"\#(number)","tags":{"t":"\#(UUID().uuidString)"}}"#)
            }
            let early = server.app.log.durableOffset / 4
            #expect(
                try await server.send("GET", "/api/error-issues?as_of=\(early)").status == 200)
            try await server.settle()
            let bytes = server.app.log.status.byteCount
            let dropped = try await server.send(
                "POST", "/api/log/retention", body: #"{"keepBytes":\#(bytes / 2)}"#)
            #expect(dropped.status == 200)
            _ = try await server.makeIssue()
            let gone = try await server.send("GET", "/api/error-issues?as_of=\(early)")
            #expect(gone.status == 410, "\(gone.text)")
            let first = try #require(gone.json["firstOffset"]?.int64)
            for path in ["error-issues/\(issue)", "origins/shop/releases", "error-issues"] {
                let answer = try await server.send("GET", "/api/\(path)?as_of=\(first)")
                #expect(answer.status == 200, "\(path) \(answer.text)")
                let before = try await server.send("GET", "/api/\(path)?as_of=\(first - 1)")
                #expect(before.status == 410, "\(path)")
            }
            let events = try await server.send("GET", "/api/error-issues/\(issue)?as_of=\(first)")
            #expect(events.json["events"]?.int64 ?? 0 >= 40)
        }
    }

    @Test func `an erased person is in no past`() async throws {
        try await RunningServer.with { server in
            let issue = try await server.makeIssue(
                #"{"type":"E","message":"for alice@example.org","user":{"id":"alice"}}"#)
            let end = server.app.log.durableOffset
            _ = try await server.makeIssue()
            let path = "/api/error-issues/\(issue)?as_of=\(end)"
            #expect(try await server.send("GET", path).text.contains("alice"))
            let erased = try await server.send(
                "POST", "/api/log/erase",
                body: #"{"project":"shop","user":"alice","apply":true}"#)
            #expect(erased.json["applied"]?.bool == true, "\(erased.text)")
            let after = try await server.send("GET", path)
            #expect(after.status == 200 && !after.text.contains("alice"), "\(after.text)")
            #expect(after.json["events"]?.int64 == 1)
        }
    }
}

extension LogBlock {
    /// The record at `index` as it was appended.
    fileprivate func copied(at index: Int) throws -> NewRecord {
        let header = header(at: index)
        let payload = try #require(payload)
        return NewRecord(
            time: header.time, type: header.type, project: header.project, id: header.id,
            keys: header.keys, isUnique: isUnique(at: index),
            digest: Array(section[digestRange(at: index)]),
            line: Array(payload[lineRange(at: index)]))
    }
}
