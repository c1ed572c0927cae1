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
        let path = target.prefix { $0 != "?" && $0 != "#" }
        guard path.utf8.starts(with: "/api/".utf8) else { return nil }
        let parts = path.dropFirst("/api/".count).split(
            separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard let route = route(parts) else { return nil }
        switch method {
        case .POST: return .ingest(route)
        case .OPTIONS: return .preflight
        default: return .wrongMethod
        }
    }

    private static func route(_ parts: [Substring]) -> IngestRoute? {
        if parts.first == "events" {
            return parts.count == 1 || (parts.count == 2 && parts[1].isEmpty) ? .events : nil
        }
        guard parts.count == 2 || (parts.count == 3 && parts[2].isEmpty), !parts[0].isEmpty else {
            return nil
        }
        switch parts[1] {
        case "envelope": return .envelope(project: String(parts[0]))
        case "store": return .store(project: String(parts[0]))
        default: return nil
        }
    }
}
