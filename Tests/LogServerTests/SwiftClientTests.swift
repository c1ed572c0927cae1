import ErrorModel
import FaultlogClient
import FaultlogClientTestSupport
import Foundation
import Logging
import Synchronization
import Testing

/// The Swift library and the real server, over a real connection.
@Suite struct SwiftClientTests {
    struct Declined: Error { var cause: any Error }
    struct NoConnection: Error {}

    private static func reporter(
        _ server: RunningServer, key: String? = nil, time: ManualTime? = nil,
        transport: (any ReportTransport)? = nil
    ) throws -> ErrorReporter {
        var options = ErrorReporter.Options()
        options.variables = ["PROLIFERATE_RELEASE": "1.4.2", "NODE_ENV": "production"]
        options.transport = transport
        options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let dsn = "http://\(key ?? server.key)@127.0.0.1:\(server.port)/1"
        guard let time else { return try ErrorReporter(dsn: dsn, options: options) }
        return try ErrorReporter(dsn: dsn, options: options, time: time.source)
    }

    private static func issues(_ server: RunningServer) async throws -> [JSONValue] {
        let path = "/api/error-issues?sort=events&at_least=\(server.app.log.durableOffset)"
        return try await server.send("GET", path).json["issues"]?.array ?? []
    }

    @Test func `events arrive once, grouped, with all that is known`() async throws {
        try await RunningServer.with { server in
            let reporter = try Self.reporter(server)
            for number in 1...3 {
                await reporter.withScope(traceID: "trace-\(number)") { scope in
                    scope.update { values in
                        values.user = .init(id: "u\(number)")
                        values.account = .init(id: "acme", name: "Acme Corp")
                        values.tags["region"] = "eu"
                    }
                    reporter.addBreadcrumb("GET /cart", category: "http", data: ["status": 200])
                    reporter.capture(
                        error: Declined(cause: NoConnection()), action: .httpError, level: .fatal)
                }
            }
            reporter.capture(message: "another place")
            #expect(await reporter.flush(timeout: .seconds(60)))
            #expect(reporter.statistics == .init(waiting: 0, delivered: 4, dropped: [:]))
            let issues = try await Self.issues(server)
            #expect(issues.map { $0["events"]?.int64 } == [3, 1])
            #expect(issues.map { $0["users"]?.int64 } == [3, 0])
            #expect(issues[0]["accounts"]?.int64 == 1)
            #expect(issues[0]["firstRelease"]?.string == "1.4.2")
            let id = try #require(issues[0]["id"]?.string)
            let issue = try await server.send("GET", "/api/error-issues/\(id)").json
            let event = try #require(issue["latestEvent"])
            #expect(event["type"]?.string == "LogServerTests.SwiftClientTests.Declined")
            #expect(event["action"]?.string == "HTTP_ERROR")
            #expect(event["user"]?["id"]?.string == "u3")
            #expect(event["account"]?["name"]?.string == "Acme Corp")
            #expect(event["traceId"]?.string == "trace-3")
            #expect(event["environment"]?.string == "production")
            let crumb = try #require(event["breadcrumbs"]?.array?.first)
            #expect(
                crumb["message"]?.string == "GET /cart" && crumb["data"]?["status"]?.int64 == 200)
            let causes = event["causes"]?.array ?? []
            #expect(
                causes.map { $0["type"]?.string }
                    == ["LogServerTests.SwiftClientTests.NoConnection"])
            let file = event["frames"]?.array?.first?["file"]?.string
            #expect(file == "LogServerTests/SwiftClientTests.swift")
            #expect(await reporter.shutdown())
        }
    }

    @Test func `a server that stops and starts loses nothing and counts nothing twice`()
        async throws
    {
        let directory = RunningServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let time = ManualTime()
        let kept = Mutex<(reporter: ErrorReporter, port: Int)?>(nil)
        try await RunningServer.with(in: directory) { server in
            let reporter = try Self.reporter(server, time: time)
            reporter.capture(message: "before")
            #expect(await reporter.flush(timeout: .seconds(3600)))
            kept.withLock { $0 = (reporter, server.port) }
        }
        let (reporter, port) = try #require(kept.withLock { $0 })
        for number in 1...250 { reporter.capture(message: "meanwhile \(number)") }
        // Two requests that nobody answers: then there is a wait of two seconds.
        for wait in [1, 2] {
            let now = time.source.now()
            await time.untilSomebodySleeps(to: now + .seconds(wait))
            if wait == 1 { time.advance(by: .seconds(wait)) }
        }
        #expect(reporter.statistics.waiting == 250)
        try await RunningServer.with(in: directory, port: port) { server in
            time.advance(by: .seconds(2))
            #expect(await reporter.flush(timeout: .seconds(3600)))
            #expect(reporter.statistics == .init(waiting: 0, delivered: 251, dropped: [:]))
            let issues = try await Self.issues(server)
            #expect(issues.map { $0["events"]?.int64 } == [250, 1])
        }
    }

    /// Sends for real, and loses the first answers.
    private final class AnswerLoser: ReportTransport {
        struct Lost: Error {}
        private let real = ErrorReporter.standardTransport()
        private let left: Mutex<Int>

        init(_ count: Int) { left = Mutex(count) }

        func send(_ request: TransportRequest) async throws -> TransportAnswer {
            let answer = try await real.send(request)
            let isLost = left.withLock { left in
                left -= 1
                return left >= 0
            }
            if isLost { throw Lost() }
            return answer
        }

        func close() { real.close() }
    }

    @Test func `an answer that is lost makes nothing count twice`() async throws {
        try await RunningServer.with { server in
            let time = ManualTime()
            let reporter = try Self.reporter(server, time: time, transport: AnswerLoser(2))
            for number in 1...5 { reporter.capture(message: "\(number)") }
            for wait in [1, 1, 2] {
                let now = time.source.now()
                await time.untilSomebodySleeps(to: now + .seconds(wait))
                time.advance(by: .seconds(wait))
            }
            #expect(await reporter.flush(timeout: .seconds(3600)))
            #expect(reporter.statistics == .init(waiting: 0, delivered: 5, dropped: [:]))
            #expect(try await Self.issues(server).map { $0["events"]?.int64 } == [5])
            let status = try await server.send("GET", "/api/status").json
            #expect(status["accepted"]?.int64 == 5 && status["duplicate"]?.int64 == 10)
        }
    }

    @Test func `429 is obeyed`() async throws {
        let (time, start) = (ManualTime(), Faultlog.systemClock())
        let clock: @Sendable () -> Int64 = {
            start + time.source.microseconds() - ManualTime.epoch
        }
        try await RunningServer.with(clock: clock) { server in
            let limits = #"{"limits":{"eventsPerSecond":1,"burst":10}}"#
            _ = try await server.send("PATCH", "/api/projects/1", body: limits)
            let reporter = try Self.reporter(server, time: time)
            for _ in 0..<20 { reporter.capture(message: "burst") }
            #expect(await reporter.flush(timeout: .seconds(3600)))
            reporter.capture(message: "too much")
            #expect(await reporter.flush(timeout: .seconds(3600)))
            #expect(reporter.statistics.dropped == [.rateLimited: 1])
            // Ten are owed, and one is wanted: nothing is sent for eleven seconds.
            for number in 0..<3 { reporter.capture(message: "later \(number)") }
            let flush = Task { await reporter.flush(timeout: .seconds(3600)) }
            await time.untilSomebodySleeps(to: .seconds(11))
            let status = try await server.send("GET", "/api/status").json
            #expect(status["dropped"]?["rate_limit"]?.int64 == 1)
            #expect(reporter.statistics.waiting == 3)
            time.advance(by: .seconds(11))
            #expect(await flush.value)
            #expect(
                reporter.statistics
                    == .init(waiting: 0, delivered: 23, dropped: [.rateLimited: 1]))
        }
    }

    @Test func `a wrong key is refused, and losses are told to the server`() async throws {
        try await RunningServer.with { server in
            let stranger = try Self.reporter(server, key: "pk_nobody")
            stranger.capture(message: "m")
            #expect(await stranger.flush(timeout: .seconds(60)))
            #expect(stranger.statistics.dropped == [.refused: 1])
            var options = ErrorReporter.Options()
            options.beforeSend = { $0.message == "secret" ? nil : $0 }
            let reporter = try ErrorReporter(
                dsn: "http://\(server.key)@127.0.0.1:\(server.port)/1", options: options)
            for _ in 0..<7 { reporter.capture(message: "secret") }
            await reporter.shutdown()
            // The report has no answer to wait for but its effect.
            var lost: Int64?
            while lost != 7 {
                let status = try await server.send("GET", "/api/status").json
                lost = status["lostBySDKs"]?["before_send"]?.int64
            }
        }
    }
}
