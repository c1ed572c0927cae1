import ErrorModel
import Testing

/// What browsers report becomes events.
@Suite struct SecurityReportTests {
    private static func events(_ text: String) -> [ErrorEvent]? {
        SecurityReport(Array(text.utf8), release: "r", environment: nil)?.payloads.compactMap {
            try? ErrorEvent(payload: $0.span.bytes, protocol: .sentry)
        }
    }

    @Test(arguments: [
        (
            #"{"csp-report":{"document-uri":"http://a.test/x","effective-directive":"style-src-elem","blocked-uri":"inline"}}"#,
            "Blocked inline code by style-src-elem", ["csp", "style-src-elem", "inline"]
        ),
        (
            #"{"csp-report":{"document-uri":"http://a.test/x","violated-directive":"img-src 'self' b.test","blocked-uri":"http://evil.test:81/a?b"}}"#,
            "Blocked evil.test:81 by img-src", ["csp", "img-src", "evil.test:81"]
        ),
        (
            #"{"csp-report":{"document-uri":"http://a.test/x","effective-directive":"img-src","blocked-uri":"http://a.test/y"}}"#,
            "Blocked self by img-src", ["csp", "img-src", "self"]
        ),
        (
            #"{"csp-report":{"effective-directive":"img-src","blocked-uri":"data:image/png;x"}}"#,
            "Blocked data by img-src", ["csp", "img-src", "data"]
        ),
        (#"{"csp-report":{}}"#, "Blocked a resource by a directive", ["csp", "", ""]),
        (
            #"[{"type":"deprecation","body":{}},{"type":"csp-violation","url":"u","body":{"effectiveDirective":"script-src","blockedURL":"eval"}}]"#,
            "Blocked eval() by script-src", ["csp", "script-src", "eval"]
        ),
        (
            #"{"expect-ct-report":{"hostname":"h.test"}}"#, "Expect-CT failed for h.test",
            ["expectct", "h.test"]
        ),
        (
            #"{"known-pins":[],"hostname":"h.test"}"#,
            "Public key pinning validation failed for h.test", ["hpkp", "h.test"]
        ),
    ])
    func `a report is told in a line and grouped`(
        body: String, title: String, group: [String]
    ) throws {
        let events = try #require(Self.events(body))
        #expect(events.count == 1)
        #expect(events[0].value == title && events[0].clientFingerprint == group)
        #expect(events[0].release == "r" && events[0].extra != nil)
    }

    @Test(arguments: [
        "", "nix", "[]", "{}", "null", "5", #"{"csp-report":5}"#, #"[{"type":"csp-violation"}]"#,
    ])
    func `what is no report is refused`(body: String) {
        #expect(Self.events(body) == nil)
    }
}
