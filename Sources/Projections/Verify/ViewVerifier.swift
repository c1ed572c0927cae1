import EventLog
import Foundation
import GRDB

/// What comparing a view with the log has shown.
package struct ViewProof: Sendable {
    package var name: String
    package var version: Int
    /// Both sides reflect everything below it.
    package var offset: UInt64
    /// Where the fold began: 0, or with a copy from before the oldest segments were dropped.
    package var begin: UInt64
    /// Rows, and sets of people, that were compared.
    package var rows: Int
    /// Nil: they are equal.
    package var difference: ViewDifference?
    package var seconds: Double
}

/// Where the digests of events come from in a fold.
package enum FoldSource: Sendable {
    /// As they are in the log.
    case digests
    /// Made anew from the payloads; the salt of a project, with which its users were hashed.
    case payloads(salt: @Sendable (UInt32) throws -> [UInt8])

    var payloads: PayloadDigests? {
        switch self {
        case .digests: nil
        case .payloads(let salt): PayloadDigests(salt: salt)
        }
    }
}

/// Folds a view anew beside the serving one and compares the two.
struct ViewVerifier<P: Projection> {
    let log: EventLog
    let snapshots: ViewSnapshots
    /// A folder of its own, in the folder of the views; it goes when it is done.
    let folder: String
    let source: FoldSource

    /// Blocks for as long as a rebuild takes; the serving view is read only.
    ///
    /// The serving view is copied first, so that both sides are at one offset while it goes on.
    /// - Parameter goesOn: told what is folded, and the end, after each block; false: it is to
    ///   stop, and `CancellationError` is thrown.
    func verify(
        _ serving: ViewStore, goesOn: (_ folded: UInt64, _ end: UInt64) -> Bool
    ) throws -> ViewProof {
        let start = DispatchTime.now().uptimeNanoseconds
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let copy = folder + "/serving.sqlite"
        try ViewSnapshots.copy(serving, to: copy)
        let served = try DatabaseQueue(path: copy, configuration: Self.readOnly)
        defer { try? served.close() }
        let (offset, groupings) = try served.read { db in
            (try ViewStore.checkpoint(db), try Groupings.shown(db))
        }
        let oldestCopy = oldestCopy(groupings)
        let folded = try PastFold<P>(
            log: log, copies: oldestCopy, wanted: offset, path: folder + "/folded.sqlite",
            byteLimit: .max, payloads: source.payloads, groupings: groupings
        ).make { goesOn($0, offset) }
        let compared = try served.read { served in
            try folded.store.pool.read { folded in
                try ViewComparison.run(served: served, folded: folded)
            }
        }
        return ViewProof(
            name: P.name, version: P.version, offset: offset, begin: oldestCopy.first?.offset ?? 0,
            rows: compared.rows, difference: compared.difference,
            seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
    }

    /// The oldest one that the log goes on from, where it no longer has its beginning: the fold
    /// proves as much as the log still can.
    private func oldestCopy(_ groupings: Groupings) -> [(path: String, offset: UInt64)] {
        let first = log.status.firstOffset
        guard first > 0 else { return [] }
        return snapshots.all(of: P.fileName)
            .first { $0.offset >= first && Groupings.shown(byCopy: $0.path) == groupings }
            .map { [$0] } ?? []
    }

    private static var readOnly: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        return configuration
    }
}
