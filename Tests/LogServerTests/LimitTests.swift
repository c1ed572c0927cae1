import ErrorModel
import Logging
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
            #expect(limited.headers["x-sentry-rate-limits"] == "\(seconds)::key:rate_limit")
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
            #expect(counts == [2])
            let lifted = try await server.send("PATCH", path, body: #"{"limits":null}"#)
            #expect(lifted.status == 200)
            #expect(try await server.post(#"{"type":"T"}"#).status == 200)
        }
    }
}
