import ErrorModel
import EventLog
import NIOPosix
import Projections
import Synchronization

/// A file that came with a request; its record is made once its content is on disk.
struct FileDraft: Sendable {
    /// What the file is to the log; without its content.
    enum Subject: Sendable {
        case attachment(AttachmentKept)
        case recording(ReplayRecorded)
    }

    /// The type of the item, for the counts.
    var type: String
    var content: [UInt8]
    var subject: Subject
    var project: UInt32
    var receivedAt: Timestamp

    /// The record that names the content.
    func record(_ hash: BlobHash) -> NewRecord {
        let blob = BlobReference(hash: hash, byteCount: UInt64(content.count))
        switch subject {
        case .attachment(var record):
            record.blob = blob
            // The same file of an event that comes again is one; an event may have many.
            let id = ItemID.make([
                "attachment", record.event?.text ?? "", record.fileName ?? "", hash.text,
            ])
            return NewRecord(record, project: project, id: id, receivedAt: receivedAt)
        case .recording(var record):
            record.blob = blob
            return NewRecord(
                record, project: project, id: ReplayItem.id(record.replay, record.segment),
                receivedAt: receivedAt)
        }
    }
}

/// Writes files on a thread of its own, before the records that name them are appended.
///
/// Safe from any thread. What cannot be written is counted, and the rest of the request kept.
final class FileWriter: Sendable {
    let store: BlobStore
    /// One: a sync waits for the disk, and two would wait for the same one.
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let waitingBytes = Atomic<Int>(0)

    init(store: BlobStore) { self.store = store }

    func start() {
        store.removeDrafts()
        thread.start()
    }

    /// Blocks until what waits is written.
    func stop() { try? thread.syncShutdownGracefully() }

    /// Writes the files, then calls with the records of those that are durable, on the thread of
    /// this writer; or at once where there is no room or the server stops.
    func write(
        _ drafts: [FileDraft], _ counters: IngestCounters,
        completion: @escaping @Sendable ([NewRecord]) -> Void
    ) {
        let count = drafts.reduce(0) { $0 + $1.content.count }
        let after = waitingBytes.add(count, ordering: .relaxed).newValue
        guard after <= IngestLimits.waitingFileBytes else {
            waitingBytes.subtract(count, ordering: .relaxed)
            counters.drop("files_waiting", drafts.count, project: drafts.first?.project ?? 0)
            return completion([])
        }
        thread.submit { [self] state in
            var records: [NewRecord] = []
            for draft in drafts {
                guard case .active = state, let record = write(draft) else {
                    counters.drop("\(draft.type)_not_written", project: draft.project)
                    continue
                }
                counters.take(draft.type)
                records.append(record)
            }
            waitingBytes.subtract(count, ordering: .relaxed)
            completion(records)
        }
    }

    /// Nil where the disk refuses.
    private func write(_ draft: FileDraft) -> NewRecord? {
        let hash = BlobHash(of: draft.content)
        guard (try? store.write(draft.content, hash)) != nil else { return nil }
        return draft.record(hash)
    }
}

extension Faultlog {
    /// The record of an attachment follows its file within seconds; younger files may still get one.
    ///
    /// Those of uploads are held (`BlobsInFlight`).
    private static let youngSeconds = 60

    /// Deletes the files that nothing names any more, and returns how many these were.
    ///
    /// Attachments and recordings are named by their records, scripts and source maps by the view:
    /// they outlive their records and go with their release. One call at a time, and not while
    /// segments are dropped or rewritten.
    @discardableResult
    func sweepFiles() async throws -> Int {
        blobsInFlight.beginSweep()
        defer { blobsInFlight.endSweep() }
        try await artifacts.waitUntil(offset: log.durableOffset)
        let artifacts = try await artifacts.read { try ArtifactRow.blobs($0) }.value
        return try await chore { try self.sweepFiles(except: artifacts) }
    }

    /// Blocks.
    private func sweepFiles(except kept: Set<BlobHash>) throws -> Int {
        let reader = log.makeReader()
        let store = directory.blobs
        let now = Int(clock() / Timestamp.microsecondsPerSecond)
        var count = 0
        for hash in store.all() where !kept.contains(hash) {
            guard let written = store.lastWritten(hash), written < now - Self.youngSeconds,
                try !isNamed(hash, reader)
            else { continue }
            if try blobsInFlight.deleteUnlessHeld(hash, { try store.remove(hash) }) { count += 1 }
        }
        maps.sweep(keeping: kept)
        return count
    }

    private func isNamed(_ hash: BlobHash, _ reader: LogReader) throws -> Bool {
        // Sessions of applications may have the same key, by chance or by intent: all are looked at.
        var end = UInt64.max
        while true {
            let offsets = try reader.offsets(
                of: .session, value: hash.key, below: end, limit: Self.sweepStep)
            for offset in offsets {
                guard let header = try reader.readHeader(at: offset) else { return true }
                let type = header.type.rawValue
                if type == RecordKind.attachmentKept.rawValue
                    || type == RecordKind.replayRecorded.rawValue
                {
                    return true
                }
            }
            guard offsets.count == Self.sweepStep, let last = offsets.last else { return false }
            end = last
        }
    }

    private static let sweepStep = 100
}
