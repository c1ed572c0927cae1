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
        [(name: String, run: @Sendable (OfflineRebuild, Progress) throws -> Void)] = types.map {
            type in (type.name, { try $0.rebuild(type, $1) })
        }

    static let types: [any Projection.Type] = [
        IssuesProjection.self, ReleasesProjection.self, RegressionsProjection.self,
        ProjectsProjection.self, StatusPolicy.self, ReportsProjection.self,
        FacetsProjection.self, ArtifactsProjection.self,
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

    /// Compares the named views, or all, with the log; changes nothing.
    ///
    /// Blocks. Throws where a view is not there.
    package func verify(
        _ names: [String], _ source: FoldSource, progress: @escaping Progress
    ) throws -> [ViewProof] {
        try Self.types.filter { names.isEmpty || names.contains($0.name) }
            .map { try verify($0, source, progress) }
    }

    private func verify<P: Projection>(
        _ type: P.Type, _ source: FoldSource, _ progress: Progress
    ) throws -> ViewProof {
        let path = directory + "/" + P.fileName
        guard FileManager.default.fileExists(atPath: path) else {
            throw FoldError("the view \(path) is not there; 'projections rebuild' makes it")
        }
        let store = try ViewStore(path: path, schema: P.schema)
        defer { try? store.close() }
        return try ViewVerifier<P>(
            log: log, snapshots: snapshots, folder: ShadowFile(path: path).verifyFolder,
            source: source
        ).verify(store) {
            progress(P.name, $0, $1)
            return true
        }
    }

    private func rebuild<P: Projection>(_ type: P.Type, _ progress: Progress) throws {
        let end = log.durableOffset
        let file = ShadowFile(directory: directory, name: P.fileName)
        let run = ShadowRun<P>(
            log: log, file: file, snapshots: snapshots, parks: false,
            groupings: try Groupings.inForce(below: end, log.makeReader()))
        _ = try run.fold(resumes: false, distance: 0) { folded, end in
            progress(P.name, folded, end)
            return true
        }
        try run.finish(until: end)
        try file.takePlace()
        progress(P.name, end, end)
    }

    /// Deletes views of other versions of the program, and what rebuilds and comparisons have left.
    ///
    /// To be called before views are opened. A view is made again from the log, or from a snapshot:
    /// those of other versions stay.
    package static func deleteForeign(in directory: String) {
        try? OtherVersions.delete(in: directory)
        ShadowFile.deleteForeign(in: directory, known: Set(types.map { $0.fileName }))
    }
}
