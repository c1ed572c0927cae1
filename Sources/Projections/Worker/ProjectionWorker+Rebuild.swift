import EventLog
import Synchronization

/// The rebuild beside the view, as the view's own thread sees it.
extension ProjectionWorker {
    /// Begins a rebuild that is asked for, ends one that failed; true: one has only to take the old
    /// rows' place.
    func tendRebuild() -> Bool {
        let move = shared.withLock { shared -> RebuildMove<P> in
            guard let shadow = shared.shadow else {
                guard let next = beginRebuild(&shared) else { return .none }
                return .start(next)
            }
            switch shadow.outcome {
            case nil, .stopped: return .none
            case .caughtUp: return .take
            case .failed(let error): return .fail(error, endRebuild(&shared, error))
            }
        }
        switch move {
        case .none: return false
        case .take: return true
        case .start(let shadow): shadow.start()
        case .fail(let error, let waiting):
            for continuation in waiting { continuation.resume(throwing: error) }
        }
        return false
    }

    private func beginRebuild(_ shared: inout Shared) -> ShadowFold<P>? {
        guard let parks = shared.rebuilds.first?.parks ?? shared.resumes, turns.take() else {
            return nil
        }
        shared.resumes = nil
        // Asked for now it begins anew: what a draft was folded from may have changed since.
        let isResumed = shared.rebuilds.isEmpty
        shared.rebuilding = shared.rebuilds.filter { $0.parks == parks }
            .compactMap(\.continuation)
        shared.rebuilds.removeAll { $0.parks == parks }
        let run = ShadowRun<P>(
            log: log, file: file, snapshots: snapshots, parks: parks, groupings: shared.current)
        let shadow = ShadowFold(run, turns, resumes: isResumed)
        shared.shadow = shadow
        shared.rebuildFailure = nil
        return shadow
    }

    private func endRebuild(
        _ shared: inout Shared, _ error: (any Error)?
    ) -> [CheckedContinuation<Void, any Error>] {
        shared.shadow = nil
        shared.rebuildFailure = error.map { "\($0)" }
        defer { shared.rebuilding = [] }
        return shared.rebuilding
    }

    /// Folds what the new file still lacks and puts it in the place of the old one, which serves
    /// until then; a few ms, in which nothing else is folded.
    func switchStore() {
        guard let run = shared.withLock({ $0.shadow?.run }) else { return }
        let result = Result {
            try run.finish(until: log.durableOffset)
            // Readers that come while it is closed try again with the new one.
            let old = shared.withLock { shared in
                shared.isSwitching = true
                return shared.store
            }
            try old.close()
            try endSwitch()
        }
        let error: (any Error)? = if case .failure(let error) = result { error } else { nil }
        let waiting = shared.withLock { endRebuild(&$0, error) }
        for continuation in waiting { continuation.resume(with: result) }
    }

    /// Opens what takes the place of a store that was closed; does nothing where none was.
    func endSwitch() throws {
        guard shared.withLock({ $0.isSwitching }) else { return }
        try file.takePlace()
        let store = try ViewStore(path: path, schema: P.schema)
        let counts = try Self.counts(store)
        let ready = shared.withLock { shared in
            shared.store = store
            shared.isSwitching = false
            shared.parked = counts.parked
            shared.gaps = counts.gaps
            return shared.reach(counts.offset)
        }
        for continuation in ready { continuation.resume() }
    }
}

/// What a worker has to do for a rebuild.
private enum RebuildMove<P: Projection> {
    case none
    case start(ShadowFold<P>)
    /// The new file has only to take the old one's place.
    case take
    case fail(any Error, [CheckedContinuation<Void, any Error>])
}
