import ErrorModel
import EventLog
import HTTPTypes
import NIOPosix
import Projections
import SourceMaps
import Synchronization

/// Keeping scripts and source maps, and letting them go.
extension Faultlog {
    /// An artifact that comes again the same gets a record again after so long, so that it goes with
    /// its last upload and not with its first.
    private static let renewalMicroseconds: Int64 = 24 * 3600 * 1_000_000
    /// Records of one append: it must not fill the log's queue by itself.
    private static let batchRecordCount = 1_000

    /// Keeps what an upload brings to one project: `read` hands over its files, one at a time.
    func keepArtifacts(
        _ start: UploadWork, actor: String,
        _ read: @escaping @Sendable (inout UploadWork, BlobWriter) throws -> Void
    ) async throws -> (work: UploadWork, offset: UInt64) {
        let kept = try await keepArtifacts(actor: actor) { write in
            var work = start
            try read(&work, write)
            return [work]
        }
        return (kept.works[0], kept.offset)
    }

    /// Keeps what an upload brings: `read` hands over its files, one at a time, and says what came
    /// of them, for each project.
    ///
    /// Contents are on disk before the records that name them, and stay there until the view has
    /// these; one upload is read at a time, on a thread of its own, and what it takes of the memory
    /// goes with its turn. On return all of it is durable and will be found.
    func keepArtifacts(
        actor: String, _ read: @escaping @Sendable (BlobWriter) throws -> [UploadWork]
    ) async throws -> (works: [UploadWork], offset: UInt64) {
        let store = directory.blobs
        let hold = BlobHold(blobsInFlight)
        var isWhole = false
        defer {
            hold.letGo()
            // Contents without a record.
            if !isWhole { wantsSweep.store(true, ordering: .relaxed) }
        }
        let taken = try await uploadThread.runIfActive {
            var works = try read { content in
                let hash = BlobHash(of: content)
                hold.add(hash)
                do {
                    try store.writeChecked(content, hash)
                } catch let error as StartError {
                    throw Problem(storage: error)
                }
                return BlobReference(hash: hash, byteCount: UInt64(content.count))
            }
            for index in works.indices { works[index].finish() }
            return works
        }
        let kept = try await artifactChanges.run { [self] in try await record(taken, actor) }
        isWhole = kept.works.allSatisfy { work in
            work.skippedCount == 0 && !work.items.contains(where: \.isReplaced)
        }
        return kept
    }

    /// Appends the records of what is new.
    ///
    /// What the log would refuse is skipped before the first of them. Where the log fails in between,
    /// those before stay, and the same upload once more brings the rest.
    private func record(
        _ taken: [UploadWork], _ actor: String
    ) async throws -> (works: [UploadWork], offset: UInt64) {
        var works = taken
        var records: [NewRecord] = []
        for index in works.indices {
            try await compare(&works[index])
            let project = works[index].project
            works[index].skipUnlessKnown { item in
                let record = newRecord(
                    ArtifactAdded(
                        place: item.place, blob: item.blob, sourceMap: item.sourceMap,
                        actor: actor),
                    project: project)
                guard record.digest.count <= LogLimits.digestByteLimit,
                    record.line.count <= LogLimits.lineByteLimit
                else {
                    return "its names are too long for a record of the log, which has at most "
                        + "\(LogLimits.digestByteLimit) bytes of them"
                }
                records.append(record)
                return nil
            }
        }
        let offset = try await append(records)
        try await artifacts.waitUntil(offset: offset)
        return (works, offset)
    }

    /// Marks what is there already.
    private func compare(_ work: inout UploadWork) async throws {
        let places = work.items.map(\.place)
        let known = try await artifacts.read { db in
            try places.map { try ArtifactRow.fetch(at: $0, db) }
        }.value
        let renewal = clock() - Self.renewalMicroseconds
        for (index, row) in known.enumerated() {
            guard let row else { continue }
            let item = work.items[index]
            let isSame = row.blob == item.blob && row.sourceMap == item.sourceMap
            work.mark(
                index, isReplaced: row.blob != item.blob,
                isKnown: isSame && row.addedAt.microseconds > renewal)
        }
    }

