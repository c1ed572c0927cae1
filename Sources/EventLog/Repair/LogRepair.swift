import Glibc

/// Takes what is damaged in a log from a copy of it, where it can be proven to be the same.
///
/// Works on a directory that nothing else writes. The proof is one of two. A copy of the very same
/// file (the same uuid) gives single blocks: their checksums are seeded with the uuid and their
/// place, and each carries the checksum of the one before. A copy of another form of the segment
/// (sealed meanwhile, or not yet) is taken whole, when the next segment continues it, all that can
/// still be read here is the same there, and nothing was redacted since. What is not proven is
/// left as it is, with the reason.
package struct LogRepair {
    /// A segment of which something was, or would be, taken from the copy.
    package struct Action: Hashable, Sendable {
        package var path: String
        package var baseOffset: UInt64
        /// The records that can be read again.
        package var offsets: [Range<UInt64>]
        /// Bytes taken from the copy.
        package var byteCount: UInt64
        /// What is damaged still.
        package var remainingFindings: Int
        /// Where the file is that was there before; nil: there was none, or it was a dry run.
        package var quarantinePath: String?
    }

    /// A damaged segment of which nothing was taken.
    package struct Refusal: Hashable, Sendable {
        package var path: String
        package var baseOffset: UInt64
        /// One sentence.
        package var reason: String
    }

    package struct Report: Hashable, Sendable {
        package var actions: [Action] = []
        package var refusals: [Refusal] = []
        /// True when all that was damaged in the range is whole now.
        package var isWhole: Bool {
            refusals.isEmpty && actions.allSatisfy { $0.remainingFindings == 0 }
        }
    }

    private let directory: String
    private let copy: String
    private let store: any FileStore
    private let mayBeRedacted: (UInt64) throws -> Bool

    /// `mayBeRedacted` says whether a record at or above an offset tells that older ones were
    /// redacted, or may tell so and cannot be read; asked only where nothing else can tell.
    package init(
        directory: String, copy: String, store: any FileStore = PosixFileStore(),
        mayBeRedacted: @escaping (UInt64) throws -> Bool
    ) {
        self.directory = directory
        self.copy = copy
        self.store = store
        self.mayBeRedacted = mayBeRedacted
    }

    /// Repairs all segments that have records in `range`.
    ///
    /// Blocks. Each new file is whole, checked and synced, and the old one kept in quarantine,
    /// before it takes its place: a crash leaves the one or the other. With `isDryRun` nothing is
    /// changed. Throws when the log is in use, or a file cannot be read or written.
    package func run(
        range: Range<UInt64> = 0..<UInt64.max, isDryRun: Bool = false,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Report {
        let lock = isDryRun ? nil : try takeLock()
        defer { withExtendedLifetime(lock) {} }
        let manifest = try ManifestFiles(directory: directory, store: store).load().manifest
        let places = try findPlaces(manifest)
        var report = Report()
        // The newest first: they say whether older ones were redacted.
        for (index, place) in places.reversed().enumerated() {
            progress(index, places.count)
            guard place.base < range.upperBound, place.nextBase ?? .max > range.lowerBound else {
                continue
            }
            let repair = SegmentRepair(
                place: place, directory: directory,
                copyPath: LogPaths.segment(copy, base: place.base), store: store,
                mayBeRedacted: mayBeRedacted)
            switch try repair.run(isDryRun: isDryRun) {
            case .sound: break
            case .repaired(let action): report.actions.append(action)
            case .refused(let reason):
                report.refusals.append(
                    Refusal(path: place.path, baseOffset: place.base, reason: reason))
            }
        }
        progress(places.count, places.count)
        report.actions.reverse()
        report.refusals.reverse()
        return report
    }

    private func takeLock() throws -> any FileLock {
        switch try store.lock(LogPaths.lock(directory), owner: "pid \(getpid())\n") {
        case .held(let lock): return lock
        case .taken(let owner):
            let name = owner.split(separator: "\n").first.map(String.init) ?? "unknown"
            throw LogError(
                .locked, "The log is open for writing elsewhere (\(name)).",
                help: "Stop that process first.", path: LogPaths.lock(directory))
        }
    }

    /// All segments that are there, or that the manifest lists, in the order of their offsets.
    private func findPlaces(_ manifest: Manifest?) throws -> [RepairPlace] {
        var files: [UInt64: SegmentAdmission.Candidate] = [:]
        for file in try SegmentDirectory(directory: directory, store: store).candidates(nil) {
            if let base = file.nameBase { files[base] = file }
        }
        var entries: [UInt64: Manifest.Entry] = [:]
        for entry in manifest?.entries ?? [] { entries[entry.header.baseOffset] = entry }
        let first = manifest?.entries[0].header.baseOffset ?? 0
        let bases = Set(files.keys.filter { $0 >= first }).union(entries.keys).sorted()
        return bases.enumerated().map { index, base in
            let next = index + 1 < bases.count ? bases[index + 1] : nil
            var place = RepairPlace(
                base: base, nextBase: next, path: LogPaths.segment(directory, base: base),
                file: files[base], entry: entries[base])
            if let next { place.nextHeader = files[next]?.validHeader ?? entries[next]?.header }
            if let checkpoint = manifest?.checkpoint, checkpoint.segmentBase == base {
                place.durableOffset = checkpoint.offset
            }
            return place
        }
    }
}

/// One segment as the directory and the manifest have it.
struct RepairPlace {
    var base: UInt64
    /// Where the next one begins; nil for the newest.
    var nextBase: UInt64?
    var path: String
    /// Nil: it is not there.
    var file: SegmentAdmission.Candidate?
    var entry: Manifest.Entry?
    /// Of the next one.
    var nextHeader: SegmentHeader?
    /// What the manifest says was durable, of the newest one.
    var durableOffset: UInt64?

    /// What the segment is, by its own header or by the manifest's.
    var header: SegmentHeader? { file?.validHeader ?? entry?.header }
}

extension SegmentAdmission.Candidate {
    /// The header, when it is whole and that of the file's name.
    var validHeader: SegmentHeader? {
        guard case .valid(let header) = header, header.baseOffset == nameBase else { return nil }
        return header
    }
}
