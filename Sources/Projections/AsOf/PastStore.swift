import EventLog
import Foundation
import GRDB

/// The file of a view as it was at an offset; it goes when nobody reads it any more.
final class PastStore: Sendable {
    let store: ViewStore
    let byteCount: UInt64

    init(_ store: ViewStore) {
        self.store = store
        byteCount = Self.byteCount(of: store.path)
    }

    deinit {
        try? store.close()
        try? ViewStore.delete(path: store.path)
    }

    static func byteCount(of path: String) -> UInt64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? UInt64) ?? 0
    }
}

/// Makes the file of a view as it was at an offset.
struct PastFold<P: Projection> {
    let log: EventLog
    /// Copies to begin with; what each reflects.
    let copies: [(path: String, offset: UInt64)]
    let wanted: UInt64
    /// The file that is made.
    let path: String
    /// More bytes it may not have.
    var byteLimit = PastLimits.viewBytes
    /// Makes the digests of events anew; nil: they are taken as they are.
    var payloads: PayloadDigests?
    /// How the view groups; nil: as was in force at the offset.
    var groupings: Groupings?

    /// Blocks for as long as the fold takes.
    ///
    /// - Parameter goesOn: told what is folded after each block; false: it is to stop.
    func make(_ goesOn: (UInt64) -> Bool) throws -> PastStore {
        try deletingOnError { PastStore(try fold(goesOn)) }
    }

    /// The same, of which the file stays.
    func makeFile(_ goesOn: (UInt64) -> Bool) throws {
        try deletingOnError { try fold(goesOn).close() }
    }

    private func deletingOnError<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            try? ViewStore.delete(path: path)
            throw error
        }
    }

    private func fold(_ goesOn: (UInt64) -> Bool) throws -> ViewStore {
        let reader = log.makeReader()
        let groupings =
            P.isGrouped
            ? try self.groupings ?? Groupings.inForce(below: wanted, reader) : Groupings()
        try begin(groupings)
        let store = try ViewStore(scratch: path, schema: P.schema)
        do {
            if try store.pool.read(ViewStore.checkpoint) == 0 {
                try groupings.show(in: store, P.self)
            }
            try fold(into: store, goesOn)
            try store.endFilling()
            return store
        } catch {
            try? store.close()
            throw error
        }
    }

    private func begin(_ groupings: Groupings) throws {
        try ViewStore.delete(path: path)
        // What groups otherwise is no beginning.
        let copies = copies.filter {
            $0.offset <= wanted && Groupings.shown(byCopy: $0.path) == groupings
        }
        let first = log.status.firstOffset
        switch PastStart.choose(wanted: wanted, first: first, copies: copies.map(\.offset)) {
        case .beginning: break
        case .gone(let first): throw PastError.gone(first: first)
        case .copy(let offset):
            guard let copy = copies.first(where: { $0.offset == offset }) else { break }
            do {
                try FileManager.default.copyItem(atPath: copy.path, toPath: path)
            } catch CocoaError.fileReadNoSuchFile {
                // Taken away as too old since it was looked up.
                throw PastError.busy
            }
        }
    }

    private func fold(into store: ViewStore, _ goesOn: (UInt64) -> Bool) throws {
        var projection = P()
        var session = try FoldSession(store, &projection)
        let begin = session.next
        let reader = log.makeReader()
        while session.next < wanted {
            guard goesOn(session.next) else { throw CancellationError() }
            let isFolded = try session.foldNext(
                &projection, reader, until: wanted, payloads: payloads)
            guard isFolded else { break }
            if session.isFull(projection, byteLimit: WorkerLimits.rebuildBatchBytes) {
                try commit(&session, &projection, store)
            }
        }
        try commit(&session, &projection, store)
        // Dropped meanwhile: what could not be read is missing in the rows.
        guard session.next == wanted, begin == wanted || log.status.firstOffset <= begin else {
            throw PastError.busy
        }
    }

    private func commit(
        _ session: inout FoldSession, _ projection: inout P, _ store: ViewStore
    ) throws {
        try session.commit(&projection, into: store)
        guard PastStore.byteCount(of: path) <= byteLimit else {
            throw PastError.tooLarge(view: P.name)
        }
    }
}
