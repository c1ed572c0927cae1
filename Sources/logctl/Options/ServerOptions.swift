import ArgumentParser
import Glibc

/// Where the server is.
struct ServerOptions: ParsableArguments {
    @Option(help: "The server's Unix socket (FAULTLOG_SOCKET).")
    var socket: String?

    @Option(help: "The server's URL instead of a socket, http:// or https:// (FAULTLOG_SERVER).")
    var server: String?

    @Option(help: "The token that goes with --server (FAULTLOG_TOKEN).")
    var token: String?

    static let defaultSocket = DataOptions.usualDirectory + "/logserver.sock"

    /// The flags come first, then the environment; a URL wins over a socket.
    func client() throws -> Client {
        let token = token ?? Self.environment("FAULTLOG_TOKEN")
        if let socket { return Client(endpoint: .socket(socket), token: nil) }
        if let server = server ?? Self.environment("FAULTLOG_SERVER") {
            return Client(endpoint: try Endpoint(url: server), token: token)
        }
        let socket = Self.environment("FAULTLOG_SOCKET") ?? Self.defaultSocket
        return Client(endpoint: .socket(socket), token: nil)
    }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}

/// Offline commands: a data directory instead of a server.
struct DataOptions: ParsableArguments {
    /// Where `logserver` keeps its data when nothing else is said.
    static let usualDirectory = "data/store"

    @Option(help: "Work on this data directory, without a server.")
    var data: String?
}
