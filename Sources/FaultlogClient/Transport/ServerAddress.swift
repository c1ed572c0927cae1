import Foundation

/// Where a project's events go: `http://pk_…@host:7400/1`, as `logctl projects create` prints it.
struct ServerAddress: Equatable, Sendable {
    /// The project's key.
    var key: String
    /// The project's number or slug.
    var project: String
    /// Scheme, host, port and what stands before the project, without a slash at the end.
    var base: String

    init(dsn: String) throws(ReporterSetupError) {
        // As it stands in a file or a variable.
        let dsn = dsn.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let parts = URLComponents(string: dsn), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty
        else {
            throw ReporterSetupError("the DSN is no http or https URL with a host")
        }
        guard let key = parts.user, !key.isEmpty,
            key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw ReporterSetupError("the DSN has no key before the @")
        }
        // A port that is no number of 16 bits is passed over in silence otherwise.
        if let range = parts.rangeOfPort, !range.isEmpty, !(1...65_535).contains(parts.port ?? 0) {
            throw ReporterSetupError("the DSN's port is not within 1 to 65535")
        }
        var path = parts.path.split(separator: "/").map(String.init)
        guard let project = path.popLast() else {
            throw ReporterSetupError("the DSN names no project after the host")
        }
        #if canImport(FoundationNetworking)
        // Its URLSession fails for `http://[::1]/` before it connects.
        if host.contains(":") {
            throw ReporterSetupError(
                "the DSN's host is an IPv6 address, which Foundation does not reach on this system: name the host"
            )
        }
        #endif
        self.key = key
        self.project = project
        var bare = URLComponents()
        bare.scheme = scheme
        bare.host = host
        bare.port = parts.port
        bare.path = path.map { "/" + $0 }.joined()
        guard let base = bare.string, URL(string: base + "/api/events") != nil else {
            throw ReporterSetupError("the DSN's host or path is no part of a URL")
        }
        self.base = base
    }

    func request(_ batch: Batch) -> TransportRequest {
        let (path, type) =
            switch batch.kind {
            case .events: ("/api/events", "application/x-ndjson")
            case .lossReport: ("/api/\(project)/envelope/", "application/x-sentry-envelope")
            }
        return TransportRequest(
            url: base + path,
            headers: [
                "authorization": "Bearer \(key)", "content-type": type,
                "user-agent": "\(EventEncoding.sdkName)/\(EventEncoding.sdkVersion)",
            ],
            body: batch.body)
    }
}

/// Why a reporter cannot be set up.
public struct ReporterSetupError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public var description: String

    init(_ problem: String) {
        description =
            "\(problem); give it as `logctl projects create` prints it, http://KEY@HOST:PORT/PROJECT"
    }
}
