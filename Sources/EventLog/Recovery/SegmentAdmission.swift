/// Decides whether the files in the directory are a log.
///
/// Pure: facts in, verdict out.
struct SegmentAdmission {
    /// What is known of one file.
    struct Candidate: Hashable, Sendable {
        var path: String
        /// The base offset in its name.
        var nameBase: UInt64
        var byteCount: UInt64
        var header: SegmentHeader.Verdict
    }

    /// What to do with the files.
    enum Verdict: Hashable, Sendable {
        /// All of them are the log.
        case log([SegmentHeader])
        /// The newest was being made when a crash came; set it aside and decide again.
        case unfinishedNewest
        case refuse(LogError)
    }

    /// `candidates` are in the order of their names.
    static func decide(_ candidates: [Candidate]) -> Verdict {
        if let newest = candidates.last, isUnfinished(newest) { return .unfinishedNewest }
        var headers: [SegmentHeader] = []
        for candidate in candidates {
            switch check(candidate, after: headers.last) {
            case .success(let header): headers.append(header)
            case .failure(let error): return .refuse(error)
            }
        }
        return .log(headers)
    }

    /// No block is written before the header is durable: a file this short holds no record.
    private static func isUnfinished(_ candidate: Candidate) -> Bool {
        if case .valid = candidate.header { return false }
        if case .newer = candidate.header { return false }
        return candidate.byteCount <= UInt64(SegmentHeader.byteCount)
    }

    private static func check(
        _ candidate: Candidate, after previous: SegmentHeader?
    )
        -> Result<SegmentHeader, LogError>
    {
        switch candidate.header {
        case .foreign:
            return .failure(
                LogError(
                    .foreignFile, "The file is not a segment of a log.",
                    help: "Move it out of the directory, or restore the segment from a backup.",
                    path: candidate.path))
        case .damaged:
            return .failure(
                LogError(
                    .damagedHeader, "The header of the segment is damaged.",
                    help: "Restore the first 4096 bytes of the file from a backup, or move the "
                        + "file away and restore it whole.",
                    path: candidate.path))
        case .newer(let oldestReader):
            return .failure(
                LogError(
                    .newerFormat,
                    "The segment needs a reader of format \(oldestReader); this one is of "
                        + "format \(SegmentHeader.formatVersion).",
                    help: "Start the newer version of the program again.", path: candidate.path))
        case .valid(let header):
            return checkPlace(header, candidate, after: previous)
        }
    }

    private static func checkPlace(
        _ header: SegmentHeader, _ candidate: Candidate, after previous: SegmentHeader?
    ) -> Result<SegmentHeader, LogError> {
        guard header.baseOffset == candidate.nameBase else {
            return .failure(
                LogError(
                    .foreignFile,
                    "The segment begins with offset \(header.baseOffset), not with that of its name.",
                    help: "Name it \(LogPaths.name(base: header.baseOffset)) again.",
                    path: candidate.path))
        }
        guard let previous else { return .success(header) }
        guard header.previousBase == previous.baseOffset else {
            let missing =
                header.previousBase == SegmentHeader.noBase
                ? "no segment" : LogPaths.name(base: header.previousBase)
            return .failure(
                LogError(
                    .missingSegment,
                    "The segment follows \(missing), but the one before it here is "
                        + "\(LogPaths.name(base: previous.baseOffset)).",
                    help: "Restore the missing segment from a backup.", path: candidate.path))
        }
        return .success(header)
    }
}
