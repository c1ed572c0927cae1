import EventLog
import Foundation
import GRDB
import Glibc

/// Copies of views: where a past begins, and a view whose file is lost, or is made again where the
/// beginning of the log is gone.
///
/// One file a view and version, named by the offset that it reflects:
/// `snapshots/issues@3-00000000000000001234.sqlite`. Safe from any thread; every call blocks.
package struct ViewSnapshots: Sendable {
    package let directory: String

    package init(directory: String) { self.directory = directory }

    private static let suffix = ".sqlite"
    private static let digitCount = 20

    /// What the copies of a view reflect, in order.
    package func offsets(of fileName: String) -> [UInt64] { all(of: fileName).map(\.offset) }

    /// The newest snapshot of a view, and the first offset that it does not reflect.
    package func newest(of fileName: String) -> (path: String, offset: UInt64)? {
        all(of: fileName).last
    }

    /// Copies a view as it is; on return the copy is durable, and those that are no longer wanted
    /// beside it are gone.
    ///
    /// Returns the first offset that it does not reflect. The view is written to meanwhile.
    /// - Parameter first: the first offset that the log has.
    func take(of store: ViewStore, _ fileName: String, first: UInt64) throws -> UInt64 {
        try add(fileName, first: first) { try Self.copy(store, to: $0) }
    }

    /// Adds the copy that `make` puts at a path; on return it is durable, and those that are no longer
    /// wanted beside it are gone.
    ///
    /// Returns the first offset that it does not reflect. One call at a time for a view.
    /// - Parameter first: the first offset that the log has.
    func add(
        _ fileName: String, first: UInt64, _ make: (_ path: String) throws -> Void
    ) throws -> UInt64 {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let draft = directory + "/" + fileName + ".new"
        try make(draft)
        let copy = try DatabaseQueue(path: draft)
        let offset = try copy.read(ViewStore.checkpoint)
        try copy.close()
        try Self.sync(draft)
        let path = directory + "/" + Self.name(fileName, offset)
        guard rename(draft, path) == 0 else { throw Self.failure("rename", draft) }
        try Self.sync(directory)
        prune(fileName, first: first)
        return offset
    }

    /// Deletes the copies of a view that are no longer wanted; those that cannot be are left for the
    /// next time.
    ///
    /// - Parameter first: the first offset that the log has.
    package func prune(_ fileName: String, first: UInt64) {
        let copies = all(of: fileName)
        let surplus = Set(SnapshotPlan.surplus(of: copies.map(\.offset), first: first))
        for copy in copies where surplus.contains(copy.offset) {
            try? ViewStore.delete(path: copy.path)
        }
    }

    /// Copies a view as it is into a file; the view is written to meanwhile.
    static func copy(_ store: ViewStore, to path: String) throws {
        try ViewStore.delete(path: path)
        var configuration = Configuration()
        configuration.readonly = true
        let source = try DatabaseQueue(path: store.path, configuration: configuration)
        defer { try? source.close() }
        try source.inDatabase { db in
            try db.execute(sql: "VACUUM INTO ?", arguments: [path])
        }
    }

    /// Puts the oldest snapshot that the log goes on from at `path`, where the log no longer has its
    /// beginning: a view is made again from as much of the log as there is.
    ///
    /// - Parameter groupings: how the view is to group; a copy that groups otherwise is no beginning.
    func restoreOldest(
        _ fileName: String, to path: String, for log: EventLog, _ groupings: Groupings
    ) throws {
        let first = log.status.firstOffset
        guard first > 0 else { return }
        let copies = usable(fileName, log)
        let fitting = copies.first { Groupings.shown(byCopy: $0.path) == groupings }
        guard fitting != nil || (copies.isEmpty && groupings.isEmpty) else {
            throw FoldError(
                "the log begins at offset \(first), and no copy of \(fileName) from there groups as "
                    + "the view is to: a project can be regrouped while the log has its beginning")
        }
        try restore(fitting, to: path)
    }

    /// Puts the newest snapshot that the log goes on from at `path`, where there is one.
    func restoreNewest(_ fileName: String, to path: String, for log: EventLog) throws {
        try restore(usable(fileName, log).last, to: path)
    }

    private func usable(
        _ fileName: String, _ log: EventLog
    ) -> [(path: String, offset: UInt64)] {
        let (first, end) = (log.status.firstOffset, log.durableOffset)
        return all(of: fileName).filter { $0.offset >= first && $0.offset <= end }
    }

    private func restore(
        _ snapshot: (path: String, offset: UInt64)?, to path: String
    ) throws {
        guard let snapshot else { return }
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
