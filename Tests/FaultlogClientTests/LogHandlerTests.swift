import ErrorModel
import Logging
import Testing

@testable import FaultlogClient

/// Log records become events and breadcrumbs.
struct LogHandlerTests {
    struct Failure: Error {}
    struct Told: Error, CustomStringConvertible {
        var description: String { "told" }
    }

    private static func logger(
        _ reporter: ErrorReporter, label: String = "shop.pay",
        provider: Logger.MetadataProvider? = nil
    ) -> Logger {
        Logger(label: label) { label in
            MultiplexLogHandler([
                SwiftLogNoOpLogHandler(),
                FaultlogLogHandler(label: label, reporter: reporter, metadataProvider: provider),
            ])
        }
    }

    @Test func `errors become events with what was logged before`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        var logger = Self.logger(reporter)
        logger[metadataKey: "request"] = "r1"
        logger.debug("not seen")
        logger.info("loaded", metadata: ["rows": "\(7)"])
        logger.warning("slow")
        let line: Int64 = #line + 1
        logger.error("could not charge", metadata: ["trace_id": "t9", "list": ["a", "b"]])
        logger.critical("no database", error: Failure())
        logger.error("odd", metadata: ["error": .stringConvertible(Told())])
        #expect(await reporter.flush())
        let events = transport.events
        #expect(
            events.map(\.type) == [
                "shop.pay", "FaultlogClientTests.LogHandlerTests.Failure",
                "FaultlogClientTests.LogHandlerTests.Told",
            ])
        let first = try #require(events.first)
        #expect(first.value == "could not charge" && first.level == .error)
        #expect(first.breadcrumbs.map(\.message) == ["loaded", "slow"])
        #expect(first.breadcrumbs.map(\.category) == ["shop.pay", "shop.pay"])
        #expect(first.breadcrumbs.map(\.level) == ["info", "warning"])
        #expect(first.breadcrumbs.first?.data?["rows"]?.string == "7")
        #expect(first.tags.map(\.key) == ["logger", "request", "trace_id"])
        #expect(first.extra?["metadata"]?["list"]?.array?.count == 2 && first.traceID == "t9")
        #expect(first.frames.map(\.file) == ["FaultlogClientTests/LogHandlerTests.swift"])
        #expect(first.frames.first?.line == line)
        #expect(events[1].level == .fatal)
        #expect(events[1].extra?["logMessage"]?.string == "no database")
        #expect(events[2].value == "told")
    }

    @Test func `metadata of provider, logger and record, the later ones win`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        let provider = Logger.MetadataProvider { ["b": "provider", "c": "provider"] }
        var logger = Self.logger(reporter, provider: provider)
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "b"] = "logger"
        logger.error("m", metadata: ["c": "record"])
        #expect(await reporter.flush())
        let tags = try #require(transport.events.first).tags
        #expect(
            tags.map { "\($0.key)=\($0.value)" } == [
                "a=logger", "b=provider", "c=record", "logger=shop.pay",
            ])
    }

    @Test func `it does not feed on itself`() async throws {
        let transport = ScriptedTransport()
        let reporter = try ErrorReporter.scripted(transport)
        Self.logger(reporter, label: ErrorReporter.loggerLabel).error("own")
        let logger = Self.logger(reporter)
        // Logged while an event is made.
        reporter.capture(message: "m") { _ in logger.error("within") }
        #expect(await reporter.flush())
        #expect(transport.events.map(\.value) == ["m"])
        #expect(reporter.statistics.dropped.isEmpty)
    }

    @Test func `levels and metadata are values`() throws {
        let reporter = try ErrorReporter.scripted(ScriptedTransport())
        var first = FaultlogLogHandler(label: "a", reporter: reporter)
        first[metadataKey: "k"] = "1"
        var second = first
        second.logLevel = .trace
        second[metadataKey: "k"] = "2"
        #expect(first.logLevel == .info && first[metadataKey: "k"] == "1")
        #expect(second.logLevel == .trace && second.metadata["k"] == "2")
    }

    @Test func `long and nested metadata is kept beside the tags`() {
        let long = String(repeating: "x", count: 201)
        let deep = (0..<100).reduce(Logger.MetadataValue.string("x")) { value, _ in
            .dictionary(["d": value])
        }
        let facts = LogFacts(["long": .string(long), "deep": deep, "short": "s"])
        #expect(facts.tags == ["short": "s"])
        #expect(facts.rest["long"] == .string(long) && facts.rest["deep"] != nil)
        #expect(facts.data.count == 3 && facts.traceID == nil && facts.error == nil)
    }
}
