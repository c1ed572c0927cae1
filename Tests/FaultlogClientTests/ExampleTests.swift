import BuildEnvironment
import FaultlogClient
import Foundation
import Logging
import Testing

/// The code of docs/SWIFT.md, compiled.
struct ExampleTests {
    private static func serve(_ reporter: ErrorReporter) async throws {}
    private static func pay() async throws {}

    private static func start() async throws {
        let reporter = ErrorReporter.fromEnvironment()
        try await reporter.reporting {
            try await serve(reporter)
        }
        await reporter.shutdown()
    }

    private static func request(_ reporter: ErrorReporter) async {
        await reporter.withScope { scope in
            scope.update { values in
                values.user = .init(id: "u1")
                values.account = .init(id: "acme", name: "Acme Corp")
                values.transaction = "POST /pay"
                values.tags["region"] = "eu"
            }
            reporter.addBreadcrumb("GET /cart", category: "http", data: ["status": 200])
            do {
                try await pay()
            } catch {
                reporter.capture(error: error, action: .httpError) {
                    $0.fingerprint = ["{{ default }}", "pay"]
                }
            }
        }
        reporter.capture(message: "the cache is cold", level: .warning)
    }

    private static func bootstrap(_ reporter: ErrorReporter) {
        LoggingSystem.bootstrap { label in
            MultiplexLogHandler([
                StreamLogHandler.standardError(label: label),
                FaultlogLogHandler(label: label, reporter: reporter),
            ])
        }
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Without blanks and line ends: the formatter breaks lines elsewhere.
    private static func words(_ text: some StringProtocol) -> String {
        String(text.filter { !$0.isWhitespace })
    }

    @Test func `the page has the code that is compiled here`() throws {
        let page = try String(
            contentsOf: Self.root.appendingPathComponent("docs/SWIFT.md"), encoding: .utf8)
        let here = Self.words(try String(contentsOfFile: #filePath, encoding: .utf8))
        let blocks = page.components(separatedBy: "```swift\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count == 3)
        for block in blocks { #expect(here.contains(Self.words(block)), "\(block)") }
    }

    @Test func `the page names the variables in their order`() throws {
        let page = try String(
            contentsOf: Self.root.appendingPathComponent("docs/SWIFT.md"), encoding: .utf8)
        #expect(page.contains(DetectedEnvironment.releaseVariables.joined(separator: " ")))
        #expect(page.contains(DetectedEnvironment.environmentVariables.joined(separator: " ")))
    }

    @Test func `the package of the library alone names the same target`() throws {
        let link = Self.root.appendingPathComponent(
            "Clients/faultlog-client/Sources/FaultlogClient/Reporter/ErrorReporter.swift")
        #expect(FileManager.default.fileExists(atPath: link.path))
    }
}
