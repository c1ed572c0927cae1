/// Decides which files of the directory are the log.
///
/// Pure: facts in, verdict out. The manifest is the witness where there is one: what it lists was
/// part of the log, so a file that is not there any more is missing, not forgotten. Without one
/// the files have to prove each other, by the base offset that each names as the one before.
struct SegmentAdmission: Hashable, Sendable {
    /// What is known of one file whose name ends like a segment's.
    struct Candidate: Hashable, Sendable {
        var path: String
        /// The base offset in its name; nil when the name is none.
        var nameBase: UInt64?
        var byteCount: UInt64
        /// Nil when it was not read: the manifest lists the file with this very length.
        var header: SegmentHeader.Verdict?
    }

    /// A file that is part of the log.
    struct Admitted: Hashable, Sendable {
        var path: String
        var header: SegmentHeader
        /// Bytes that count, as far as they are known.
        var byteCount: UInt64
        /// The manifest knows of more bytes than the file has.
        var isCutShort = false
    }

    /// What to do with the files.
    enum Verdict: Hashable, Sendable {
        case log(SegmentAdmission)
        /// The newest was being made when a crash came; set it aside and decide again.
        case unfinishedNewest
        /// Offsets could be given twice: nothing may be appended before somebody has looked.
        case refuse(LogError)
    }

    private(set) var admitted: [Admitted] = []
    private(set) var gaps: [RecoveryReport.Gap] = []
    /// What the manifest lists and is not there: it goes on being listed, so that it is missed at the
    /// next opening too, can be repaired, and is taken in again when it comes back.
    private(set) var lost: [Manifest.Entry] = []
    private(set) var notices: [RecoveryReport.Notice] = []
    /// Files below the first segment of the manifest: retention has dropped them.
    private(set) var dropped: [String] = []
    /// The base of the last segment that is or was part of the log.
    private var lastBase: UInt64?
    private let manifest: Manifest?

    /// `candidates` are in the order of their names.
    static func decide(_ candidates: [Candidate], _ manifest: Manifest?) -> Verdict {
        if let newest = candidates.last, isUnfinished(newest, manifest) { return .unfinishedNewest }
        var admission = SegmentAdmission(manifest: manifest)
        if let error = admission.refusal(of: candidates) { return .refuse(error) }
        return .log(admission)
    }

    private init(manifest: Manifest?) { self.manifest = manifest }

    /// No block is written before the header is durable: a file this short holds no record.
    private static func isUnfinished(_ candidate: Candidate, _ manifest: Manifest?) -> Bool {
        if let manifest, let base = candidate.nameBase, base <= manifest.lastBase { return false }
        switch candidate.header {
        case .damaged, .foreign: break
        case .valid, .newer, nil: return false
        }
        return candidate.nameBase != nil
            && candidate.byteCount <= UInt64(SegmentHeader.byteCount)
    }

    /// Goes over all files and all that the manifest lists, in the order of their offsets.
    private mutating func refusal(of candidates: [Candidate]) -> LogError? {
        var entries: [UInt64: Manifest.Entry] = [:]
        for entry in manifest?.entries ?? [] { entries[entry.header.baseOffset] = entry }
        var files: [UInt64: Candidate] = [:]
        for candidate in candidates {
            if let base = candidate.nameBase, !isStray(candidate, entries) {
                files[base] = candidate
            } else if let error = stray(candidate) {
                return error
            }
        }
        let bases = Set(files.keys).union(entries.keys).sorted()
        for (index, base) in bases.enumerated() {
            let next = index + 1 < bases.count ? bases[index + 1] : nil
            let error =
                entries[base].map { listed($0, files[base], next) }
                ?? unlisted(files[base], base, next)
            if let error { return error }
        }
        return nil
    }

    /// True for a file that the manifest proves not to be in its place: a copy, or one renamed.
    private func isStray(_ file: Candidate, _ entries: [UInt64: Manifest.Entry]) -> Bool {
        guard let manifest, let base = file.nameBase, entries[base] == nil else { return false }
        if base < manifest.lastBase { return true }
        if case .valid(let header) = file.header, header.baseOffset != base {
            return entries[header.baseOffset] != nil
        }
        return false
    }

    /// A file that is not part of the log; without a manifest that cannot be known.
    private mutating func stray(_ file: Candidate) -> LogError? {
        if let manifest {
            if let base = file.nameBase, base < manifest.entries[0].header.baseOffset {
                dropped.append(file.path)
            } else {
                notices.append(.init(kind: .strayFile, path: file.path))
            }
            return nil
        }
        return LogError(
            .foreignFile, "The file is not named like a segment.",
            help: "Move it out of the directory, or give it its name back.", path: file.path)
    }

