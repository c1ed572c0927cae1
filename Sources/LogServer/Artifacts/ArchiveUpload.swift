import Archives
import ContentCoding
import ErrorModel
import HTTPTypes
import SourceMaps

/// The files of a packed folder: a zip or a tar, which gzip may have packed.
struct ArchiveUpload {
    private let prefix: String
    private let kind: Kind

    private enum Kind {
        case zip(ZipArchive)
        case tar(TarArchive, [UInt8])
    }

    /// - Parameters:
    ///   - prefix: what stands before the names; a URL, or `~` and a path.
    ///   - work: counts what is unpacked for it.
    init(_ bytes: [UInt8], prefix: String, _ work: inout UploadWork) throws(Problem) {
        self.prefix = prefix
        do {
            if ZipArchive.begins(bytes) {
                kind = .zip(try ZipArchive(bytes, limits: .ofUploads))
                return
            }
            var plain = bytes
            if bytes.starts(with: [0x1F, 0x8B]) {
                // It is unpacked as a whole, so it has the bound of what is in memory.
                plain = try ContentCoding.decode(
                    bytes, encoding: "gzip", limit: UploadLimits.requestBytes)
                try work.count(unpacked: plain.count)
            }
            kind = .tar(try TarArchive(plain, limits: .ofUploads), plain)
        } catch let problem as Problem {
            throw problem
        } catch let error as ArchiveError {
            throw Problem(.badRequest, error.description)
        } catch let error as ContentCodingError {
            throw Problem(
                .badRequest,
                "the archive cannot be unpacked; it was cut off or damaged: \(error)")
        } catch {
            throw Problem(.badRequest, "the archive cannot be read: \(error)")
        }
    }

    /// Hands the files over, one at a time.
    ///
    /// One file that is damaged ends the upload: the archive was not what its maker wrote.
    func read(
        into work: inout UploadWork, _ write: BlobWriter
    ) throws {
        switch kind {
        case .zip(let archive):
            for entry in archive.entries where try isWanted(entry.name, &work) {
                try work.count(unpacked: entry.byteCount)
                try take(entry.name, try Self.content(entry, archive), &work, write)
            }
        case .tar(let archive, let bytes):
            for file in archive.skipped {
                try work.countFile()
                work.skip(SkippedFile(name: file.name, reason: file.reason))
            }
            for entry in archive.entries where try isWanted(entry.name, &work) {
                try take(entry.name, Array(bytes[entry.content]), &work, write)
            }
        }
    }

    static func content(
        _ entry: ZipArchive.Entry, _ archive: ZipArchive
    ) throws(Problem) -> [UInt8] {
        do throws(ArchiveError) {
            return try archive.content(of: entry)
        } catch {
            throw Problem(.badRequest, error.description)
        }
    }

    /// Notes why a file is not, before anything is unpacked for it.
    private func isWanted(_ name: String, _ work: inout UploadWork) throws(Problem) -> Bool {
        try work.countFile()
        guard let url = ArtifactName(path: name, prefix: prefix) else {
            work.skip(SkippedFile(name: name, reason: "its name leads out of the folder"))
            return false
        }
        if ArtifactDraft.isArtifact(url.description) { return true }
        work.skip(SkippedFile(name: name, reason: ArtifactDraft.foreignReason))
        return false
    }

    private func take(
        _ name: String, _ content: [UInt8], _ work: inout UploadWork, _ write: BlobWriter
    ) throws {
        // Encoded, so that what is part of a file's name is not taken for a query.
        let path = name.split(separator: "/").filter { $0 != "." }.map { part in
            part.replacing("%", with: "%25").replacing("?", with: "%3F")
                .replacing("#", with: "%23")
        }.joined(separator: "/")
        let folder = prefix.hasSuffix("/") ? prefix : prefix + "/"
        try work.take(UploadedFile(name: folder + path, content: content), write: write)
    }
}

extension ArchiveLimits {
    static let ofUploads = ArchiveLimits(
        files: UploadLimits.parts, byteCount: UploadLimits.unpackedBytes,
        fileByteCount: UploadLimits.fileBytes)
}
