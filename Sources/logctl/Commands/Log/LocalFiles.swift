import ErrorModel
import EventLog
import Glibc

/// The files beside a log, which its records name: attachments, recordings, scripts and source maps.
struct LocalFiles {
    let log: LocalLog

    /// A sentence for every file that a record names and that is missing, or is not what its name
    /// says; each file once.
    func findings() throws -> [String] {
        let named = try references(try log.open())
        var findings: [String] = []
        let bar = ProgressBar("verify files")
        for (index, item) in named.sorted(by: { $0.value.offset < $1.value.offset }).enumerated() {
            bar.showCount(done: UInt64(index + 1), total: UInt64(named.count), "files")
            guard let fault = try fault(item.key, item.value) else { continue }
            findings.append(fault)
        }
        Terminal.endProgress()
        return findings
    }

    private struct Named {
        /// Of the first record that names the file.
        var offset: UInt64
        var byteCount: UInt64
        /// A script or a map: named until another takes its place or it is removed.
        var isArtifact = false
    }

    /// Records that may name a file.
    private static let naming = ZoneFilter(types: [
        RecordType(rawValue: RecordKind.attachmentKept.rawValue),
        RecordType(rawValue: RecordKind.replayRecorded.rawValue),
        RecordType(rawValue: RecordKind.artifactAdded.rawValue),
        RecordType(rawValue: RecordKind.artifactRemoved.rawValue),
    ])

    /// By digests alone; what cannot be read is a finding of the log's.
    private func references(_ log: EventLog) throws -> [BlobHash: Named] {
        let reader = log.makeReader()
        var named: [BlobHash: Named] = [:]
        var artifacts: [ArtifactPlace: (blob: BlobReference, offset: UInt64)] = [:]
        var next = log.status.firstOffset
        do {
            while true {
                next = reader.skip(from: next, to: Self.naming)
                guard let read = try reader.readBlock(containing: next, payload: false) else {
                    break
                }
                switch read {
                case .gap(let offsets, _): next = offsets.upperBound
                case .block(let block):
                    for index in 0..<block.count {
                        Self.follow(block, index, &artifacts)
                        guard let blob = reference(block, index), named[blob.hash] == nil else {
                            continue
                        }
                        named[blob.hash] = Named(
                            offset: block.baseOffset + UInt64(index), byteCount: blob.byteCount)
                    }
                    next = block.nextOffset
                }
            }
        } catch {
            throw self.log.failure(error)
        }
        for (blob, offset) in artifacts.values where named[blob.hash] == nil {
            named[blob.hash] = Named(offset: offset, byteCount: blob.byteCount, isArtifact: true)
        }
        return named
    }

    /// Keeps which scripts and maps are there.
    private static func follow(
        _ block: LogBlock, _ index: Int,
        _ artifacts: inout [ArtifactPlace: (blob: BlobReference, offset: UInt64)]
    ) {
        let data = { Array(block.section[block.digestRange(at: index)]) }
        switch RecordKind(rawValue: block.type(at: index).rawValue) {
        case .artifactAdded:
            guard let record = try? ArtifactAdded(data: data()) else { return }
            artifacts[record.place] = (record.blob, block.baseOffset + UInt64(index))
        case .artifactRemoved:
            guard let record = try? ArtifactRemoved(data: data()) else { return }
            artifacts[record.place] = nil
        default:
            break
        }
    }

    private func reference(_ block: LogBlock, _ index: Int) -> BlobReference? {
        guard let kind = RecordKind(rawValue: block.type(at: index).rawValue) else { return nil }
        return try? BlobReference(kind, digest: Array(block.section[block.digestRange(at: index)]))
    }

    private func fault(_ hash: BlobHash, _ named: Named) throws -> String? {
        let path = "\(log.directory)/blobs/\(hash.relativePath)"
        let found = read(path, limit: Int(clamping: named.byteCount))
        if let content = found.content, BlobHash(of: content) == hash { return nil }
        // A running server may have let go of record and file meanwhile.
        let isNamed =
            named.isArtifact
            ? try references(try log.open())[hash] != nil : try isNamed(hash, at: named.offset)
        guard isNamed else { return nil }
        let what =
            switch (found.content, found.error) {
            case (.some, _): "is damaged: its content is not what its name says"
            case (nil, ENOENT): "is missing"
            case (nil, let error): "cannot be read: \(String(cString: strerror(error)))"
            }
        return
            "\(path) \(what); record \(named.offset) names it. Copy it from the folder blobs/ of a "
            + "backup; else the record stays, and its file is lost."
    }

    private func isNamed(_ hash: BlobHash, at offset: UInt64) throws -> Bool {
        let reader = try log.open().makeReader()
        do {
            guard
                case .block(let block)? = try reader.readBlock(
                    containing: offset, payload: false), offset >= block.baseOffset
            else { return false }
            return reference(block, Int(offset - block.baseOffset))?.hash == hash
        } catch {
            throw log.failure(error)
        }
    }

    /// The content, and one byte more where there is more; else what the system says.
    private func read(_ path: String, limit: Int) -> (content: [UInt8]?, error: Int32) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return (nil, errno) }
        defer { close(descriptor) }
        var content = [UInt8](repeating: 0, count: min(limit, Self.largest) + 1)
        var done = 0
        while done < content.count {
            let count = content.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return (nil, errno) }
            if count == 0 { break }
            done += count
        }
        content.removeLast(content.count - done)
        return (content, 0)
    }

    /// More than twelve times what the server takes now, 20 MiB; so much memory at most.
    private static let largest = 256 << 20
}
