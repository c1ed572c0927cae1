import ErrorModel
import FaultlogClientTestSupport
import Testing

@testable import FaultlogClient

/// The background task, with servers that are out of order.
struct SenderTests {
    @Test func `events are sent after the interval, in one request`() async throws {
        let (transport, time) = (ScriptedTransport(), ManualTime())
        let reporter = try ErrorReporter.scripted(transport, time: time)
        reporter.capture(message: "1")
        await time.untilSomebodySleeps(to: .seconds(1))
        reporter.capture(message: "2")
        #expect(transport.requests.isEmpty)
        time.advance(by: .seconds(1))
        await transport.untilRequests(1)
        #expect(transport.events.map(\.value) == ["1", "2"])
        #expect(transport.requests.first?.headers["content-type"] == "application/x-ndjson")
        #expect(await reporter.flush() && transport.requests.count == 1)
    }

    @Test func `a full batch is sent at once`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        for number in 0..<100 { reporter.capture(message: "\(number)") }
        await transport.untilRequests(1)
        #expect(transport.events.count == 100)
    }

    @Test func `failures are tried again, byte for byte, ever later, and told once`() async throws {
        let (time, lines) = (ManualTime(), LogLines())
        let transport = ScriptedTransport([.fail, .answer(.init(status: 502)), .fail])
        let reporter = try ErrorReporter.scripted(transport, time: time) {
            $0.logger = lines.logger
        }
        let id = reporter.capture(message: "m")
        var passed = Duration.zero
        for wait in [1, 1, 2, 4] {
            passed += .seconds(wait)
            await time.untilSomebodySleeps(to: passed)
            time.advance(by: .seconds(wait))
        }
        await transport.untilRequests(4)
        #expect(await reporter.flush())
        #expect(Set(transport.requests.map(\.body)).count == 1 && transport.requests.count == 4)
        #expect(transport.events.map { $0.id?.text } == [id, id, id, id])
        #expect(reporter.statistics == .init(waiting: 0, delivered: 1, dropped: [:]))
        #expect(lines.texts.count == 1 && lines.texts[0].contains("localhost:7400"))
    }

    @Test func `a request without an answer is given up`() async throws {
        let (transport, time) = (ScriptedTransport([.hang]), ManualTime())
        let reporter = try ErrorReporter.scripted(transport, time: time)
        reporter.capture(message: "m")
        await time.untilSomebodySleeps(to: .seconds(1))
        time.advance(by: .seconds(1))
        await transport.untilRequests(1)
        await time.untilSomebodySleeps(to: .seconds(1) + Sender.requestDeadline)
        time.advance(by: Sender.requestDeadline)
        await time.untilSomebodySleeps(to: .seconds(2) + Sender.requestDeadline)
        time.advance(by: .seconds(1))
        await transport.untilRequests(2)
        #expect(await reporter.flush() && reporter.statistics.delivered == 1)
    }

    @Test func `503 and its Retry-After are obeyed`() async throws {
        let time = ManualTime()
        let transport = ScriptedTransport([
            .answer(.init(status: 503, headers: ["retry-after": "20"]))
        ])
        let reporter = try ErrorReporter.scripted(transport, time: time)
        reporter.capture(message: "m")
        let flush = Task { await reporter.flush(timeout: .seconds(3600)) }
        await time.untilSomebodySleeps(to: .seconds(20))
        #expect(transport.requests.count == 1)
        time.advance(by: .seconds(20))
        #expect(await flush.value)
        #expect(transport.requests.count == 2 && reporter.statistics.delivered == 1)
    }

    @Test func `a flush has its time, and cancellation ends it`() async throws {
        let (transport, time) = (ScriptedTransport([.hang]), ManualTime())
        let reporter = try ErrorReporter.scripted(transport, time: time)
        reporter.capture(message: "m")
        let flush = Task { await reporter.flush(timeout: .seconds(3)) }
        await time.untilSomebodySleeps(to: .seconds(3))
        time.advance(by: .seconds(3))
        #expect(await !flush.value)
        let other = Task { await reporter.flush(timeout: .seconds(3600)) }
        await time.untilSomebodySleeps(to: .seconds(3603))
        other.cancel()
        #expect(await !other.value)
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await reporter.flush(timeout: .seconds(3600))
        }
        #expect(await !late.value)
        #expect(reporter.statistics.waiting == 1)
    }

    @Test func `a wrong key drops, tells once, and is not asked again soon`() async throws {
        let (time, lines) = (ManualTime(), LogLines())
        let no = ScriptedTransport.Step.answer(.init(status: 403))
        let transport = ScriptedTransport([no, no])
        let reporter = try ErrorReporter.scripted(transport, time: time) {
            $0.logger = lines.logger
        }
        reporter.capture(message: "1")
        #expect(await reporter.flush())
        #expect(reporter.statistics.dropped == [.refused: 1])
        reporter.capture(message: "2")
        await time.untilSomebodySleeps(to: .seconds(60))
        #expect(transport.requests.count == 1)
        time.advance(by: .seconds(60))
        #expect(await reporter.flush())
        #expect(reporter.statistics.dropped == [.refused: 2])
        #expect(lines.texts.count == 1 && lines.texts[0].contains("look at the key"))
    }

    @Test func `a storm without a server is bounded, counted and reported`() async throws {
        let (time, lines) = (ManualTime(), LogLines())
        let transport = ScriptedTransport([.fail])
        var limits = DeliveryLimits()
        limits.queuedEvents = 50
        limits.batchEvents = 50
        let reporter = try ErrorReporter.scripted(transport, time: time, limits: limits) {
            $0.logger = lines.logger
        }
        for number in 0..<50 { reporter.capture(message: "\(number)") }
        await transport.untilRequests(1)
        var described = 0
        for _ in 0..<1000 { reporter.capture(message: "more") { _ in described += 1 } }
        // What is dropped costs nothing.
        #expect(described == 0)
        #expect(reporter.statistics.dropped == [.queueFull: 1000])
        // The failure is told once it is dealt with.
        await lines.untilLines(2)
        await time.untilSomebodySleeps(to: .seconds(1))
        time.advance(by: .seconds(1))
        #expect(await reporter.flush())
        await transport.untilRequests(3)
        #expect(transport.events.count == 100)
        let report = String(decoding: transport.requests[2].body, as: UTF8.self)
        #expect(transport.requests[2].url == "http://localhost:7400/api/1/envelope/")
        #expect(report.contains(#""reason":"queue_overflow","category":"error","quantity":1000"#))
        #expect(lines.texts.count == 2)
    }

    @Test func `a flush behind a shutdown that lost events does not call them settled`()
        async throws
    {
        let (transport, time) = (ScriptedTransport([.fail, .fail]), ManualTime())
        let reporter = try ErrorReporter.scripted(transport, time: time)
        reporter.capture(message: "m")
        let shutdown = Task { await reporter.shutdown(timeout: .seconds(0.5)) }
        await transport.untilRequests(1)
        await time.untilSomebodySleeps(to: .seconds(0.5))
        time.advance(by: .seconds(0.5))
        #expect(await !shutdown.value)
        await transport.untilClosed()
        #expect(reporter.statistics.dropped == [.shutdown: 1])
        #expect(await !reporter.flush())
    }

    @Test func `counts of losses that the server does not take are told once, and cost no event`()
        async throws
    {
        let (time, lines) = (ManualTime(), LogLines())
        let transport = ScriptedTransport([.answer(.init(status: 403))])
        let reporter = try ErrorReporter.scripted(transport, time: time) {
            $0.logger = lines.logger
            $0.beforeSend = { $0.message == "no" ? nil : $0 }
        }
        reporter.capture(message: "no")
        await transport.untilRequests(1)
        await lines.untilLines(1)
        reporter.capture(message: "yes")
        #expect(await reporter.flush())
        #expect(reporter.statistics == .init(waiting: 0, delivered: 1, dropped: [.beforeSend: 1]))
        #expect(lines.texts.count == 1 && lines.texts[0].contains("look at the project"))
    }

    @Test func `captures from many threads are all counted`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport) { $0.queuedEventLimit = 100_000 }
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for number in 0..<100 { reporter.capture(message: "\(number)") }
                }
            }
        }
        #expect(await reporter.flush())
        #expect(reporter.statistics == .init(waiting: 0, delivered: 800, dropped: [:]))
        #expect(Set(transport.events.map { $0.id?.text }).count == 800)
    }
}
