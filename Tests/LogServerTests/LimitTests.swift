import ErrorModel
import Foundation
import Logging
import Synchronization
import Testing

@testable import LogServer

/// How much a project may send, and what SDKs are told.
@Suite struct LimitTests {
    @Test func `a bucket gives its burst, then its rate, and lets one request go below zero`() {
        var bucket = TokenBucket(rate: 2, burst: 5, time: 0)
        for _ in 0..<5 { #expect(bucket.take(1, at: 0) == nil) }
        #expect(bucket.take(1, at: 0) == 1)
        #expect(bucket.take(1, at: 400_000) == 1)
        #expect(bucket.take(1, at: 500_000) == nil)
        #expect(bucket.take(1, at: 500_000) == 1)
        // Never more than the burst.
        #expect(bucket.take(9, at: 3_600_000_000) == nil)
        // Four are owed: two seconds, and half of one for the next.
        #expect(bucket.take(1, at: 3_600_000_000) == 3)
        #expect(bucket.take(1, at: 3_602_500_000) == nil)
        // A clock that goes back changes nothing.
        #expect(bucket.take(1, at: 0) == 1)
    }

    @Test func `nobody is told to wait for ever`() {
        var bucket = TokenBucket(rate: 1, burst: 1, time: 0)
        #expect(bucket.take(10_000_000, at: 0) == nil)
        #expect(bucket.take(1, at: 0) == Int(TokenBucket.waitLimit))
    }

    private static func envelope(_ items: [String]) -> String {
        "{}\n"
            + items.map { "{\"type\":\"\($0)\"}\n{\"message\":\"m\",\"n\":\"\($0)\"}\n" }.joined()
    }

    @Test func `over the rate events are dropped and counted, other items are not`() async throws {
        try await RunningServer.with { server in
            let path = "/api/projects/1"
            for bad in [#"{"limits":5}"#, #"{"limits":{"burst":0}}"#, #"{"limits":{"burst":"x"}}"#]
            {
                #expect(try await server.send("PATCH", path, body: bad).status == 400)
            }
            // One event an hour, in effect.
            let limits = #"{"limits":{"eventsPerSecond":1,"burst":1}}"#
            let set = try await server.send("PATCH", path, body: limits)
            #expect(set.json["limits"]?["burst"]?.int64 == 1)
            func send(_ items: [String]) async throws -> WireAnswer {
                try await server.send(
                    "POST", "/api/1/envelope/",
                    ["x-sentry-auth": "Sentry sentry_key=\(server.key)"],
                    body: Self.envelope(items))
            }
            let batch = Array(repeating: #"{"type":"T"}"#, count: 3600).joined(separator: "\n")
            #expect(try await server.post(batch).status == 200)
            let limited = try await send(["event", "session"])
            #expect(limited.status == 429 && limited.body.isEmpty)
            let seconds = try #require(limited.headers["retry-after"].flatMap { Int($0) })
            #expect((3000...3600).contains(seconds))
            // Not all categories: SDKs would keep their client reports to themselves, or lose them.
            #expect(
                limited.headers["x-sentry-rate-limits"]
                    == "\(seconds):default;error;event;attachment:project:rate_limit")
            #expect(try await send(["client_report"]).status == 200)
            #expect(try await server.post(#"{"type":"T"}"#).status == 429)
            let status = try await server.send("GET", "/api/status")
            #expect(status.json["dropped"]?["rate_limit"]?.int64 == 2)
            // And in the log, once.
            let recorder = DropRecorder(app: server.app, logger: .init(label: "test"))
            for _ in 0..<2 { _ = await recorder.record(Timestamp(microseconds: 0)) }
            let log = try await server.send("GET", "/api/log?from=0&type=ingest.dropped")
            let lines = log.text.split(separator: "\n").map { try? JSONValue(parsing: String($0)) }
            let drops = lines.flatMap { $0?["data"]?["drops"]?.array ?? [] }
            let counts = drops.filter { $0["reason"]?.string == "rate_limit" }
                .map { $0["count"]?.int64 ?? 0 }
            // In one record, or in two where the server's own recorder came in between.
            #expect(counts.reduce(0, +) == 2)
            let lifted = try await server.send("PATCH", path, body: #"{"limits":null}"#)
            #expect(lifted.status == 200)
            #expect(try await server.post(#"{"type":"T"}"#).status == 200)
        }
    }

    @Test func `of a storm payloads are kept at a rate, of other errors all`() {
        let time = Mutex<Int64>(5_000_000)
        let throttle = SpikeThrottle { time.withLock { $0 } }
        func kept(_ issue: UInt64, _ count: Int) -> Int {
            (0..<count).count { _ in throttle.keepsPayload(issue, rate: 3) }
        }
        #expect(kept(77, 40) == 30)
        #expect(kept(77, 40) == 0)
        #expect(kept(78, 5) == 5)
        time.withLock { $0 += 2_000_000 }
        #expect(kept(77, 40) == 6)
        time.withLock { $0 -= 9_000_000 }
        #expect(kept(77, 40) == 0)
        time.withLock { $0 += 3_600_000_000 }
        #expect(kept(77, 40) == 30)
        // Whatever the storms, what is new is kept.
        for issue in 1...50_000 as ClosedRange<UInt64> { #expect(kept(issue << 20, 2) == 2) }
    }

    @Test func `a quota counts by calendar months`() throws {
        let quota = MonthlyQuota()
        let time = try #require(Timestamp(text: "2026-11-30T23:59:30Z"))
        let next = try #require(Timestamp(text: "2026-12-01T00:00:00Z"))
        quota.begin([7: 4], below: 0, at: time)
        #expect(quota.wait(7, limit: 5, at: time) == nil && quota.wait(7, limit: 4, at: time) == 31)
        #expect(quota.wait(8, limit: 1, at: time) == nil)
        func add(_ count: Int, at time: Timestamp) {
            for _ in 0..<count { quota.add(.init(project: 7, time: time, offset: 1)) }
        }
        add(1, at: time)
        #expect(quota.wait(7, limit: 5, at: time) == 31)
        #expect(quota.wait(7, limit: 5, at: next) == nil)
        add(2, at: next)
        add(9, at: time)
        #expect(quota.wait(7, limit: 3, at: next) == nil)
        #expect(quota.wait(7, limit: 2, at: next) == MonthlyQuota.waitLimit)
    }

    @Test func `what is stored while a first quota begins counts once`() throws {
        let quota = MonthlyQuota()
        let time = try #require(Timestamp(text: "2026-11-30T23:59:30Z"))
        #expect(!quota.isCounting)
        quota.prepare()
        #expect(quota.isCounting)
        for offset in 90..<110 as Range<UInt64> {
            quota.add(.init(project: 7, time: time, offset: offset))
        }
        quota.add(.init(project: 7, time: time, offset: nil))
        // Nobody waits for what nobody knows yet.
        #expect(quota.wait(7, limit: 1, at: time) == nil)
        quota.begin([7: 100], below: 100, at: time)
        #expect(quota.wait(7, limit: 112, at: time) == nil)
        #expect(quota.wait(7, limit: 111, at: time) == 31)
        quota.prepare()
        quota.cancel()
        #expect(!quota.isCounting && quota.wait(7, limit: 1, at: time) == nil)
    }

    @Test func `a storm is counted whole, and its issue says how many are only counted`()
        async throws
    {
        try await RunningServer.with { server in
            let set = try await server.send(
                "PATCH", "/api/projects/1", body: #"{"limits":{"payloadsPerSecond":1}}"#)
            #expect(set.json["limits"]?["payloadsPerSecond"]?.int64 == 1)
            let storm = (0..<60).map { #"{"type":"T","message":"m \#($0)"}"# }
            #expect(try await server.post(storm.joined(separator: "\n")).status == 200)
            let issue = try await server.makeIssue(#"{"type":"T","message":"m 60"}"#)
            #expect(try await server.events(of: issue) == 61)
            let detail = try await server.send("GET", "/api/error-issues/\(issue)")
            let sampled = try #require(detail.json["sampledEvents"]?.int64)
            // Ten at once, and one a second that this took.
            #expect((30...51).contains(sampled))
            #expect(detail.json["latestEvent"]?["redacted"] == nil)
            let events = try await server.send("GET", "/api/error-issues/\(issue)/events?limit=100")
            let list = try #require(events.json["events"]?.array)
            #expect(list.count == 61)
            #expect(list.count { $0["redacted"]?.string == "sampled" } == sampled)
            let usual = try await server.send(
                "PATCH", "/api/projects/1", body: #"{"limits":null}"#)
            #expect(usual.json["limits"]?["payloadsPerSecond"]?.int64 == 100)
        }
    }

    @Test func `a quota holds over a restart and counts what is stored, once`() async throws {
        let directory = RunningServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func event(_ id: Int) -> String {
            #"{"id":"\#(String(repeating: "\(id)", count: 32))","type":"T"}"#
        }
        try await RunningServer.with(in: directory) { server in
            #expect(try await server.post(event(1)).status == 200)
            let set = try await server.send(
                "PATCH", "/api/projects/1", body: #"{"limits":{"eventsPerMonth":3}}"#)
            #expect(set.json["limits"]?["eventsPerMonth"]?.int64 == 3)
            for id in [1, 2, 2, 3] { #expect(try await server.post(event(id)).status == 200) }
            #expect(try await server.post(event(4)).status == 429)
        }
        try await RunningServer.with(in: directory) { server in
            let refused = try await server.post(event(4))
            #expect(refused.status == 429 && refused.body.isEmpty)
            #expect(refused.headers["x-sentry-rate-limits"]?.hasSuffix(":project:quota") == true)
            let status = try await server.send("GET", "/api/status")
            #expect(status.json["dropped"]?["quota"]?.int64 == 1)
            // Rate and quota are set apart.
            let set = try await server.send(
                "PATCH", "/api/projects/1", body: #"{"limits":{"eventsPerSecond":9}}"#)
            #expect(set.json["limits"]?["eventsPerMonth"]?.int64 == 3)
            let lifted = try await server.send(
                "PATCH", "/api/projects/1", body: #"{"limits":{"eventsPerMonth":null}}"#)
            #expect(lifted.status == 200)
            #expect(try await server.post(event(4)).status == 200)
        }
    }

    @Test func `what is dropped takes no payload's place`() async throws {
        try await RunningServer.with { server in
            let limits = #"{"limits":{"payloadsPerSecond":1,"eventsPerMonth":1}}"#
            #expect(
                try await server.send("PATCH", "/api/projects/1", body: limits).status == 200)
            let event = #"{"type":"T","message":"m"}"#
            #expect(try await server.post(event).status == 200)
            let storm = Array(repeating: event, count: 40).joined(separator: "\n")
            #expect(try await server.post(storm).status == 429)
            let lifted = #"{"limits":{"eventsPerMonth":null}}"#
            #expect(
                try await server.send("PATCH", "/api/projects/1", body: lifted).status == 200)
            let issue = try await server.makeIssue(event)
            let detail = try await server.send("GET", "/api/error-issues/\(issue)")
            #expect(detail.json["events"]?.int64 == 2)
            #expect(detail.json["sampledEvents"]?.int64 == 0)
            let status = try await server.send("GET", "/api/status")
            #expect(status.json["dropped"]?["quota"]?.int64 == 40)
        }
    }
}
