import ErrorModel
import EventLog
import NIOPosix

/// A record beside events, with where it lies in the log and when it came.
struct StoredItem<Record: ItemRecord>: Sendable {
    var offset: UInt64
    var receivedAt: Timestamp
    var id: EventID
    var record: Record
}

/// Reads records beside events back out of the log, off the event loops.
struct ItemReader: Sendable {
    let app: Faultlog

    /// Records looked at in one step of a search.
    private static let step = 200
    /// Records that one search looks at: a trace or an event with more is somebody's experiment.
    static let scanLimit = 10_000

    /// The records at these offsets, in their order; those that cannot be read are left out.
    func records<Record: ItemRecord>(
        _ type: Record.Type, at offsets: [UInt64]
    ) async throws -> [StoredItem<Record>] {
        if offsets.isEmpty { return [] }
        return try await app.readers.runIfActive { [app] in
            try app.log.withReader { reader in
                try offsets.compactMap { try Self.record(type, at: $0, reader) }
            }
        }
    }

    /// What a search has found.
    struct Found<Record: ItemRecord>: Sendable {
        /// Newest first.
        var items: [StoredItem<Record>] = []
        /// There are no others: it ended at the last record of the key.
        var isWhole = false
    }

    /// The records of a project whose key is `value`, newest first, below an offset, as long as
    /// `isEnough` does not say otherwise.
    ///
    /// - Parameters:
    ///   - scanLimit: records of the key that are looked at.
    ///   - keep: what is wanted of a record; nil: nothing.
    func search<Record: ItemRecord>(
        _ type: Record.Type, _ key: IndexKeyKind, _ value: UInt64, project: UInt32,
        below: UInt64 = .max, scanLimit: Int = Self.scanLimit,
        keep: @escaping @Sendable (Record) -> Record? = { $0 },
        until isEnough: @escaping @Sendable ([StoredItem<Record>]) -> Bool
    ) async throws -> Found<Record> {
        try await app.readers.runIfActive { [app] in
            try app.log.withReader { reader in
                var found = Found<Record>()
                var end = below
                var looked = 0
                while looked < scanLimit {
                    let offsets = try reader.offsets(
                        of: key, value: value, below: end, limit: Self.step)
                    for offset in offsets {
                        guard let header = try reader.readHeader(at: offset),
                            header.project == project,
                            header.type.rawValue == Record.kind.rawValue,
                            var item = try Self.record(type, at: offset, reader),
                            let kept = keep(item.record)
                        else { continue }
                        item.record = kept
                        found.items.append(item)
                        if isEnough(found.items) { return found }
                    }
                    guard offsets.count == Self.step, let last = offsets.last else {
                        found.isWhole = true
                        break
                    }
                    end = last
                    looked += offsets.count
                }
                return found
            }
        }
    }

    private static func record<Record: ItemRecord>(
        _ type: Record.Type, at offset: UInt64, _ reader: LogReader
    ) throws -> StoredItem<Record>? {
        guard case .record(let record)? = try reader.readRecord(at: offset, digest: false),
            record.header.type.rawValue == Record.kind.rawValue,
            let data = RecordLine.dataRange(record.line),
            let content = try? Record(data: Array(record.line[data]))
        else { return nil }
        let header = record.header
        return StoredItem(
            offset: offset, receivedAt: Timestamp(microseconds: header.time),
            id: EventID(high: header.id.high, low: header.id.low), record: content)
    }
}
