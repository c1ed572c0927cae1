import Testing

@testable import EventLog

/// Every state of a file, in every place, with a manifest and without one.
@Suite struct SegmentAdmissionTests {
    /// What became of a file of the log.
    enum FileState: CaseIterable, Sendable {
        case whole, rewritten, cutShort, damagedHeader, foreign, otherLog, newer, missing, renamed
    }

    /// Three segments: 0..<10, 10..<20, 20 on; the last was made after the manifest or before it.
    struct Setting: Sendable, CustomTestStringConvertible {
        var hasManifest: Bool
        /// Segments that the manifest lists.
        var listed: Int
        var place: Int
        var state: FileState
        var testDescription: String {
            "\(state) at \(place), manifest \(hasManifest ? "of \(listed)" : "gone")"
        }
    }

    static let settings: [Setting] = [(false, 0), (true, 2), (true, 3)].flatMap { manifest in
        (0..<3).flatMap { place in
            FileState.allCases.map {
                Setting(
                    hasManifest: manifest.0, listed: manifest.1, place: place, state: $0)
            }
        }
    }

    private static func header(_ index: Int, log: UInt64 = 1) -> SegmentHeader {
        SegmentHeader(
            uuid: SegmentUUID(high: log, low: UInt64(index)), baseOffset: UInt64(index) * 10,
            created: Int64(log), previousChain: UInt64(index) * log,
            previousBase: index == 0 ? SegmentHeader.noBase : UInt64(index - 1) * 10)
    }

    private static func candidates(_ setting: Setting) -> [SegmentAdmission.Candidate] {
        (0..<3).compactMap { index -> SegmentAdmission.Candidate? in
            let base = UInt64(index) * 10
            // As the directory is read: a listed file of the right length is not opened.
            let isRead = !setting.hasManifest || index >= setting.listed - 1
            var file = SegmentAdmission.Candidate(
                path: LogPaths.name(base: base), nameBase: base, byteCount: 40_960,
                header: isRead ? .valid(header(index)) : nil)
            guard index == setting.place else { return file }
            switch setting.state {
            case .whole: break
            case .rewritten:
                var rewritten = header(index)
                rewritten.uuid.high = 55
                file.header = .valid(rewritten)
                file.byteCount = 20_480
            case .cutShort:
                file.byteCount = 8192
                file.header = .valid(header(index))
            case .damagedHeader: file.header = .damaged
            case .foreign: file.header = .foreign
            case .otherLog: file.header = .valid(header(index, log: 9))
            case .newer: file.header = .newer(oldestReader: 40)
            case .missing: return nil
            case .renamed:
                file.nameBase = 15
                file.header = .valid(header(index))
            }
            return file
        }.sorted { $0.nameBase ?? 0 < $1.nameBase ?? 0 }
    }

    private static func manifest(_ setting: Setting) -> Manifest? {
        guard setting.hasManifest else { return nil }
        var manifest = ManifestTests.make(entries: setting.listed)
        manifest.entries = (0..<setting.listed).map {
            .init(header: header($0), byteCount: $0 == setting.listed - 1 ? 0 : 40_960)
        }
        return manifest
    }

    /// In words: the bases admitted, gaps, notices; or the code of the refusal.
    private static func verdict(_ setting: Setting) -> String {
        switch SegmentAdmission.decide(candidates(setting), manifest(setting)) {
        case .unfinishedNewest: return "unfinished"
        case .refuse(let error): return error.code.rawValue
        case .log(let log):
            var words = log.admitted.map { "\($0.header.baseOffset)\($0.isCutShort ? "!" : "")" }
            words += log.gaps.map {
                "\($0.reason) \($0.offsets.lowerBound)..<\($0.offsets.upperBound)"
            }
            words += log.notices.map { "\($0.kind)" }
            return words.joined(separator: " ")
        }
    }

    @Test(arguments: settings) func `every state has its verdict`(setting: Setting) {
        #expect(Self.verdict(setting) == Self.expected(setting))
    }

    private static func expected(_ setting: Setting) -> String {
        let isListed = setting.place < setting.listed
        let isNewest = setting.place == 2
        let others = [0, 10, 20].filter { $0 != setting.place * 10 }.map { "\($0)" }
            .joined(separator: " ")
        let range = "\(setting.place * 10)..<\(setting.place * 10 + 10)"
        switch (setting.state, setting.hasManifest) {
        case (.whole, _): return "0 10 20"
        // The newest of those listed grows: its length is not known.
        case (.cutShort, true) where setting.place < setting.listed - 1:
            return [0, 10, 20].map { $0 == setting.place * 10 ? "\($0)!" : "\($0)" }
                .joined(separator: " ")
        case (.cutShort, _), (.rewritten, _): return "0 10 20"
        case (.newer, _): return "newerFormat"
        case (.damagedHeader, _) where isListed: return "0 10 20 segmentHeader"
        case (.damagedHeader, _):
            return isNewest ? "damagedHeader" : others + " segmentHeader \(range)"
        case (.missing, _) where isNewest: return isListed ? "missingSegment" : "0 10"
        // Without a manifest nothing says that there was one before the first.
        case (.missing, false) where setting.place == 0: return others
        case (.missing, _): return others + " missingSegment \(range)"
        case (.foreign, _), (.otherLog, _):
            if isListed {
                return isNewest ? "foreignFile" : others + " foreignSegment \(range)"
            }
            // Whole, of the right name, and nothing to tell it from ours: the chain does.
            return setting.state == .otherLog ? "0 10 20" : "foreignFile"
        case (.renamed, true) where isListed || setting.place < 2:
            return isNewest
                ? "missingSegment" : others + " missingSegment \(range) strayFile"
        case (.renamed, _): return "foreignFile"
        }
    }

    @Test func `a short newest file that nobody knows of was being made`() {
        let whole = SegmentAdmission.Candidate(
            path: "0", nameBase: 0, byteCount: 8192, header: .valid(Self.header(0)))
        for byteCount in [UInt64(0), 100, 4096, 4097] {
            for header in [SegmentHeader.Verdict.damaged, .foreign] {
                let newest = SegmentAdmission.Candidate(
                    path: "10", nameBase: 10, byteCount: byteCount, header: header)
                let verdict = SegmentAdmission.decide([whole, newest], nil)
                #expect((verdict == .unfinishedNewest) == (byteCount <= 4096))
            }
        }
    }
}
