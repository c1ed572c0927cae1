import Foundation
package import Projections

/// What lies where in a data directory.
///
/// | path | what |
/// |---|---|
/// | `log/`, `lock`, `quarantine/` | the log: the only truth |
/// | `views/` | SQLite views, folded from the log; may be deleted while the server is stopped |
/// | `views/as-of/` | views as they were at some offset, for a while |
/// | `snapshots/` | copies of the views from when the oldest part of the log was dropped; keep them |
/// | `blobs/` | attachments, recordings, scripts and source maps, by the SHA-256 of their content; records name them |
/// | `maps/` | source maps in the form in which they are read; made again from `blobs/` where they are missing |
/// | `uploads/` | what uploads have brought before they are whole; emptied at every start |
/// | `salts/` | a salt a project, for the keyed hashes of its users and accounts |
/// | `token.sha256` | the hash of the administrator's token |
/// | `token` | its clear text, written once at first start; to be read and deleted |
/// | `logserver.sock` | the Unix socket |
/// | `stream.sock` | the Unix socket for streams of events |
package struct DataDirectory: Sendable {
    package let path: String

    /// Where it is when nothing else is said.
    package static let usualPath = "data/store"

    package init(_ path: String) {
        self.path = path
    }

    package var views: String { path + "/views" }
    var pastViews: String { views + "/as-of" }
    package var snapshots: ViewSnapshots { ViewSnapshots(directory: path + "/snapshots") }
    package var salts: String { path + "/salts" }
    package var tokenHash: String { path + "/token.sha256" }
    package var token: String { path + "/token" }
    package var socket: String { path + "/logserver.sock" }
    package var streamSocket: String { path + "/stream.sock" }

    /// Makes what is missing; throws `StartError` where it cannot.
    package func prepare() throws {
        for folder in [path, views, salts] {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            } catch {
                throw StartError(
                    "the data directory \(folder) cannot be made: \(Self.reason(error)); "
                        + "name another one with --data, or change the permissions")
            }
        }
    }

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let underlying, underlying.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(underlying.code)))
        }
        return error.localizedDescription
    }

    /// Writes a small secret file that only its owner can read, whole and durable on return.
    ///
    /// Under another name first: neither a full disk nor a crash leaves half a secret.
    static func writeSecret(_ text: String, to path: String) throws {
        let draft = path + ".new"
        do {
            try writeDraft(Array((text + "\n").utf8), to: draft)
            guard rename(draft, path) == 0 else { throw StartError.system("write", path) }
        } catch {
            unlink(draft)
            throw error
        }
        try syncFolder(of: path)
    }

    private static func writeDraft(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StartError.system("write", path) }
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, fsync(descriptor) == 0 else {
            throw StartError.system("write", path)
        }
    }

    /// Makes the name of a new file durable.
    private static func syncFolder(of path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StartError.system("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StartError.system("sync", folder) }
    }

    /// Reads a secret; nil where there is no such file.
    ///
    /// One that is there and cannot be read is an error: a new one must not take its place.
    static func readSecret(_ path: String) throws -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw StartError.system("read", path)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: secretLimit)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw StartError.system("read", path) }
        return String(decoding: bytes[..<count], as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Longer than any secret here.
    private static let secretLimit = 1_024
}

/// Why the server does not start; the message says what, where, and what to do.
package struct StartError: Error, CustomStringConvertible {
    package var description: String
    /// The disk, or the share of it that this user may take, is full.
    package var isStorageFull = false

    package init(_ description: String) { self.description = description }

    static func system(_ verb: String, _ path: String) -> StartError {
        let code = errno
        var error = StartError("cannot \(verb) \(path): \(String(cString: strerror(code)))")
        error.isStorageFull = code == ENOSPC || code == EDQUOT
        return error
    }
}
