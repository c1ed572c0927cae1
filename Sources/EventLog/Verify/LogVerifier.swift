/// Walks a whole log and checks everything that can be checked, without changing anything.
///
/// Needs no lock and runs beside a writer. Blocks; use a thread of its own.
package struct LogVerifier {
    /// What is wrong, where.
    package struct Finding: Hashable, Sendable {
        /// What kind of thing is wrong.
        package enum Kind: String, Hashable, Sendable {
            case segmentHeader, missingSegment, blockHeader, digestSection, payload, lines, chain
            case missingBytes, unfinishedTail, manifest, strayFile
            /// The footer of a sealed segment: its records are read without it.
            case footer
        }

        package var kind: Kind
        package var path: String
        /// Byte position in the file.
        package var position: UInt64
        /// The records concerned, when they are known.
        package var offsets: Range<UInt64>?
        /// One sentence that says what was found.
        package var message: String
        /// False for what a crash or a running writer leaves, an unfinished tail, and for files that
        /// are not part of the log.
        package var isDamage: Bool { kind != .unfinishedTail && kind != .strayFile }
    }

    /// How far the walk is; given after every block.
    package struct Progress: Sendable {
        package var segmentIndex: Int
        package var segmentCount: Int
        package var checkedByteCount: UInt64
        package var totalByteCount: UInt64
    }

    /// One segment, when it has been walked.
    package struct SegmentSummary: Sendable {
        package var path: String
        package var baseOffset: UInt64
        package var recordCount: UInt64 = 0
        package var blockCount = 0
        package var byteCount: UInt64
        package var findings: [Finding] = []
    }

    /// The result of a walk.
    package struct Report: Sendable {
        package var segments: [SegmentSummary] = []
        /// What is wrong with the directory: manifests, files that are missing or do not belong.
        package var fileFindings: [Finding] = []
        /// False when `progress` ended the walk.
        package var isComplete = true
        package var findings: [Finding] { fileFindings + segments.flatMap(\.findings) }
        /// Records that were read and found whole.
        package var recordCount: UInt64 { segments.reduce(0) { $0 + $1.recordCount } }
        /// True when nothing is damaged (an unfinished tail is no damage).
        package var isSound: Bool { !findings.contains(where: \.isDamage) }
    }

    private let directory: String
    private let store: any FileStore

    package init(directory: String, store: any FileStore = PosixFileStore()) {
        self.directory = directory
        self.store = store
    }

    /// Checks every byte of every segment: checksums, the chain over blocks and segments, dense
    /// offsets, LZ4, and that there is one line a record that begins with its offset.
    ///
    /// `progress` returns false to stop early. Damage is a finding; an error is thrown only when
    /// the directory or a file cannot be read at all.
    package func verify(progress: (Progress) -> Bool = { _ in true }) throws(LogError) -> Report {
        let found = try loadManifest()
        let files = try SegmentDirectory(directory: directory, store: store).candidates(nil)
        let candidates = files.filter { $0.nameBase != nil }
        var report = Report()
        report.fileFindings = Self.findings(files, found)
        var known: [UInt64: Manifest.Entry] = [:]
        for entry in found.manifest?.entries ?? [] { known[entry.header.baseOffset] = entry }
        var state = Progress(
            segmentIndex: 0, segmentCount: candidates.count, checkedByteCount: 0,
            totalByteCount: candidates.reduce(0) { $0 &+ $1.byteCount })
        var link = SegmentVerification.Link()
        for (index, candidate) in candidates.enumerated() {
            state.segmentIndex = index
            let next = index + 1 < candidates.count ? candidates[index + 1].nameBase : nil
            let start = state.checkedByteCount
            var goesOn = true
            let isNewest = candidate.nameBase == found.manifest?.checkpoint.segmentBase
            let summary = try check(
                candidate, candidate.nameBase.flatMap { known[$0] }, next,
                isNewest ? found.manifest?.checkpoint.offset : nil, &link
            ) { byteCount in
                state.checkedByteCount = start + byteCount
                goesOn = progress(state)
                return goesOn
            }
            report.segments.append(summary)
            guard goesOn else {
                report.isComplete = false
                break
            }
            state.checkedByteCount = start + candidate.byteCount
        }
        return report
    }

    /// Checks one segment; once more where its file was sealed or rewritten meanwhile.
    private func check(
        _ candidate: SegmentAdmission.Candidate, _ entry: Manifest.Entry?, _ nextBase: UInt64?,
        _ durable: UInt64?, _ link: inout SegmentVerification.Link, progress: (UInt64) -> Bool
    ) throws(LogError) -> SegmentSummary {
        let before = link
        var candidate = candidate
        for _ in 1..<Self.attemptLimit {
            if try isGone(candidate.path) {
                // Retention has dropped it since the files were listed.
                link = .init()
                return SegmentSummary(
                    path: candidate.path, baseOffset: candidate.nameBase ?? 0, byteCount: 0)
            }
            let summary = try checkOnce(candidate, entry, nextBase, durable, &link, progress)
            if !summary.findings.contains(where: \.isDamage) { return summary }
            let fresh: SegmentAdmission.Candidate
            do throws(FileError) {
                fresh = try SegmentDirectory(directory: directory, store: store)
                    .candidate(at: candidate.path)
            } catch {
                throw LogError(error)
            }
            if fresh.header == candidate.header { return summary }
            candidate = fresh
            link = before
        }
        return try checkOnce(candidate, entry, nextBase, durable, &link, progress)
    }

    private func isGone(_ path: String) throws(LogError) -> Bool {
        do throws(FileError) {
            _ = try store.open(path, .read)
            return false
        } catch {
            if error.isMissing { return true }
            throw LogError(error)
        }
    }

    /// A segment is sealed once, and seldom rewritten.
    private static let attemptLimit = 3

    private func checkOnce(
        _ candidate: SegmentAdmission.Candidate, _ entry: Manifest.Entry?, _ nextBase: UInt64?,
        _ durable: UInt64?, _ link: inout SegmentVerification.Link, _ progress: (UInt64) -> Bool
    ) throws(LogError) -> SegmentSummary {
        var verification = SegmentVerification(
            candidate: candidate, entry: entry, store: store, nextBase: nextBase,
            durableOffset: durable)
        do throws(FileError) {
            try verification.run(&link, progress: progress)
        } catch {
            throw LogError(error)
        }
        return verification.summary
    }

    private func loadManifest() throws(LogError) -> ManifestFiles.Found {
        do throws(FileError) {
            return try ManifestFiles(directory: directory, store: store).load()
        } catch {
            throw LogError(error)
        }
    }

    private static func findings(
        _ files: [SegmentAdmission.Candidate], _ found: ManifestFiles.Found
    ) -> [Finding] {
        var findings = found.damagedPaths.map {
            Finding(
                kind: .manifest, path: $0, position: 0, offsets: nil,
                message: "The copy of the manifest is damaged; opening the log makes it again.")
        }
        for file in files where file.nameBase == nil {
            findings.append(
                Finding(
                    kind: .strayFile, path: file.path, position: 0, offsets: nil,
                    message: "The file is not named like a segment."))
        }
        let bases = Set(files.compactMap(\.nameBase))
        let entries = found.manifest?.entries ?? []
        for (index, entry) in entries.enumerated() where !bases.contains(entry.header.baseOffset) {
            let base = entry.header.baseOffset
            let end = index + 1 < entries.count ? entries[index + 1].header.baseOffset : nil
            findings.append(
                Finding(
                    kind: .missingSegment, path: LogPaths.name(base: base), position: 0,
                    offsets: end.map { base..<$0 },
                    message: "The manifest names the segment, and it is not there."))
        }
        return findings
    }
}
