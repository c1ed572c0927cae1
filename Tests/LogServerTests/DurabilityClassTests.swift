import ErrorModel
import EventLog
import Foundation
import LogServer
import Synchronization
import Testing

/// A request says what its answer is to stand for, and the answer names it.
@Suite struct DurabilityClassTests {
    /// How a request comes: read from the bytes, or through the pipeline.
    enum Way: CaseIterable { case front, pipeline }

    private static func send(
        _ server: RunningServer, _ path: String, _ body: String, _ way: Way, _ durability: String?,
        key: String? = nil
    ) async throws -> WireAnswer {
        var headers = ["x-sentry-auth": "Sentry sentry_version=7, sentry_key=\(key ?? server.key)"]
        if path == "/api/events" { headers = ["authorization": "Bearer \(key ?? server.key)"] }
        if let durability { headers["X-Faultlog-Durability"] = durability }
        // A head that the fast way does not take.
        if way == .pipeline { headers["te"] = "trailers" }
        return try await server.send("POST", path, headers, body: body)
    }

    @Test(arguments: Way.allCases, Durability.allCases)
    func `each class is taken, named, and kept`(way: Way, durability: Durability) async throws {
        try await RunningServer.with { server in
            let event = #"{"event_id":"00000000000000000000000000000001","message":"m"}"#
            let stored = try await Self.send(
                server, "/api/1/store/", event, way, durability.rawValue)
            #expect(stored.status == 200)
            #expect(stored.headers["x-faultlog-durability"] == durability.rawValue)
            #expect(stored.text == #"{"id":"00000000000000000000000000000001"}"#)
            let batch = try await Self.send(
                server, "/api/events", #"[{"message":"a"},{"message":"b"}]"#, way,
                durability.rawValue)
            #expect(batch.status == 200 && batch.json["accepted"]?.int64 == 2)
            #expect(batch.headers["x-faultlog-durability"] == durability.rawValue)
            #expect(batch.json["durability"]?.string == durability.rawValue)
            #expect((batch.json["offset"]?.int64 == nil) == (durability == .async))
            // The records go the same way, whatever was answered.
            let later = try await server.post(#"{"message":"c"}"#)
            #expect(later.headers["x-faultlog-durability"] == "durable")
            let lines = try await server.send("GET", "/api/log")
            #expect(lines.text.split(separator: "\n").count == 5)
        }
    }

    @Test(arguments: Way.allCases, ["", "Durable", "fsync", "durable,os", "none"])
    func `an unknown class is refused, and nothing is stored`(
        way: Way, name: String
    ) async throws {
        try await RunningServer.with { server in
            let answer = try await Self.send(
                server, "/api/1/store/", #"{"message":"m"}"#, way, name)
            if name.isEmpty, answer.status == 200 { return }
            #expect(answer.status == 400 && answer.detail.contains("durable, os, async"))
            #expect(server.app.log.durableOffset == 1)
            // A stranger is told nothing but that.
            let stranger = try await Self.send(
                server, "/api/1/store/", #"{"message":"m"}"#, way, name, key: "pk_0")
            #expect(stranger.status == 403)
        }
    }

    @Test func `the server's default is used where nothing is said, and shown`() async throws {
        try await RunningServer.with(durability: .os) { server in
            let answer = try await server.post(#"{"message":"c"}"#)
            #expect(answer.headers["x-faultlog-durability"] == "os")
            #expect(answer.json["durability"]?.string == "os")
            let status = try await server.send("GET", "/api/status")
            #expect(status.json["durability"]?.string == "os")
            let strict = try await Self.send(
                server, "/api/events", #"{"message":"d"}"#, .front, "durable")
            #expect(strict.headers["x-faultlog-durability"] == "durable")
        }
    }

    @Test func `what stores nothing names no class`() async throws {
        try await RunningServer.with { server in
            let dropped = try await Self.send(
                server, "/api/1/store/", #"{"type":"transaction","message":"m"}"#, .front, nil)
            #expect(dropped.status == 200)
            #expect(dropped.headers["x-faultlog-durability"] == nil)
            let none = try await Self.send(server, "/api/events", "[{}]", .front, nil)
            #expect(none.status == 400 && none.json["durability"] == .null)
        }
    }

    /// Keeps the queue of a log full until it is told to stop.
    private final class Crowd: Sendable {
        private let log: EventLog
        private let isOver = Atomic<Bool>(false)

        init(_ log: EventLog) { self.log = log }

        func push() {
            if isOver.load(ordering: .relaxed) { return }
            let record = NewRecord(
                time: 1, type: RecordType(rawValue: 200), project: 1, id: .none, isUnique: false,
                digest: [], line: Array("\"a\":1}".utf8))
            log.append(Array(repeating: record, count: 20_000)) { [self] _ in push() }
        }

        func stop() { isOver.store(true, ordering: .relaxed) }
    }

    @Test func `where the queue is full the answer is 503 and says when to try again`()
        async throws
    {
        var options = LogOptions()
        options.queueRecordLimit = 1
        try await RunningServer.with(log: options) { server in
            let crowd = Crowd(server.app.log)
            crowd.push()
            defer { crowd.stop() }
            // Between two batches of the crowd one may slip in.
            for _ in 0..<200 {
                let answer = try await server.post(#"{"message":"m"}"#)
                if answer.status == 200 { continue }
                #expect(answer.status == 503 && answer.headers["retry-after"] == "5")
                #expect(answer.detail.contains("are waiting"), "\(answer.text)")
                return
            }
            Issue.record("the queue was never full")
        }
    }
}
