import Archives
import ErrorModel
import HTTPTypes
import SourceMaps

/// A bundle of Sentry's tools: a zip with a `manifest.json` that says what its files are.
///
/// Something may stand before the zip: newer tools write eight bytes that name the format.
struct ArtifactBundle {
    private let archive: ZipArchive
    private let manifest: JSONValue

    private static let manifestName = "manifest.json"

    init(_ bytes: [UInt8]) throws(Problem) {
        do throws(ArchiveError) {
            archive = try ZipArchive(bytes, limits: .ofUploads)
        } catch {
            throw Problem(.badRequest, error.description)
        }
        guard let entry = archive.entries.first(where: { $0.name == Self.manifestName }) else {
            throw Problem(.badRequest, "the bundle has no \(Self.manifestName)")
        }
        guard entry.byteCount <= UploadLimits.manifestBytes else {
            throw Problem(
                .badRequest,
                "the \(Self.manifestName) of the bundle has more than "
                    + "\(UploadLimits.manifestBytes >> 20) MiB")
        }
        let text = try ArchiveUpload.content(entry, archive)
        do throws(JSONError) {
            manifest = try JSONValue(parsing: text)
        } catch {
            throw Problem(
                .badRequest, "the \(Self.manifestName) of the bundle is not JSON: \(error)")
        }
        guard manifest["files"]?.members != nil else {
            throw Problem(.badRequest, "the \(Self.manifestName) of the bundle lists no files")
        }
    }

    var release: String? { manifest["release"]?.string }
    var dist: String? { manifest["dist"]?.string }
    var project: String? { manifest["project"]?.string }

    /// Hands the files over, one at a time; where the list names one several times, once.
    func read(
        into work: inout UploadWork, _ write: BlobWriter
    ) throws {
        let entries = Dictionary(
            archive.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<String> = []
        for file in manifest["files"]?.members ?? [] where seen.insert(file.key).inserted {
            try work.countFile()
            let name = file.value["url"]?.string ?? file.key
            guard let entry = entries[file.key] else {
                work.skip(
                    SkippedFile(name: name, reason: "the bundle's list names it; it is not there"))
                continue
            }
            let kind: ArtifactKind
            switch file.value["type"]?.string {
            case "source_map": kind = .sourceMap
            case "minified_source", "source": kind = .script
            case let type:
                work.skip(
                    SkippedFile(name: name, reason: "files of type '\(type ?? "")' are not used"))
                continue
            }
            if kind == .script, !ArtifactDraft.isArtifact(name) {
                work.skip(SkippedFile(name: name, reason: ArtifactDraft.foreignReason))
                continue
            }
            try work.count(unpacked: entry.byteCount)
            var upload = UploadedFile(
                name: name, content: try ArchiveUpload.content(entry, archive), kind: kind)
            upload.debugID = header("debug-id", of: file.value).flatMap { DebugID($0) }
            upload.sourceMap = header("sourcemap", of: file.value)
            try work.take(upload, write: write)
        }
    }

    private func header(_ name: String, of file: JSONValue) -> String? {
        (file["headers"]?.members ?? []).first { $0.key.lowercased() == name }?.value.string
    }
}
