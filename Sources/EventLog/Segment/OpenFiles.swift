import Synchronization

/// The handles that readers of a log share, bounded: the one used longest ago is let go of.
///
/// Safe from any thread. Who is in the middle of a read holds the file itself, which is closed when
/// its last owner lets go of it.
final class OpenFiles: Sendable {
    private struct Entry {
        var file: any File
        /// When it was asked for last.
        var turn: UInt64
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var turn: UInt64 = 0
    }

    private let state = Mutex(State())

    /// How many are open for readers.
    var count: Int { state.withLock { $0.entries.count } }

    /// The handle of a segment, if it is open.
    func file(of segment: Segment) -> (any File)? {
        state.withLock { state in
            state.turn += 1
            state.entries[ObjectIdentifier(segment)]?.turn = state.turn
            return state.entries[ObjectIdentifier(segment)]?.file
        }
    }

    /// Keeps a handle; of two that were opened at once the first one is the answer.
    func keep(_ file: any File, of segment: Segment) -> any File {
        let (kept, _) = state.withLock { state -> (any File, (any File)?) in
            let id = ObjectIdentifier(segment)
            if let earlier = state.entries[id]?.file { return (earlier, nil) }
            // What is let go of is closed behind the lock.
            var oldest: (any File)?
            if state.entries.count >= LogLimits.openFileLimit,
                let entry = state.entries.min(by: { $0.value.turn < $1.value.turn })
            {
                oldest = entry.value.file
                state.entries[entry.key] = nil
            }
            state.turn += 1
            state.entries[id] = Entry(file: file, turn: state.turn)
            return (file, oldest)
        }
        return kept
    }

    /// The segment is gone.
    func forget(_ segment: Segment) {
        _ = state.withLock { $0.entries.removeValue(forKey: ObjectIdentifier(segment)) }
    }

    /// Lets go of all, when the process may open no more; false: there was none.
    func forgetAll() -> Bool {
        let entries = state.withLock { state in
            defer { state.entries = [:] }
            return state.entries
        }
        return !entries.isEmpty
    }
}
