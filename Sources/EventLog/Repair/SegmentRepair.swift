/// Repairs one segment from its copy.
struct SegmentRepair {
    enum Outcome {
        /// There was nothing to repair.
        case sound
        case repaired(LogRepair.Action)
        case refused(String)
    }

    let place: RepairPlace
    let directory: String
    let copyPath: String
    let store: any FileStore
    let mayBeRedacted: (UInt64) throws -> Bool

    func run(isDryRun: Bool) throws -> Outcome {
        var before: Verified?
        if let file = place.file {
            let found = try verify(file, place.entry)
            if found.damage.isEmpty { return .sound }
            before = found
        }
        guard let copied = try findCopy() else {
            return .refused("the copy does not have the segment")
        }
        guard let header = copied.validHeader else {
            return .refused("the header of the copy's segment is damaged too")
        }
        let draft = LogPaths.repairing(directory, base: place.base)
        defer { try? store.unlink(draft) }
        let made: Result<Made, RepairRefusal>
        if let known = place.header, known.uuid == header.uuid {
            made = try splice(copied, header, to: draft)
        } else {
            made = try takeWhole(copied, header, to: draft)
        }
        switch made {
        case .failure(let refusal): return .refused(refusal.reason)
        case .success(let made):
            return try putInPlace(made, draft, before, isDryRun: isDryRun)
        }
    }

    /// Nil: it is not there.
    private func findCopy() throws(FileError) -> SegmentAdmission.Candidate? {
        do throws(FileError) {
            return try SegmentDirectory(directory: directory, store: store)
                .candidate(at: copyPath)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// What a check of a file has found.
    private struct Verified {
        var damage: [LogVerifier.Finding]
        var recordCount: UInt64
    }

    struct Made {
        var offsets: [Range<UInt64>]
        var byteCount: UInt64
    }

    struct RepairRefusal: Error {
        var reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// What is found in a file, seen alone.
    private func verify(
        _ file: SegmentAdmission.Candidate, _ entry: Manifest.Entry?
    ) throws -> Verified {
        var verification = SegmentVerification(
            candidate: file, entry: entry, store: store, nextBase: place.nextBase,
            durableOffset: place.durableOffset)
        var link = SegmentVerification.Link()
        try verification.run(&link) { _ in true }
        let damage = verification.summary.findings.filter(\.isDamage)
        return Verified(damage: damage, recordCount: verification.summary.recordCount)
    }

    /// The new file takes the old one's place, when it has lost nothing and won something.
    private func putInPlace(
        _ made: Made, _ draft: String, _ before: Verified?, isDryRun: Bool
    ) throws -> Outcome {
        var candidate = try SegmentDirectory(directory: directory, store: store)
            .candidate(at: draft)
        candidate.nameBase = place.base
        let after = try verify(candidate, place.entry)
        if let before {
            guard after.recordCount >= before.recordCount, after.damage.count < before.damage.count
            else { return .refused("nothing of what is damaged is whole in the copy") }
        }
        var action = LogRepair.Action(
            path: place.path, baseOffset: place.base, offsets: made.offsets,
            byteCount: made.byteCount, remainingFindings: after.damage.count)
        if isDryRun { return .repaired(action) }
        if place.file != nil {
            try store.createDirectory(LogPaths.quarantine(directory))
            action.quarantinePath = try Quarantine(directory: directory, store: store)
                .keep(try store.open(place.path, .read), from: 0)
        }
        try store.rename(draft, to: place.path)
        try store.fsyncDirectory(LogPaths.segments(directory))
        return .repaired(action)
    }

    /// Copies a whole file; durable but for its name on return.
    func copyFile(_ source: any File, to path: String) throws(FileError) -> UInt64 {
        let file = try store.open(path, .write)
        try file.truncate(to: 0)
        let size = try source.size()
        try Self.copy(source, 0..<size, to: file)
        try file.fdatasync()
        return size
    }

    /// Bytes copied at a time.
    private static let copyByteCount: UInt64 = 1 << 20

    static func copy(
        _ source: any File, _ range: Range<UInt64>, to target: any File
    ) throws(FileError) {
        let buffer = AlignedBuffer(byteCount: Int(copyByteCount))
        var position = range.lowerBound
        while position < range.upperBound {
            let room = buffer.bytes.part(
                0..<Int(min(copyByteCount, range.upperBound - position)))
            let count = try source.readFully(into: room, at: position)
            if count == 0 { return }
            try target.writeFully(UnsafeRawBufferPointer(room.part(0..<count)), at: position)
            position += UInt64(count)
        }
    }
}
