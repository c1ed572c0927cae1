import ErrorModel
import Foundation
import Glibc

/// Files by the SHA-256 of their content: `blobs/ab/cd/abcd…`.
///
/// A file is there whole or not at all: it is written and synced under a name of its own, and then
/// renamed. One content is one file, however often it comes. Safe from any thread; every call that
/// touches a file blocks.
struct BlobStore: Sendable {
    let directory: String

    init(directory: String) { self.directory = directory }

    private static let draftPrefix = "draft-"
    private static let folderMode: mode_t = 0o700
    private static let fileMode: mode_t = 0o600

    /// Where the content is, when it is there.
    func path(_ hash: BlobHash) -> String { "\(directory)/\(hash.relativePath)" }

    private func folder(_ hash: BlobHash) -> String {
        (path(hash) as NSString).deletingLastPathComponent
    }

    // MARK: writing

    /// Keeps the content; durable, under its name, on return.
    ///
    /// Throws `StartError` with what the system says; then nothing is left of it.
    func write(_ content: [UInt8], _ hash: BlobHash) throws {
        let path = path(hash)
        // Touched, so that a sweep which looks at the time of files leaves it.
        if utimensat(AT_FDCWD, path, nil, 0) == 0 { return }
        try replace(content, hash)
    }

    /// The same, but what is there must be the content, or it is written anew: a disk may have
    /// damaged it.
    func writeChecked(_ content: [UInt8], _ hash: BlobHash) throws {
        if (try? read(hash)) == content {
            try write(content, hash)
        } else {
            try replace(content, hash)
        }
    }

    private func replace(_ content: [UInt8], _ hash: BlobHash) throws {
        let path = path(hash)
        try makeFolders(hash)
        var generator = SystemRandomNumberGenerator()
        let draft = "\(directory)/\(Self.draftPrefix)\(HexText.text(generator.next()))"
        do {
            try writeDraft(content, draft)
            guard rename(draft, path) == 0 else { throw StartError.system("write", path) }
        } catch {
            unlink(draft)
            throw error
        }
        try Self.sync(folder(hash))
    }

    private func writeDraft(_ content: [UInt8], _ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, Self.fileMode)
        guard descriptor >= 0 else { throw StartError.system("write", path) }
        defer { close(descriptor) }
        var done = 0
        while done < content.count {
            let count = content.withUnsafeBytes { bytes in
                Glibc.write(
                    descriptor, bytes.baseAddress.map { $0 + done }, content.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StartError.system("write", path) }
            done += count
        }
        guard fsync(descriptor) == 0 else { throw StartError.system("write", path) }
    }

    /// Makes the two folders of a name; their own names are durable before a file is in them.
    private func makeFolders(_ hash: BlobHash) throws {
        let inner = folder(hash)
        let outer = (inner as NSString).deletingLastPathComponent
        for folder in [directory, outer, inner] where mkdir(folder, Self.folderMode) == 0 {
            try Self.sync((folder as NSString).deletingLastPathComponent)
        }
    }

    private static func sync(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StartError.system("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StartError.system("sync", folder) }
    }

    /// Deletes what a crash has left half written; called before anything is written.
    func removeDrafts() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where name.hasPrefix(Self.draftPrefix) {
            unlink(directory + "/" + name)
        }
    }

    // MARK: reading

    /// The whole content; nil where there is none.
    func read(_ hash: BlobHash) throws -> [UInt8]? {
        let descriptor = open(path(hash), O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw StartError.system("read", path(hash))
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_size >= 0 else {
            throw StartError.system("read", path(hash))
        }
        var content = [UInt8](repeating: 0, count: Int(facts.st_size))
        var done = 0
        while done < content.count {
            let count = content.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StartError.system("read", path(hash)) }
            done += count
        }
        return content
    }

    /// Deletes the content; true: it was there.
    @discardableResult
    func remove(_ hash: BlobHash) throws -> Bool {
        if unlink(path(hash)) == 0 {
            try Self.sync(folder(hash))
            return true
        }
        guard errno == ENOENT else { throw StartError.system("delete", path(hash)) }
        return false
    }

    /// When the content was last written, also again, in seconds since 1970; nil: it is not there.
    func lastWritten(_ hash: BlobHash) -> Int? {
        var facts = stat()
        return stat(path(hash), &facts) == 0 ? facts.st_mtim.tv_sec : nil
    }

    /// Puts all contents into another folder, durable on return; with `links` as other names of
    /// the same files, where both are on one file system: a content never changes.
    func copy(to other: BlobStore, links: Bool) throws {
        for hash in all() {
            try other.makeFolders(hash)
            let path = other.path(hash)
            if !(links && link(self.path(hash), path) == 0) {
                guard let content = try read(hash) else { continue }
                try other.write(content, hash)
            }
            try Self.sync(other.folder(hash))
        }
    }

    /// All contents that are there, in no order.
    func all() -> [BlobHash] {
        let files = FileManager.default
        func names(_ folder: String) -> [String] {
            (try? files.contentsOfDirectory(atPath: folder)) ?? []
        }
        return names(directory).flatMap { outer in
            names("\(directory)/\(outer)").flatMap { inner in
                names("\(directory)/\(outer)/\(inner)").compactMap { BlobHash($0) }
            }
        }
    }
}

extension DataDirectory {
    /// Attachments and recordings, scripts and source maps.
    var blobs: BlobStore { BlobStore(directory: path + "/blobs") }
}
