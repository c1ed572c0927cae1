import ErrorModel
import Synchronization

/// Contents that are on their way to a record: no sweep deletes them.
///
/// A large upload writes for minutes before its first record, so the time of a file says nothing
/// of whether it will be named. Safe from any thread.
final class BlobsInFlight: Sendable {
    private struct State {
        /// How many hold each.
        var holders: [BlobHash: Int] = [:]
        var sweeps = 0
        /// Let go while a sweep is under way, which has asked before who names them.
        var ended: Set<BlobHash> = []
    }

    private let state = Mutex(State())
    /// Held while a sweep deletes, so that nobody finds a file there that is about to go.
    ///
    /// Only threads that may block wait for it.
    private let deletion = Mutex(())

    /// From now on the content stays; before its file is written or found.
    ///
    /// Blocks for as long as another file is deleted.
    fileprivate func hold(_ hash: BlobHash) {
        deletion.withLock { _ in state.withLock { $0.holders[hash, default: 0] += 1 } }
    }

    fileprivate func letGo(_ hashes: Set<BlobHash>) {
        state.withLock { state in
            if state.sweeps > 0 { state.ended.formUnion(hashes) }
            for hash in hashes {
                let left = (state.holders[hash] ?? 1) - 1
                state.holders[hash] = left > 0 ? left : nil
            }
        }
    }

    /// Called before a sweep asks which contents are named, and with `endSweep` behind it.
    func beginSweep() { state.withLock { $0.sweeps += 1 } }

    func endSweep() {
        state.withLock { state in
            state.sweeps -= 1
            if state.sweeps == 0 { state.ended = [] }
        }
    }

    /// Deletes unless somebody holds the content, or has since the sweep began.
    ///
    /// Blocks.
    func deleteUnlessHeld(_ hash: BlobHash, _ delete: () throws -> Bool) rethrows -> Bool {
        try deletion.withLock { _ in
            let isHeld = state.withLock { $0.holders[hash] != nil || $0.ended.contains(hash) }
            return try isHeld ? false : delete()
        }
    }
}

/// The contents that one upload holds until the view has its records; lets them go with its end.
final class BlobHold: Sendable {
    private let blobs: BlobsInFlight
    private let held = Mutex<Set<BlobHash>>([])

    init(_ blobs: BlobsInFlight) { self.blobs = blobs }

    deinit { letGo() }

    /// Blocks.
    func add(_ hash: BlobHash) {
        if held.withLock({ $0.insert(hash).inserted }) { blobs.hold(hash) }
    }

    func letGo() {
        blobs.letGo(
            held.withLock { held in
                defer { held = [] }
                return held
            })
    }
}
