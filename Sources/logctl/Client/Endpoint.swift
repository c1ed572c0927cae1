/// Where a server listens.
enum Endpoint: Hashable {
    case socket(String)
    case tcp(host: String, port: Int, tls: Bool)

    /// Reads `http://host[:port]` or `https://host[:port]`; a path is not taken.
    init(url: String) throws {
        let tls: Bool
        var rest: Substring
        if url.hasPrefix("http://") {
            tls = false
            rest = url.dropFirst("http://".count)
        } else if url.hasPrefix("https://") {
            tls = true
            rest = url.dropFirst("https://".count)
        } else {
            throw CommandFailure(.usage, "the server's URL must begin with http:// or https://")
        }
        if rest.last == "/" { rest.removeLast() }
        var host = rest
        var port = tls ? 443 : 80
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            host = rest[..<colon]
            guard let number = UInt16(rest[rest.index(after: colon)...]) else {
                throw CommandFailure(.usage, "the server's URL has no valid port: \(url)")
            }
            port = Int(number)
        }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("/") else {
            throw CommandFailure(.usage, "the server's URL must be like http://127.0.0.1:7400")
        }
        self = .tcp(host: String(host), port: port, tls: tls)
    }

    var description: String {
        switch self {
        case .socket(let path): "the socket \(path)"
        case .tcp(let host, let port, let tls): "\(tls ? "https" : "http")://\(host):\(port)"
        }
    }
}
