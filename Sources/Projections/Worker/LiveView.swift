import ErrorModel
import EventLog

/// What a worker tells of itself.
package struct ProjectionStatus: Sendable {
    package var name: String
    package var version: Int
    /// The first offset that the view does not reflect yet.
    package var offset: UInt64
    package var parked: Int
    package var gaps: Int
    /// A rebuild goes on, or waits for its turn.
    package var isRebuilding: Bool
    /// How far the rebuild is that goes on; nil: none does, it has only begun, or it waits for its turn.
    package var rebuild: FoldProgress?
    /// Why the last rebuild failed; the old rows serve.
    package var rebuildFailure: String?
    /// Set while the view cannot be written: it stands still, the log goes on.
    package var failure: String?
    /// How it groups events, and what is in force: where they differ, it is to be folded anew.
    package var shown = Groupings()
    package var current = Groupings()

    /// As `Projection.fileName`.
    package var fileName: String { "\(name)@\(version).sqlite" }
}

/// A view that is kept up to date; what the server holds of a worker without knowing its fold.
package protocol LiveView: AnyObject, ViewReading {
    /// How the view is now.
    var status: ProjectionStatus { get }
    /// Starts the thread that keeps the view up to date.
    func start()
    /// Stops and waits for the thread; what was folded is committed.
    func stop()
    /// Folds the view anew from the log in a file beside it, on a thread of its own, then puts that
    /// one in its place; returns when it is done.
    ///
    /// Meanwhile the old rows go on as ever. With `parks` records that cannot be folded are parked,
    /// else the first one ends the rebuild, and its error is thrown. What is asked for while a
    /// rebuild goes on begins anew behind it.
    func rebuild(parks: Bool) async throws
    /// Whoever waits for a rebuild, now or later, gets a `CancellationError`; the rebuild itself
    /// goes on until `stop`, and with the next start; one that waits for its turn is forgotten at `stop`.
    func releaseRebuilds()
    /// Copies the view as it is and returns the first offset that the copy does not reflect.
    ///
    /// Blocks; the view goes on meanwhile.
    func snapshot(into snapshots: ViewSnapshots) throws -> UInt64
    /// Makes a copy of the view as it was at an offset, beside the copies of `snapshots`; where there is one
    /// nothing is done.
    ///
    /// Blocks for as long as the fold takes; the view goes on meanwhile. Throws `PastError`, and
    /// `CancellationError` where `goesOn` is false.
    func copyPast(
        at offset: UInt64, into snapshots: ViewSnapshots, goesOn: () -> Bool
    ) throws
    /// Folds the view anew beside the serving one, as far as that one is, and compares the two.
    ///
    /// Blocks for as long as a rebuild takes; the view goes on meanwhile. One call at a time. Throws
    /// `CancellationError` where `goesOn`, which is told what is folded and the end, is false.
    func verify(
        _ source: FoldSource, goesOn: (_ folded: UInt64, _ end: UInt64) -> Bool
    ) throws -> ViewProof
    /// Calls `body` with the store that serves; once more where a rebuilt one takes its place meanwhile.
    func withStore<T: Sendable>(
        _ body: @Sendable (ViewStore) async throws -> T
    ) async throws -> T
    /// Returns when the view reflects everything below `offset`; throws `ViewTimeout` after a
    /// bounded wait.
    func waitUntil(offset: UInt64) async throws
}

extension LiveView {
    package func rebuild() async throws { try await rebuild(parks: false) }
}

/// A view did not reach an offset in time.
package struct ViewTimeout: Error, CustomStringConvertible {
    package var view: String
    package var wanted: UInt64
    package var reached: UInt64
    package var description: String {
        "the view \(view) has reached offset \(reached), not yet \(wanted); try again"
    }
}
