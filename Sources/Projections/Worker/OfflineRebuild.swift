package import EventLog
import Foundation

/// Folds views anew while no server runs on the data directory.
///
/// Each view is folded into a file beside the old one and put in its place when it is whole, so
/// that an interrupted rebuild leaves the old view as it was.
package struct OfflineRebuild {
    private let log: EventLog
    private let directory: String
    private let snapshots: ViewSnapshots

    /// - Parameters:
    ///   - directory: the folder of the views.
    ///   - snapshots: where views begin when the log no longer has its beginning.
    package init(log: EventLog, directory: String, snapshots: ViewSnapshots) {
        self.log = log
        self.directory = directory
        self.snapshots = snapshots
    }

    /// The names of all views, in the order in which they are rebuilt.
    package static let names = rebuilders.map(\.name)

    private static let rebuilders:
        [(name: String, run: @Sendable (OfflineRebuild, Progress) throws -> Void)] = [
            (IssuesProjection.name, { try $0.rebuild(IssuesProjection.self, $1) }),
            (ReleasesProjection.name, { try $0.rebuild(ReleasesProjection.self, $1) }),
            (RegressionsProjection.name, { try $0.rebuild(RegressionsProjection.self, $1) }),
            (ProjectsProjection.name, { try $0.rebuild(ProjectsProjection.self, $1) }),
            (StatusPolicy.name, { try $0.rebuild(StatusPolicy.self, $1) }),
            (ReportsProjection.name, { try $0.rebuild(ReportsProjection.self, $1) }),
            (FacetsProjection.name, { try $0.rebuild(FacetsProjection.self, $1) }),
        ]

    /// Called with the view's name, the records folded, and how many there are.
    package typealias Progress = (_ name: String, _ done: UInt64, _ end: UInt64) -> Void

    /// Rebuilds the named views, or all.
    ///
    /// Blocks. Throws where a record cannot be folded.
    package func run(_ names: [String], progress: @escaping Progress) throws {
        for rebuilder in Self.rebuilders where names.isEmpty || names.contains(rebuilder.name) {
            try rebuilder.run(self, progress)
        }
    }

    private func rebuild<P: Projection>(_ type: P.Type, _ progress: Progress) throws {
        let end = log.durableOffset
        try ShadowFile(directory: directory, name: P.fileName).replace(
            schema: P.schema, prepare: { try snapshots.restore(P.fileName, to: $0, for: log) }
        ) { store in
            try Rebuild.fold(P.self, reader: log.makeReader(), into: store, until: end) {
                progress(P.name, $0, end)
            }
        }
    }
}

/// A view's new file beside the one that is in use.
struct ShadowFile {
    let path: String
    private let shadow: String

    init(directory: String, name: String) {
        self.init(path: directory + "/" + name)
    }

    init(path: String) {
        self.path = path
        shadow = path + ".rebuild"
    }

    /// Fills a new database, for which `prepare` may put a file in place, calls `retireOld` when it is whole, and puts it in the place of the
    /// old one.
    ///
    /// One that cannot be filled is deleted: on a full disk it would keep the space that is missed.
    func replace(
        schema: String, prepare: (String) throws -> Void, retireOld: () throws -> Void = {},
        fill: (ViewStore) throws -> Void
    ) throws {
        try ViewStore.delete(path: shadow)
        do {
            try prepare(shadow)
            let store = try ViewStore(path: shadow, schema: schema)
            try fill(store)
            try store.closeWhole()
        } catch {
            try? ViewStore.delete(path: shadow)
            throw error
        }
        try retireOld()
        try ViewStore.delete(path: path)
        try FileManager.default.moveItem(atPath: shadow, toPath: path)
        // What SQLite had beside the file that is moved.
        try ViewStore.delete(path: shadow)
    }
}
