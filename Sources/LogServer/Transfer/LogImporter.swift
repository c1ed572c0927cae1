import ErrorModel
package import EventLog
import Foundation

/// Appends records that were exported to a log, with their ids and times, digests made anew.
///
/// A record that is there already, by project, type and id, is not appended again. For an offline
/// program: nothing else writes the log.
package struct LogImporter {
    /// What was taken and what was not.
    package struct Report: Hashable, Sendable {
        package var lines: UInt64 = 0
        package var appended: UInt64 = 0
        package var duplicates: UInt64 = 0
        /// Lines that are no records.
        package var skipped: UInt64 = 0
        /// Notes of the exporting server that records could not be read.
        package var gaps: UInt64 = 0
        /// The first skipped lines, each with its file, number and reason.
        package var reasons: [String] = []
        /// Projects whose users are counted anew, since their salt is not here.
        package var newSalts: [UInt32] = []
        /// Projects that have events and are not created in the log.
        package var unknownProjects: [UInt32] = []

        package init() {}
    }

    /// Bytes read from a file at a time: LZ4 may make 255 times as many of them.
    private static let readByteCount = 64 * 1024
    /// Records of one append: enough for a full group.
    private static let batchRecordCount = 1_000
    private static let batchByteCount = 4 << 20
    /// More reasons than this tell nothing new about a file.
    private static let reasonLimit = 100

    private let log: EventLog
    private let directory: DataDirectory

    /// `log` is that of `directory`, open for writing.
    package init(log: EventLog, directory: DataDirectory) {
        self.log = log
        self.directory = directory
    }

    /// Imports files in their order; `progress` gets the bytes read and all bytes.
    ///
    /// A file is NDJSON in LZ4 frames, or plain. On return what was appended is durable. Throws
    /// where a file cannot be read or holds a project that is another one here; what was appended
    /// before stays, and importing again adds the rest.
    package func run(
        _ paths: [String], progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) async throws -> Report {
        let store = PosixFileStore()
        var files: [any File] = []
        for path in paths {
            do throws(FileError) {
                files.append(try store.open(path, .read))
            } catch {
                throw StartError("cannot read \(path): \(String(cString: strerror(error.errno)))")
            }
        }
        var work = ImportWork(directory: directory)
        try work.learnProjects(of: log)
        let total = try files.reduce(UInt64(0)) { try $0 + $1.size() }
        var before: UInt64 = 0
        for file in files {
            try await run(file, &work) { progress(before + $0, total) }
            before += try file.size()
        }
        return work.finished()
    }

    private func run(
        _ file: any File, _ work: inout ImportWork, progress: (UInt64) -> Void
    ) async throws {
        work.begin(file.path)
        var source = LineSource()
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.readByteCount, alignment: 16)
        defer { buffer.deallocate() }
        var position: UInt64 = 0
        while true {
            let count = try file.readFully(into: buffer, at: position)
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            position += UInt64(count)
            let isEnd = count < buffer.count
            do {
                try source.append(bytes) { try work.take($0) }
                if isEnd { try source.finish { try work.take($0) } }
            } catch let damage as LineSource.Damage {
                work.skip(damage.description)
                try await flush(&work)
                return
            }
            if isEnd || work.recordCount >= Self.batchRecordCount
                || work.byteCount >= Self.batchByteCount
            {
                try await flush(&work)
            }
            progress(position)
            if isEnd { return }
        }
    }

    private func flush(_ work: inout ImportWork) async throws {
        let records = work.takeRecords()
        var start = 0
        while start < records.count {
            let end = min(records.count, start + Self.batchRecordCount)
            let receipt = try await log.append(Array(records[start..<end]))
            for outcome in receipt.outcomes {
                switch outcome {
                case .appended: work.report.appended += 1
                case .duplicate: work.report.duplicates += 1
                }
            }
            start = end
        }
    }

    /// What is collected between two appends, and what is known of the projects.
    private struct ImportWork {
        var report = Report()
        private let directory: DataDirectory
        private var records: [NewRecord] = []
        private(set) var byteCount = 0
        private var path = ""
        private var lineNumber: UInt64 = 0
        private var salts: [UInt32: [UInt8]] = [:]
        private var projects: [UInt32: ProjectCreated] = [:]
        private var seen: Set<UInt32> = []

        init(directory: DataDirectory) { self.directory = directory }

        var recordCount: Int { records.count }

        mutating func begin(_ path: String) {
            self.path = path
            lineNumber = 0
        }

        mutating func takeRecords() -> [NewRecord] {
            defer {
                records.removeAll(keepingCapacity: true)
                byteCount = 0
            }
            return records
        }

        func finished() -> Report {
            var report = report
            report.unknownProjects = seen.subtracting(projects.keys).sorted()
            return report
        }

        /// Reads the projects that the log has.
        mutating func learnProjects(of log: EventLog) throws {
            let reader = log.makeReader()
            var next = log.status.firstOffset
            while let read = try reader.readBlock(containing: next, payload: false) {
                switch read {
                case .gap(let offsets, _): next = offsets.upperBound
                case .block(let block):
                    for index in 0..<block.count
                    where block.type(at: index).rawValue == RecordKind.projectCreated.rawValue {
                        let data = Array(block.section[block.digestRange(at: index)])
                        guard let project = try? ProjectCreated(data: data) else { continue }
                        if projects[project.id] == nil { projects[project.id] = project }
                    }
                    next = block.nextOffset
                }
            }
        }

        mutating func take(_ line: LineSplitter.Line) throws {
            lineNumber += 1
            guard case .line(let bytes) = line else {
                report.lines += 1
                return skip("it is longer than \(LogLimits.lineByteLimit) bytes")
            }
            if bytes.isEmpty { return }
            report.lines += 1
            if bytes.starts(with: Self.gapMark) {
                report.gaps += 1
                return
            }
            do {
                let record = try record(bytes)
                byteCount += record.line.count
                records.append(record)
            } catch let error as StartError {
                throw error
            } catch {
                skip("\(error)")
            }
        }

        private static let gapMark = Array("{\"gap\":".utf8)

        mutating func skip(_ reason: String) {
            report.skipped += 1
            guard report.reasons.count < LogImporter.reasonLimit else { return }
            report.reasons.append("\(path), line \(lineNumber): \(reason)")
        }

        private mutating func record(_ line: [UInt8]) throws -> NewRecord {
            let stored = try StoredLine(line)
            let tail = Array(line[stored.tail])
            guard tail.count <= LogLimits.lineByteLimit else {
                throw StoredLine.Mistake("it is longer than \(LogLimits.lineByteLimit) bytes")
            }
            var new = NewRecord(
                time: stored.time.microseconds,
                type: RecordType(rawValue: stored.kind.rawValue), project: stored.project,
                id: RecordID(high: stored.id.high, low: stored.id.low), isUnique: true,
                digest: [], line: tail)
            let data = Array(line[stored.data])
            if stored.kind == .eventCaptured {
                let event = try EventIntake.fromData(
                    data.span.bytes, receivedAt: stored.time, project: stored.project,
                    salt: try salt(stored.project))
                new.keys = IndexKeys(
                    issue: event.keys.issue, user: event.keys.user, trace: event.keys.trace,
                    session: event.keys.session)
                new.digest = event.digest
                new.isRedacted = data.withUnsafeBytes { RedactedEvent.isTakenOut($0) }
                seen.insert(stored.project)
            } else if let item = try ItemRecords.read(stored.kind, data) {
                let keys = item.keys
                new.keys = IndexKeys(
                    issue: keys.issue, user: keys.user, trace: keys.trace, session: keys.session)
                new.digest = item.digest
                new.isRedacted = item.isRedacted
                seen.insert(stored.project)
            } else {
                new.digest = data
                new.keys.issue = try stateIssue(stored.kind, data).map(EventKeys.issue) ?? 0
                if stored.kind == .projectRegrouped { new.keys.issue = EventKeys.regroupings }
            }
            return new
        }

        /// Checks the data of a state record and says which issue it is about.
        private mutating func stateIssue(_ kind: RecordKind, _ data: [UInt8]) throws -> IssueID? {
            switch kind {
            case .eventCaptured, .clientReported, .sessionsReported, .feedbackReceived,
                .logsCaptured, .attachmentKept, .replayDescribed, .replayRecorded, .artifactAdded,
                .artifactRemoved:
                return nil
            case .issueStatusChanged: return try IssueStatusChanged(data: data).issue
            case .issueRegressed: return try IssueRegressed(data: data).issue
            case .issueMerged: return try IssueMerged(data: data).issue
            case .issueUnmerged: return try IssueUnmerged(data: data).issue
            case .issueAssigned: return try IssueAssigned(data: data).issue
            case .issueCommented: return try IssueCommented(data: data).issue
            case .issueActUndone: return try IssueActUndone(data: data).issue
            case .releaseCreated: _ = try ReleaseCreated(data: data)
            case .releaseFinalized: _ = try ReleaseFinalized(data: data)
            case .projectCreated: try check(try ProjectCreated(data: data))
            case .projectPolicyChanged: _ = try ProjectPolicyChanged(data: data)
            case .personErasureRequested: _ = try PersonErasureRequested(data: data)
            case .personErased: _ = try PersonErased(data: data)
            case .projectRetentionChanged: _ = try ProjectRetentionChanged(data: data)
            case .projectExpired: _ = try ProjectExpired(data: data)
            case .projectScrubbingChanged: _ = try ProjectScrubbingChanged(data: data)
            case .projectLimitsChanged: _ = try ProjectLimitsChanged(data: data)
            case .ingestDropped: _ = try IngestDropped(data: data)
            case .projectRegrouped: _ = try ProjectRegrouped(data: data)
            case .projectKeyRotated: _ = try ProjectKeyRotated(data: data)
            case .projectRenamed: _ = try ProjectRenamed(data: data)
            }
            return nil
        }

        /// Two projects must not become one.
        private mutating func check(_ project: ProjectCreated) throws {
            guard let known = projects[project.id] else {
                projects[project.id] = project
                return
            }
            guard known.slug == project.slug, known.key == project.key else {
                throw StartError(
                    "\(path), line \(lineNumber): project \(project.id) is '\(project.slug)' there "
                        + "and '\(known.slug)' here; import it into a data directory of its own")
            }
        }

        private mutating func salt(_ project: UInt32) throws -> [UInt8] {
            if let salt = salts[project] { return salt }
            if !FileManager.default.fileExists(atPath: "\(directory.salts)/\(project)") {
                report.newSalts.append(project)
            }
            let salt = try SaltStore.load(project: project, directory)
            salts[project] = salt
            return salt
        }
    }
}
