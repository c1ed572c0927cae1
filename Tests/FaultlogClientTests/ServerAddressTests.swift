import Testing

@testable import FaultlogClient

/// Which DSNs can be used, and where they lead.
struct ServerAddressTests {
    struct Row: Sendable {
        var dsn: String
        var base: String
        var project: String
        var key = "pk_abc"
    }

    @Test(arguments: [
        Row(dsn: "http://pk_abc@127.0.0.1:7400/1", base: "http://127.0.0.1:7400", project: "1"),
        Row(dsn: "https://pk_abc@e.example/shop/", base: "https://e.example", project: "shop"),
        Row(dsn: "HTTPS://pk_abc@e.example/a/b/7", base: "https://e.example/a/b", project: "7"),
        Row(dsn: " http://pk_abc:secret@h:80/1\n", base: "http://h:80", project: "1"),
    ])
    func `a DSN leads to the server`(row: Row) throws {
        let address = try ServerAddress(dsn: row.dsn)
        #expect(address.key == row.key && address.project == row.project)
        #expect(address.base == row.base)
        let events = address.request(Batch(kind: .events, lines: [[1], [2]]))
        #expect(events.url == row.base + "/api/events")
        #expect(
            events.headers["authorization"] == "Bearer pk_abc" && events.body == [1, 10, 2, 10])
        let report = address.request(Batch(kind: .lossReport, lines: []))
        #expect(report.url == row.base + "/api/\(row.project)/envelope/")
    }

    @Test(arguments: [
        "", "x", "http://", "http://pk@/1", "http://host/1", "http://pk@host", "http://pk@host/",
        "ftp://pk@host/1", "pk@host/1", "http://pk\r\nx: y@host/1", "http://p k@host/1",
        "http://pk@host:99999999999999999999/1", "http://pk@host:65536/1", "http://pk@host:0/1",
        "http://p%0d%0a@host/1", "\u{0}", "http://@host/1", "http://pk@[::1]:80/1",
    ])
    func `what is no DSN is refused in words`(dsn: String) {
        let error = #expect(throws: ReporterSetupError.self) { try ErrorReporter(dsn: dsn) }
        #expect(error?.description.contains("logctl projects create") == true)
    }
}
