import HTTPTypes
import NIOHTTP1

/// Where an SDK sends to, read from a request's method and target.
enum IngestRoute: Hashable {
    case envelope(project: String)
    case store(project: String)
    /// What browsers report by themselves.
    case security(project: String)
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
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard let route = route(path) else { return nil }
        switch method {
        case .POST: return .ingest(route)
        case .OPTIONS: return .preflight
        default: return .wrongMethod
        }
    }

    /// The route of a path without its query; nil where it is none of them.
    ///
    /// Bytes, not Characters: this runs for every request.
    static func route<Path: Collection<UInt8>>(_ path: Path) -> IngestRoute? {
        guard path.starts(with: "/api/".utf8) else { return nil }
        let (first, rest) = split(path.dropFirst("/api/".utf8.count))
        if first.elementsEqual("events".utf8), rest?.isEmpty ?? true { return .events }
        guard let rest, !first.isEmpty else { return nil }
        let (second, end) = split(rest)
        guard end?.isEmpty ?? true else { return nil }
        if second.elementsEqual("envelope".utf8) {
            return .envelope(project: String(decoding: first, as: UTF8.self))
        }
        if second.elementsEqual("store".utf8) {
            return .store(project: String(decoding: first, as: UTF8.self))
        }
        if second.elementsEqual("security".utf8) || second.elementsEqual("csp-report".utf8) {
            return .security(project: String(decoding: first, as: UTF8.self))
        }
        return nil
    }

    /// The part before the first slash, and what stands behind it.
    private static func split<Part: Collection<UInt8>>(
        _ path: Part
    ) -> (Part.SubSequence, Part.SubSequence?) {
        guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else { return (path[...], nil) }
        return (path[..<slash], path[path.index(after: slash)...])
    }
}
