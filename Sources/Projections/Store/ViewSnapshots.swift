import EventLog
import Foundation
import GRDB
import Glibc

/// Copies of views, from which they are made again where the beginning of the log is gone.
///
/// One file a view and version, named by the offset that it reflects:
/// `snapshots/issues@1-00000000000000001234.sqlite`. Safe from any thread; every call blocks.
package struct ViewSnapshots: Sendable {
    let directory: String

    package init(directory: String) { self.directory = directory }

    private static let suffix = ".sqlite"
    private static let digitCount = 20

    /// The newest snapshot of a view, and the first offset that it does not reflect.
    package func newest(of fileName: String) -> (path: String, offset: UInt64)? {
        all(of: fileName).last
    }

    /// Copies a view as it is; on return the copy is durable, and older ones are gone.
    ///
    /// Returns the first offset that it does not reflect. The view is written to meanwhile.
    func take(of store: ViewStore, _ fileName: String) throws -> UInt64 {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let draft = directory + "/" + fileName + ".new"
        try ViewStore.delete(path: draft)
        var configuration = Configuration()
        configuration.readonly = true
        let source = try DatabaseQueue(path: store.path, configuration: configuration)
        try source.inDatabase { db in
            try db.execute(sql: "VACUUM INTO ?", arguments: [draft])
        }
        try source.close()
        let copy = try DatabaseQueue(path: draft)
        let offset = try copy.read(ViewStore.checkpoint)
        try copy.close()
        try Self.sync(draft)
        let older = all(of: fileName)
        let path = directory + "/" + Self.name(fileName, offset)
        guard rename(draft, path) == 0 else { throw Self.failure("rename", draft) }
        try Self.sync(directory)
        for old in older where old.path != path { try? ViewStore.delete(path: old.path) }
        return offset
    }

    /// Puts a copy of the newest snapshot at `path`, where there is one that the log goes on from.
    func restore(_ fileName: String, to path: String, for log: EventLog) throws {
        let first = log.status.firstOffset
        guard first > 0,
            let snapshot = all(of: fileName).last(where: {
                $0.offset >= first && $0.offset <= log.durableOffset
            })
        else { return }
        try FileManager.default.copyItem(atPath: snapshot.path, toPath: path)
    }

    /// In the order of their offsets.
    func all(of fileName: String) -> [(path: String, offset: UInt64)] {
        let stem = fileName.dropLast(Self.suffix.count) + "-"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.sorted().compactMap { name in
            guard name.hasPrefix(stem), name.hasSuffix(Self.suffix),
                name.utf8.count == stem.utf8.count + Self.digitCount + Self.suffix.utf8.count,
                let offset = UInt64(name.dropFirst(stem.count).dropLast(Self.suffix.count))
            else { return nil }
            return (directory + "/" + name, offset)
        }
    }

    private static func name(_ fileName: String, _ offset: UInt64) -> String {
        let digits = String(offset)
        return fileName.dropLast(suffix.count) + "-"
            + String(repeating: "0", count: digitCount - digits.count) + digits + suffix
    }

    /// Puts a whole file in the place of another; durable on return.
    static func replace(_ path: String, with draft: String) throws {
        try sync(draft)
        guard rename(draft, path) == 0 else { throw failure("rename", draft) }
        try sync((path as NSString).deletingLastPathComponent)
    }

    private static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    private static func failure(_ call: String, _ path: String) -> FoldError {
        FoldError("\(path): \(call) failed: \(String(cString: strerror(errno)))")
    }
}
