import ErrorModel
import EventLog
import FaultlogClient
import FaultlogClientTestSupport
import Foundation
import LogServer
import Logging
import Synchronization
import Testing

/// The Swift library and the real server, over a real connection.
@Suite(.timeLimit(.minutes(10))) struct SwiftClientTests {
    struct Declined: Error { var cause: any Error }
    struct NoConnection: Error {}

    private static func reporter(
        _ server: RunningServer, key: String? = nil, time: ManualTime? = nil,
        transport: (any ReportTransport)? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) throws -> ErrorReporter {
        var options = ErrorReporter.Options()
        options.variables = ["PROLIFERATE_RELEASE": "1.4.2", "NODE_ENV": "production"]
        options.transport = transport ?? ErrorReporter.patientTransport()
        options.logger = logger
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
                reporter.withScope(traceID: "trace-\(number)") { scope in
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
        let (time, heard) = (ManualTime(), AsyncStream.makeStream(of: String.self))
        let kept = Mutex<(reporter: ErrorReporter, port: Int)?>(nil)
        try await RunningServer.with(in: directory) { server in
            let logger = Logger(label: "test") { _ in Hearing(heard: heard.continuation) }
            let reporter = try Self.reporter(server, time: time, logger: logger)
            reporter.capture(message: "before")
            #expect(await reporter.flush(timeout: .seconds(3600)))
            kept.withLock { $0 = (reporter, server.port) }
        }
        let (reporter, port) = try #require(kept.withLock { $0 })
        for number in 1...250 { reporter.capture(message: "meanwhile \(number)") }
        // What it says when nobody has answered.
        var sentences = heard.stream.makeAsyncIterator()
        #expect(await sentences.next()?.contains("takes no events") == true)
        #expect(reporter.statistics.waiting == 250)
        try await RunningServer.with(in: directory, port: port) { server in
            let now = time.source.now()
            await time.untilSomebodySleeps(to: now + .seconds(1))
            time.advance(by: .seconds(1))
            #expect(await reporter.flush(timeout: .seconds(3600)))
            #expect(reporter.statistics == .init(waiting: 0, delivered: 251, dropped: [:]))
            let issues = try await Self.issues(server)
            #expect(issues.map { $0["events"]?.int64 } == [251])
        }
    }

    /// Hands on what is logged.
    private struct Hearing: LogHandler {
        let heard: AsyncStream<String>.Continuation
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { heard.yield("\(event.message)") }
    }

    /// Sends for real, remembers the answers, and loses the first of them.
    private final class Tap: ReportTransport {
        struct Lost: Error {}

        private struct State {
            var left: Int
            var answers: [TransportAnswer] = []
            var watcher: (count: Int, continuation: CheckedContinuation<Void, Never>)?
        }

        private let real = ErrorReporter.patientTransport()
        private let state: Mutex<State>

        init(losing count: Int = 0) { state = Mutex(State(left: count)) }

        var answers: [TransportAnswer] { state.withLock { $0.answers } }

        func send(_ request: TransportRequest) async throws -> TransportAnswer {
            let answer = try await real.send(request)
            let (isLost, watcher) = state.withLock { state in
                state.left -= 1
                state.answers.append(answer)
                let watcher = state.watcher.flatMap {
                    $0.count <= state.answers.count ? $0.continuation : nil
                }
                if watcher != nil { state.watcher = nil }
                return (state.left >= 0, watcher)
            }
            watcher?.resume()
            if isLost { throw Lost() }
            return answer
        }

        func untilAnswers(_ count: Int) async {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.answers.count >= count { return true }
                    state.watcher = (count, continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        }

        func close() { real.close() }
    }

    @Test func `an answer that is lost makes nothing count twice`() async throws {
        try await RunningServer.with { server in
            let time = ManualTime()
            let reporter = try Self.reporter(server, time: time, transport: Tap(losing: 2))
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
        try await RunningServer.with { server in
            func limit(_ limits: String) async throws {
                let body = "{\"limits\":\(limits)}"
                let answer = try await server.send("PATCH", "/api/projects/1", body: body)
                #expect(answer.status == 200)
            }
            try await limit(#"{"eventsPerSecond":1,"burst":1}"#)
            let (time, tap) = (ManualTime(), Tap())
            let reporter = try Self.reporter(server, time: time, transport: tap)
            // One request may go below zero.
            for _ in 0..<100 { reporter.capture(message: "burst") }
            #expect(await reporter.flush(timeout: .seconds(3600)))
            reporter.capture(message: "too much")
            #expect(await reporter.flush(timeout: .seconds(3600)))
            #expect(tap.answers.map(\.status) == [200, 429])
            #expect(reporter.statistics.dropped == [.rateLimited: 1])
            let seconds = try #require(tap.answers[1].headers["retry-after"].flatMap { Int($0) })
            #expect((30...100).contains(seconds))
            // Even when somebody wants it sent, and though the limit is gone.
            try await limit("null")
            for number in 0..<3 { reporter.capture(message: "later \(number)") }
            let flush = Task { await reporter.flush(timeout: .seconds(3600)) }
            await time.untilSomebodySleeps(to: .seconds(3600))
            await time.untilSomebodySleeps(to: .seconds(seconds))
            #expect(reporter.statistics.waiting == 3 && tap.answers.count == 2)
            time.advance(by: .seconds(seconds))
            #expect(await flush.value)
            #expect(
                reporter.statistics
                    == .init(waiting: 0, delivered: 103, dropped: [.rateLimited: 1]))
            let status = try await server.send("GET", "/api/status").json
            #expect(status["dropped"]?["rate_limit"]?.int64 == 1)
            #expect(status["accepted"]?.int64 == 103)
        }
    }

    @Test func `a wrong key is refused, and losses are told to the server`() async throws {
        try await RunningServer.with { server in
            let stranger = try Self.reporter(server, key: "pk_nobody")
            stranger.capture(message: "m")
            #expect(await stranger.flush(timeout: .seconds(60)))
            #expect(stranger.statistics.dropped == [.refused: 1])
            let tap = Tap()
            var options = ErrorReporter.Options()
            options.transport = tap
            options.beforeSend = { $0.message == "secret" ? nil : $0 }
            let reporter = try ErrorReporter(
                dsn: "http://\(server.key)@127.0.0.1:\(server.port)/1", options: options)
            reporter.capture(message: "secret")
            await tap.untilAnswers(1)
            let reports = "/api/projects/1/client-reports"
            let losses = try await server.send(
                "GET", "\(reports)?at_least=\(server.app.log.durableOffset)"
            ).json["clientReports"]?.array
            #expect(losses?.map { $0["reason"]?.string } == ["before_send"])
            #expect(losses?.map { $0["quantity"]?.int64 } == [1])
        }
    }
}