    /// Makes the stored forms of an upload's maps, so that the first frame needs no decoding.
    ///
    /// What fails here is made when it is asked for, and says why then.
    func prepareMaps(_ work: UploadWork) async {
        var byMap: [String: BlobHash] = [:]
        var byID: [String: BlobHash] = [:]
        for item in work.items where item.place.kind == .script {
            for map in item.mapNames { byMap[map] = item.blob.hash }
            if !item.place.debugID.isEmpty { byID[item.place.debugID] = item.blob.hash }
        }
        let pairs = work.items.filter { $0.place.kind == .sourceMap }.map { map in
            MapSource(
                map: map.blob.hash, script: byID[map.place.debugID] ?? byMap[map.place.url])
        }
        _ = try? await uploadThread.runIfActive { [maps] in
            for pair in pairs { try? maps.prepare(pair) }
        }
    }

    /// Takes artifacts away, at most `limit` of those that the query names; says how many, and the
    /// offset behind the last record.
    func removeArtifacts(
        _ query: ArtifactQuery, limit: Int, actor: String
    ) async throws -> (removed: [ArtifactPlace], offset: UInt64) {
        try await artifactChanges.run { [self] in
            let rows = try await artifacts.read { try query.fetch(below: .max, limit: limit, $0) }
            let places = rows.value.map(\.place)
            let offset = try await append(
                places.map {
                    newRecord(ArtifactRemoved(place: $0, actor: actor), project: query.project)
                })
            try await artifacts.waitUntil(offset: offset)
            if !places.isEmpty { wantsSweep.store(true, ordering: .relaxed) }
            return (places, offset)
        }
    }

    private func newRecord(_ record: some ItemRecord, project: UInt32) -> NewRecord {
        var generator = SystemRandomNumberGenerator()
        return NewRecord(
            record, project: project,
            id: EventID(high: generator.next(), low: generator.next()), receivedAt: now)
    }

    /// Appends records; the offset behind the last one, on disk on return.
    private func append(_ records: [NewRecord]) async throws -> UInt64 {
        var offset = log.durableOffset
        var start = 0
        do {
            while start < records.count {
                let end = min(records.count, start + Self.batchRecordCount)
                let receipt = try await log.append(Array(records[start..<end]))
                offset = max(offset, (receipt.outcomes.last?.offset ?? 0) + 1)
                start = end
            }
        } catch let error as LogError where error.code == .invalidRecord {
            throw Problem(.contentTooLarge, "the names are too long to be kept: \(error)")
        } catch let error as LogError {
            throw Problem.unavailable("\(error)")
        }
        return offset
    }
}

// MARK: letting go

extension Faultlog {
    /// Artifacts of one release that are taken away in one step.
    private static let expiryStep = 1_000

    /// Takes away artifacts whose record the log has dropped and whose release no event of the log
    /// names any more, whole or as a commit cut short.
    ///
    /// Those of no release go with their record: nobody can tell what would still need them.
    func expireArtifacts() async throws {
        let first = log.status.firstOffset
        guard first > 0 else { return }
        try await releases.waitUntil(offset: log.durableOffset)
        let candidates = try await artifacts.read { try ArtifactQuery.releases(below: first, $0) }
        for (project, release) in candidates.value {
            let last = try await releases.read {
                try ReleaseSummary.lastEventOffset(project: project, meeting: release, $0)
            }.value
            if let last, !release.isEmpty, last >= first { continue }
            var query = ArtifactQuery(project: project, release: release)
            query.addedBelow = first
            while try await !removeArtifacts(
                query, limit: Self.expiryStep, actor: "faultlog"
            ).removed.isEmpty {}
        }
    }
}