    /// A segment that the manifest names.
    private mutating func listed(
        _ entry: Manifest.Entry, _ file: Candidate?, _ next: UInt64?
    ) -> LogError? {
        let base = entry.header.baseOffset
        defer { lastBase = base }
        guard let file else {
            lost.append(entry)
            return gap(.missingSegment, base, next, nil, "The segment is missing.")
        }
        switch file.header {
        case nil:
            admit(file, entry.header, entry.byteCount)
        case .valid(let header) where header.isForm(of: entry.header):
            admit(file, header, header.uuid == entry.header.uuid ? entry.byteCount : 0)
        case .damaged:
            // Its identity is known from the manifest: the blocks can be read and checked.
            notices.append(.init(kind: .segmentHeader, path: file.path))
            admit(file, entry.header, entry.byteCount)
        case .newer(let version):
            return Self.newer(file.path, version)
        case .valid, .foreign:
            lost.append(entry)
            return gap(
                .foreignSegment, base, next, file.path, "The file is not the segment of this log.")
        }
        return nil
    }

    private mutating func admit(_ file: Candidate, _ header: SegmentHeader, _ wanted: UInt64) {
        let isCutShort = file.byteCount < wanted
        admitted.append(
            Admitted(
                path: file.path, header: header, byteCount: file.byteCount, isCutShort: isCutShort))
    }

    /// A file that was made after the manifest was written.
    private mutating func unlisted(
        _ file: Candidate?, _ base: UInt64, _ next: UInt64?
    ) -> LogError? {
        guard let file else { return nil }
        switch file.header {
        case .valid(let header) where header.baseOffset == base:
            follow(header, base, file.path)
            admit(file, header, 0)
            lastBase = base
            return nil
        case .newer(let version):
            return Self.newer(file.path, version)
        case .damaged:
            defer { lastBase = base }
            return gap(
                .segmentHeader, base, next, file.path, "The header of the segment is damaged.")
        case .valid(let header):
            return LogError(
                .foreignFile,
                "The segment begins with offset \(header.baseOffset), not with that of its name.",
                help: "Name it \(LogPaths.name(base: header.baseOffset)) again.", path: file.path)
        case .foreign, nil:
            return LogError(
                .foreignFile, "The file is not a segment of a log.",
                help: "Move it out of the directory, or restore the segment from a backup.",
                path: file.path)
        }
    }

    /// Notes what lies between the last segment and this one, when something does.
    private mutating func follow(_ header: SegmentHeader, _ base: UInt64, _ path: String) {
        guard let lastBase, header.previousBase != lastBase else { return }
        let lower = header.previousBase < base ? max(header.previousBase, lastBase) : lastBase
        gaps.append(.init(path: path, offsets: lower..<base, reason: .missingSegment))
    }

    /// Everything from `base` to the next segment is gone; where there is none, it is not known
    /// how far the log went, and nothing may be appended.
    private mutating func gap(
        _ reason: GapReason, _ base: UInt64, _ next: UInt64?, _ path: String?, _ message: String
    ) -> LogError? {
        let path = path ?? LogPaths.name(base: base)
        if let next {
            gaps.append(.init(path: path, offsets: base..<next, reason: reason))
            return nil
        }
        let code: LogError.Code =
            switch reason {
            case .missingSegment: .missingSegment
            case .foreignSegment: .foreignFile
            default: .damagedHeader
            }
        return LogError(
            code, message + " It is the newest: how far the log went is not known.",
            help: "Restore the file from a backup. To go on without its records, move it and both "
                + "manifest files away.",
            path: path)
    }

    private static func newer(_ path: String, _ version: UInt16) -> LogError {
        LogError(
            .newerFormat,
            "The segment needs a reader of format \(version); this one is of format "
                + "\(SegmentHeader.newestVersion).",
            help: "Start the newer version of the program again.", path: path)
    }
}

extension SegmentHeader {
    /// True when this is the segment `other`, as it was or rewritten: it begins at the same
    /// offset, was begun at the same time and continues the same block.
    func isForm(of other: SegmentHeader) -> Bool {
        baseOffset == other.baseOffset && created == other.created
            && previousChain == other.previousChain && previousBase == other.previousBase
    }
}
