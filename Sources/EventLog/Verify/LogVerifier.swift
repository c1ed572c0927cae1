/// Walks a whole log and checks everything that can be checked, without changing anything.
///
/// Needs no lock and runs beside a writer. Blocks; use a thread of its own.
package struct LogVerifier {
    /// What is wrong, where.
    package struct Finding: Hashable, Sendable {
        /// What kind of thing is wrong.
        package enum Kind: String, Hashable, Sendable {
            case segmentHeader, missingSegment, blockHeader, digestSection, payload, lines, chain
            case missingBytes, unfinishedTail
        }

        package var kind: Kind
        package var path: String
        /// Byte position in the file.
        package var position: UInt64
        /// The records concerned, when they are known.
        package var offsets: Range<UInt64>?
        /// One sentence that says what was found.
        package var message: String
        /// False for what a crash or a running writer leaves: an unfinished tail.
        package var isDamage: Bool { kind != .unfinishedTail }
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
        /// False when `progress` ended the walk.
        package var isComplete = true
        package var findings: [Finding] { segments.flatMap(\.findings) }
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
        let candidates = try SegmentDirectory(directory: directory, store: store).candidates()
        var report = Report()
        var state = Progress(
            segmentIndex: 0, segmentCount: candidates.count, checkedByteCount: 0,
            totalByteCount: candidates.reduce(0) { $0 &+ $1.byteCount })
        var link = SegmentVerification.Link()
        for (index, candidate) in candidates.enumerated() {
            state.segmentIndex = index
            let next = index + 1 < candidates.count ? candidates[index + 1].nameBase : nil
            let start = state.checkedByteCount
            var goesOn = true
            var verification = SegmentVerification(
                candidate: candidate, store: store, nextBase: next)
            do throws(FileError) {
                try verification.run(&link) { byteCount in
                    state.checkedByteCount = start + byteCount
                    goesOn = progress(state)
                    return goesOn
                }
            } catch {
                throw LogError(error)
            }
            report.segments.append(verification.summary)
            guard goesOn else {
                report.isComplete = false
                break
            }
            state.checkedByteCount = start + candidate.byteCount
        }
        return report
    }
}
