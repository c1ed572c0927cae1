import HTTPTypes
import NIOHTTP1

/// Where an SDK sends to, read from a request's method and target.
enum IngestRoute: Hashable {
    case envelope(project: String)
    case store(project: String)
    /// Our own JSON; the key alone names the project.
    case events

    /// What to do with a request.
    enum Match: Hashable {
        case ingest(IngestRoute)
        case preflight
        /// One of our paths with a method that it does not take.
        case wrongMethod
    }

    /// Returns nil where the target is not one of the ingest routes.
    ///
    /// With and without the trailing slash; the query does not matter here.
    static func match(method: HTTPMethod, target: String) -> Match? {
        // Bytes, not Characters: this runs for every request.
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard path.starts(with: "/api/".utf8) else { return nil }
        let parts = path.dropFirst("/api/".utf8.count).split(
            separator: UInt8(ascii: "/"), maxSplits: 3, omittingEmptySubsequences: false)
        guard let route = route(parts) else { return nil }
        switch method {
        case .POST: return .ingest(route)
        case .OPTIONS: return .preflight
        default: return .wrongMethod
        }
    }

    private static func route(_ parts: [Substring.UTF8View]) -> IngestRoute? {
        guard let first = parts.first else { return nil }
        if first.elementsEqual("events".utf8),
            parts.count == 1 || (parts.count == 2 && parts[1].isEmpty)
        {
            return .events
        }
        guard parts.count == 2 || (parts.count == 3 && parts[2].isEmpty), !first.isEmpty else {
            return nil
        }
        if parts[1].elementsEqual("envelope".utf8) {
            return .envelope(project: String(Substring(first)))
        }
        if parts[1].elementsEqual("store".utf8) { return .store(project: String(Substring(first))) }
        return nil
    }
}
