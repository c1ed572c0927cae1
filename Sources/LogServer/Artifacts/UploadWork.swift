import ErrorModel
import HTTPTypes
import SourceMaps

/// Keeps a content; throws where it cannot.
typealias BlobWriter = ([UInt8]) throws -> BlobReference

/// What an upload is about, and what it has brought so far.
struct UploadWork: Sendable {
    /// One artifact, its content written.
    struct Item: Sendable {
        var place: ArtifactPlace
        var blob: BlobReference
        var sourceMap: String?
        var warnings: [String]
        var isReplaced = false
        /// It was there already, the same.
        var isKnown = false

        /// Of a script: the names of its map, as a frame's map is looked for.
        var mapNames: [String] { [sourceMap, place.url + ".map"].compactMap { $0 } }
    }

    private(set) var project: UInt32
    let release: String
    private(set) var dist = ""
    private(set) var items: [Item] = []
    /// The first ones.
    private(set) var skipped: [SkippedFile] = []
    private(set) var skippedCount = 0
    private var fileCount = 0
    private var unpackedByteCount = 0

    init(project: UInt32, release: String) {
        self.project = project
        self.release = release
    }

    mutating func setDist(_ name: String?) throws(Problem) {
        let name = name ?? ""
        guard name.utf8.count <= UploadLimits.distBytes else {
            throw Problem(.badRequest, "'dist' has more than \(UploadLimits.distBytes) bytes")
        }
        dist = name
    }

    /// The same for another project; of what is not yet recorded.
    func copy(for other: UInt32) -> UploadWork {
        var copy = self
        copy.project = other
        for index in items.indices { copy.items[index].place.project = other }
        return copy
    }

    // MARK: taking files in

    /// Counts a file of the request, whatever becomes of it.
    mutating func countFile() throws(Problem) {
        fileCount += 1
        guard fileCount <= UploadLimits.parts else {
            throw Problem(
                .contentTooLarge,
                "the upload has more than \(UploadLimits.parts) files; send it in several")
        }
    }

    /// Counts what archives hold, before it is unpacked.
    mutating func count(unpacked byteCount: Int) throws(Problem) {
        unpackedByteCount += byteCount
        guard unpackedByteCount <= UploadLimits.unpackedBytes else {
            throw Problem(
                .contentTooLarge,
                "the upload has more than \(UploadLimits.unpackedBytes >> 20) MiB unpacked; "
                    + "send it in several")
        }
    }

    mutating func skip(_ file: SkippedFile) {
        skippedCount += 1
        guard skipped.count < UploadLimits.shownSkipped else { return }
        skipped.append(
            SkippedFile(
                name: CutText.text(file.name, limit: UploadLimits.nameBytes), reason: file.reason))
    }

    /// Takes a file in; `write` keeps a content and throws where it cannot.
    mutating func take(_ file: UploadedFile, write: BlobWriter) throws {
        let drafts: [ArtifactDraft]
        do throws(SkippedFile) {
            drafts = try ArtifactDraft.make(file)
        } catch {
            return skip(error)
        }
        for draft in drafts {
            items.append(
                Item(
                    place: ArtifactPlace(
                        project: project, release: release, dist: dist, url: draft.url,
                        debugID: draft.debugID?.description ?? "", kind: draft.kind),
                    blob: try write(draft.content), sourceMap: draft.sourceMap,
                    warnings: draft.warnings))
        }
    }

    // MARK: the whole

    /// Pairs scripts and maps, once all files are taken: of two that belong together and of which one
    /// has a debug id, both have it; of two with one place the later one stays.
    ///
    /// Where no release is named, what has no debug id is skipped.
    mutating func finish() {
        // Before, so that of one name there is one map without a debug id.
        keepLater()
        pair()
        if release.isEmpty {
            for item in items where item.place.debugID.isEmpty {
                skip(
                    SkippedFile(
                        name: item.place.url,
                        reason: "it has no debug id, and no release is named to find it by"))
            }
            items.removeAll { $0.place.debugID.isEmpty }
        }
        keepLater()
    }

    /// The maps of one name.
    private struct Maps {
        /// The one without a debug id.
        var plain: Int?
        /// The debug id of the first that has one.
        var debugID: String?
    }

    /// A script finds its map by the name that it says, else by its own with `.map`.
    private mutating func pair() {
        var maps: [String: Maps] = [:]
        for (index, item) in items.enumerated() where item.place.kind == .sourceMap {
            let id = item.place.debugID
            var found = maps[item.place.url] ?? Maps()
            if id.isEmpty { found.plain = index } else { found.debugID = found.debugID ?? id }
            maps[item.place.url] = found
        }
        for index in items.indices where items[index].place.kind == .script {
            guard let name = items[index].mapNames.first(where: { maps[$0] != nil }),
                var found = maps[name]
            else { continue }
            let id = items[index].place.debugID
            if id.isEmpty {
                items[index].place.debugID = found.debugID ?? ""
            } else if let map = found.plain {
                items[map].place.debugID = id
                found = Maps(plain: nil, debugID: found.debugID ?? id)
                maps[name] = found
            }
        }
    }

    private mutating func keepLater() {
        var seen: Set<ArtifactPlace> = []
        items = items.reversed().filter { seen.insert($0.place).inserted }.reversed()
    }

    mutating func mark(_ index: Int, isReplaced: Bool, isKnown: Bool) {
        items[index].isReplaced = isReplaced
        items[index].isKnown = isKnown
    }

    /// Asks of each artifact that is new why it cannot be kept, and skips it where there is a reason.
    mutating func skipUnlessKnown(_ reason: (Item) -> String?) {
        var kept: [Item] = []
        for item in items {
            if !item.isKnown, let reason = reason(item) {
                skip(SkippedFile(name: item.place.url, reason: reason))
            } else {
                kept.append(item)
            }
        }
        items = kept
    }

    /// Why nothing of it was kept: what was wrong with the first file.
    var firstReason: String {
        skipped.first.map { ": \($0.name): \($0.reason)" } ?? ""
    }
}
