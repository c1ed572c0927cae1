import Glibc

/// How many HTTP connections are taken, so that the server can always open files of its own.
///
/// A process that has no descriptor left can write no new segment, and accepting fails at once, over
/// and over. Connections above a limit wait in the kernel until others end.
struct ConnectionLimits: Equatable {
    /// On the TCP port.
    let tcp: Int
    /// On the Unix socket: its own, so that `logctl` is served whatever comes over the network.
    let unix: Int

    /// Descriptors that are not for connections: 64 for readers of the log, its segments and
    /// manifests, the views with their journals and readers, files under way, event loops; and a few
    /// connections that are accepted together.
    static let ownFiles = 256
    /// Connections on the Unix socket: scripts of one machine.
    static let unixConnections = 64
    /// Connections on the TCP port, however many files may be open: an idle one takes 15 KB.
    static let tcpConnections = 20_000

    /// `openFiles`: how many files the process may open.
    init(openFiles: Int) {
        let streams = StreamLimits.connections + StreamLimits.refusedConnections
        // With very few files streams and readers are counted on to be few as well.
        let room = max(openFiles - Self.ownFiles - streams, openFiles / 4)
        unix = min(Self.unixConnections, max(room / 4, 1))
        tcp = min(Self.tcpConnections, max(room - unix, 1))
    }

    /// Lets the process open as many files as it may, and counts on them.
    ///
    /// The usual soft limit of 1,024 is for programs that call `select`.
    static func ofProcess() -> ConnectionLimits {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return ConnectionLimits(openFiles: 1_024)
        }
        let wanted = rlim_t(
            2 * (tcpConnections + unixConnections + ownFiles))
        if limit.rlim_cur < min(limit.rlim_max, wanted) {
            let soft = limit.rlim_cur
            limit.rlim_cur = min(limit.rlim_max, wanted)
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
                limit.rlim_cur = soft
            }
        }
        return ConnectionLimits(openFiles: Int(min(limit.rlim_cur, wanted)))
    }
}
