import ErrorModel
import EventLog
import Glibc

/// The log of a data directory, read without a server and beside a running one.
struct LocalLog {
    let directory: String

    func open() throws -> EventLog {
        do {
            return try EventLog.openReadOnly(directory: directory, store: PosixFileStore())
        } catch {
            throw failure(error)
        }
    }

    func failure(_ error: LogError) -> CommandFailure {
        let code: CommandFailure.Code =
            switch error.errno {
            case ENOENT: .noInput
            case EACCES: .permission
            default: .data
            }
        let advice =
            code == .noInput ? "; \(directory) is no data directory: name one with --data" : ""
        return CommandFailure(code, "\(error)\(advice)")
    }

    /// Writes all records from an offset on; what cannot be read is said, and thrown at the end.
    func cat(from: UInt64, _ output: RecordOutput) throws {
        var output = output
        var hasGap = false
        let log = try open()
        let reader = log.makeReader()
        var next = max(from, log.status.firstOffset)
        do {
            while let read = try reader.readBlock(containing: next, payload: true) {
                switch read {
                case .gap(let offsets, let reason):
                    Terminal.note(
                        "records \(offsets.lowerBound) to \(offsets.upperBound - 1) cannot be "
                            + "read: \(reason.rawValue)")
                    hasGap = true
                    next = offsets.upperBound
                case .block(let block):
                    for index in Int(next - block.baseOffset)..<block.count {
                        if let payload = block.payload {
                            output.write(payload[block.lineRange(at: index)])
                        }
                    }
                    next = block.nextOffset
                }
            }
        } catch {
            throw failure(error)
        }
        if hasGap { throw CommandFailure.partUnreadable }
    }

    /// Writes the lines wanted; returns the ranges that cannot be read.
    func export(_ selection: LogExporter.Selection, to file: ExportFile) throws -> [String] {
        let log = try open()
        let bar = ProgressBar("export")
        let first = max(selection.offsets.lowerBound, log.status.firstOffset)
        let bytes = log.status.byteCount
        let report = try LogExporter(log).run(
            selection,
            progress: { next, end in
                // By offsets: how many bytes a range has is not known before it is read.
                // What is asked for may begin behind the end, or end before the beginning.
                let (done, all) = (max(next, first) - first, max(end, first) - first)
                let share = Double(min(done, all)) / Double(max(1, all))
                bar.show(done: UInt64(share * Double(bytes)), total: bytes)
            }, onLine: { try file.write($0) })
        return report.gaps.map { "\($0.lowerBound) to \($0.upperBound - 1)" }
    }

    /// What helps, as a command where there is one.
    private func help(_ finding: LogVerifier.Finding) -> String {
        switch finding.help {
        case .repair(let offsets):
            let range = offsets.map { " --range \($0.lowerBound)-\(max($0.upperBound, 1) - 1)" }
            return "With the server stopped: logctl log repair --data \(directory) --from COPY"
                + (range ?? "")
        case .start: return "Start the server: it sees to that."
        case .moveAway: return "Move the file out of the folder."
        }
    }

    /// True when a record at or above `offset` says that others were redacted, or cannot be read.
    func mayTellOfRedactions(from offset: UInt64) throws -> Bool {
        let log = try open()
        let reader = log.makeReader()
        let acts: Set<UInt8> = [
            RecordKind.personErasureRequested.rawValue, RecordKind.personErased.rawValue,
            RecordKind.projectExpired.rawValue,
        ]
        var next = max(offset, log.status.firstOffset)
        while let read = try reader.readBlock(containing: next, payload: false) {
            switch read {
            case .gap: return true
            case .block(let block):
                for index in 0..<block.count where acts.contains(block.type(at: index).rawValue) {
                    return true
                }
                next = block.nextOffset
            }
        }
        return false
    }

    func stat() throws -> JSONValue {
        let status = try open().status
        return [
            "firstOffset": .integer(status.firstOffset), "nextOffset": .integer(status.nextOffset),
            "durableOffset": .integer(status.durableOffset),
            "segments": .integer(status.segmentCount), "bytes": .integer(status.byteCount),
            "state": "offline",
        ]
    }

    /// Whether nothing is damaged.
    func verify(_ output: Output) throws -> Bool {
        let report: LogVerifier.Report
        do {
            let bar = ProgressBar("verify")
            report = try LogVerifier(directory: directory, store: PosixFileStore()).verify {
                bar.show(done: $0.checkedByteCount, total: $0.totalByteCount)
                return true
            }
        } catch {
            throw failure(error)
        }
        Terminal.endProgress()
        output.list(
            report.segments.map { segment in
                [
                    "segment": .string(segment.path), "firstOffset": .integer(segment.baseOffset),
                    "records": .integer(segment.recordCount),
                    "blocks": .integer(segment.blockCount), "bytes": .integer(segment.byteCount),
                    "sound": .bool(!segment.findings.contains(where: \.isDamage)),
                ]
            },
            columns: [
                Column(title: "segment", member: "segment"),
                Column(title: "first offset", member: "firstOffset", isNumber: true),
                Column(title: "records", member: "records", isNumber: true),
                Column(title: "blocks", member: "blocks", isNumber: true),
                Column(title: "bytes", member: "bytes", isNumber: true),
                Column(title: "sound", member: "sound"),
            ])
        for finding in report.findings {
            let offsets = finding.offsets.map {
                ", records \($0.lowerBound) to \($0.upperBound - 1)"
            }
            Terminal.note(
                "\(finding.path), byte \(finding.position)\(offsets ?? ""): "
                    + "\(finding.kind.rawValue): \(finding.message) \(help(finding))")
        }
        let files = try LocalFiles(log: self).findings()
        for finding in files { Terminal.note(finding) }
        return report.isSound && files.isEmpty
    }
}
