/// What browsers report by themselves: violations of a Content-Security-Policy (CSP levels 2 and 3,
/// and the Reporting API), and of Expect-CT, Expect-Staple and HPKP, which old ones still send.
///
/// Each becomes the payload of a Sentry event, with the report as it came in `extra`. Grouped by what
/// was violated and by whom, not by the page.
package struct SecurityReport {
    /// The payloads, one for each report of the body.
    package let payloads: [[UInt8]]

    /// A browser sends what came together in a minute.
    package static let countLimit = 100

    /// Nil where the body is no JSON, or none of these reports.
    package init?(_ body: [UInt8], release: String?, environment: String?) {
        guard let json = try? JSONValue(parsing: body) else { return nil }
        let reports: [Report]
        if let list = json.array {
            reports = list.prefix(Self.countLimit).compactMap(Report.init(reporting:))
        } else {
            reports = Report(json).map { [$0] } ?? []
        }
        guard !reports.isEmpty else { return nil }
        payloads = reports.map { $0.payload(release: release, environment: environment) }
    }
}

/// One report, of whichever kind.
private struct Report {
    var logger: String
    var title: String
    /// What it is grouped by, behind the kind.
    var group: [String]
    var url: String?
    var tags: [(String, String)]
    var content: JSONValue

    /// What `report-uri` is sent: an object under the name of its kind.
    init?(_ json: JSONValue) {
        if let report = json["csp-report"], report.members != nil {
            self.init(policy: report)
        } else if let report = json["expect-ct-report"], report.members != nil {
            self.init(host: report, logger: "expectct", title: "Expect-CT failed")
        } else if let report = json["expect-staple-report"], report.members != nil {
            self.init(host: report, logger: "expectstaple", title: "Expect-Staple failed")
        } else if json["known-pins"] != nil || json["noted-hostname"] != nil {
            self.init(host: json, logger: "hpkp", title: "Public key pinning validation failed")
        } else {
            return nil
        }
    }

    /// An element of what the Reporting API sends.
    init?(reporting json: JSONValue) {
        guard json["type"]?.string == "csp-violation", let body = json["body"],
            body.members != nil
        else { return nil }
        self.init(policy: body)
        url = url ?? json["url"]?.string
    }

    private init(policy report: JSONValue) {
        func text(_ names: String...) -> String? {
            names.lazy.compactMap { report[$0]?.string }.first { !$0.isEmpty }
        }
        let violated = text("violated-directive", "violatedDirective")
        // Level 2 says the whole directive, with its sources.
        let directive = (text("effective-directive", "effectiveDirective") ?? violated ?? "")
            .prefix { $0 != " " }
        let blocked = text("blocked-uri", "blockedURL") ?? ""
        let page = text("document-uri", "documentURL")
        let from = Self.source(blocked, page: page)
        logger = "csp"
        let name = directive.isEmpty ? "a directive" : String(directive)
        title =
            switch from {
            case "inline": "Blocked inline code by \(name)"
            case "eval": "Blocked eval() by \(name)"
            case "": "Blocked a resource by \(name)"
            default: "Blocked \(from) by \(name)"
            }
        group = [String(directive), from]
        url = page
        tags = [("effective-directive", String(directive)), ("blocked-uri", blocked)]
        if let disposition = text("disposition") { tags.append(("disposition", disposition)) }
        content = report
    }

    private init(host report: JSONValue, logger: String, title: String) {
        let host = report["hostname"]?.string ?? ""
        self.logger = logger
        self.title = host.isEmpty ? title : "\(title) for \(host)"
        group = [host]
        url = nil
        tags = host.isEmpty ? [] : [("hostname", host)]
        content = report
    }

    /// The host of what was blocked, `self` where it is the page's own, or the word that stands for it.
    private static func source(_ blocked: String, page: String?) -> String {
        guard let host = host(blocked) else {
            // data:, blob: and the like are a scheme, inline and eval a word.
            return String(blocked.prefix { $0 != ":" && $0 != "," })
        }
        return host == page.flatMap { Self.host($0) } ? "self" : host
    }

    private static func host(_ url: String) -> String? {
        guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
        return String(url[start...].prefix { !"/?#".contains($0) })
    }

    func payload(release: String?, environment: String?) -> [UInt8] {
        var members: [(String, JSONValue)] = [
            ("logger", .string(logger)), ("platform", .string("other")),
            (
                "exception",
                ["values": .array([["type": .string(kind), "value": .string(title)]])]
            ),
            ("fingerprint", .array(([logger] + group).map { .string($0) })),
            ("tags", .pairs(tags.filter { !$0.1.isEmpty }.map { ($0.0, .string($0.1)) })),
            ("extra", ["report": content]),
        ]
        if let url { members.append(("request", ["url": .string(url)])) }
        if let release { members.append(("release", .string(release))) }
        if let environment { members.append(("environment", .string(environment))) }
        return JSONValue.pairs(members).compactBytes
    }

    private var kind: String {
        switch logger {
        case "csp": "Content-Security-Policy"
        case "expectct": "Expect-CT"
        case "expectstaple": "Expect-Staple"
        default: "Public-Key-Pins"
        }
    }
}
