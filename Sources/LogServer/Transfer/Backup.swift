package import EventLog
import Foundation
import NIOPosix

/// A copy of a data directory from which a server can be started.
///
/// The log, attachments, the salts, the snapshots, the hash of the token, an erasure under way. Views are not
/// copied: they are folded from the log. It appears under its name when it is whole.
package struct Backup {
    private let directory: DataDirectory
    private let log: EventLog

    package init(of directory: DataDirectory, log: EventLog) {
        self.directory = directory
        self.log = log
    }

    /// Copies into the folder `path`, which must not be there yet.
    ///
    /// Blocks. Nothing may drop or rewrite segments meanwhile. `sharesFiles`: segments that do not
    /// change any more are linked, where both folders are on one file system. On return the copy
    /// is durable. Throws `StartError` or `LogError`; then nothing is left under `path`.
    package func run(
        to path: String, sharesFiles: Bool, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> LogBackup.Report {
        guard path.hasPrefix("/") else {
            throw StartError("the backup needs an absolute path, and '\(path)' is none")
        }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw StartError("\(path) is there already; a backup needs a name of its own")
        }
        let draft = path + ".part"
        try? FileManager.default.removeItem(atPath: draft)
        do {
            try DataDirectory(draft).prepare()
            let report = try LogBackup(log: log, sharesFiles: sharesFiles)
                .run(to: draft, progress: progress)
            // After the log: the salt of a project is on disk before its first record is.
            try copyRest(to: draft, sharesFiles: sharesFiles)
            guard rename(draft, path) == 0 else { throw StartError.system("make", path) }
            try Self.sync((path as NSString).deletingLastPathComponent)
            return report
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
    }

    private func copyRest(to draft: String, sharesFiles: Bool) throws {
        let target = DataDirectory(draft)
        try directory.blobs.copy(to: target.blobs, links: sharesFiles)
        for name in try Self.names(in: directory.salts) where !name.hasSuffix(".new") {
            try Self.copy(directory.salts + "/" + name, target.salts + "/" + name)
        }
        try Self.sync(target.salts)
        for (from, to) in [
            (directory.tokenHash, target.tokenHash), (directory.erasure, target.erasure),
        ] where FileManager.default.fileExists(atPath: from) {
            try Self.copy(from, to)
        }
        let snapshots = directory.path + "/snapshots"
        if FileManager.default.fileExists(atPath: snapshots) {
            let folder = target.path + "/snapshots"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            for name in try Self.names(in: snapshots) where name.hasSuffix(".sqlite") {
                try Self.copy(snapshots + "/" + name, folder + "/" + name)
            }
            try Self.sync(folder)
        }
        // What opening the copy has left, and nobody needs.
        unlink(target.path + "/lock")
        try Self.sync(target.path)
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private static func copy(_ from: String, _ to: String) throws {
        try FileManager.default.copyItem(atPath: from, toPath: to)
        try sync(to)
    }

    private static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StartError.system("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StartError.system("sync", path) }
    }
}

extension Faultlog {
    /// Copies the data directory as it is now, while the server goes on.
    ///
    /// Retention and erasures wait.
    func backUp(to path: String, sharesFiles: Bool) async throws -> LogBackup.Report {
        try await retentionRuns.run { [self] in
            try await chore {
                try Backup(of: self.directory, log: self.log).run(
                    to: path, sharesFiles: sharesFiles)
            }
        }
    }
}
