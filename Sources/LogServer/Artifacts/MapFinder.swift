import ErrorModel
import Projections
import SourceMaps

/// Which map a frame's file means.
struct MapQuestion: Hashable, Sendable {
    /// Empty: none.
    var release: String
    /// Empty: none.
    var dist: String
    /// As the frame names it.
    var file: String
    /// In the one form; nil where the frame's file has none.
    var debugID: String?
}

/// A map for a file, or why there is none.
enum MapAnswer: Hashable, Sendable {
    case found(MapSource)
    case missing(String)
}

/// Looks maps up in the view, by debug id, then by release and name.
struct MapFinder {
    private let lookup: ArtifactLookup
    /// Of releases that have been asked about.
    private var names: [String: (names: [String], count: Int)] = [:]
    private var uploaded: [String: String] = [:]

    init(_ lookup: ArtifactLookup) { self.lookup = lookup }

    mutating func answer(_ asked: MapQuestion) throws -> MapAnswer {
        var question = asked
        question.release = try uploadedRelease(asked.release)
        var clues: [String] = []
        if let id = question.debugID {
            if let source = try source(debugID: id) { return .found(source) }
            clues.append("no map with the debug id \(id) was uploaded")
        }
        let candidates = ArtifactName.candidates(forFrameFile: question.file).map(\.description)
        if question.release.isEmpty {
            clues.append("the event names no release")
            return .missing(clues.joined(separator: ", and "))
        }
        let before = clues.count
        for name in candidates {
            switch try map(question, name) {
            case .found(let source): return .found(source)
            case .missing(let clue): clues.append(clue)
            case nil: continue
            }
        }
        if clues.count == before { clues.append(try noMap(question, candidates)) }
        return .missing(clues.joined(separator: ", and "))
    }

    /// The map of a name; nil where nothing has this name.
    private func map(_ question: MapQuestion, _ name: String) throws -> MapAnswer? {
        var wanted = question.debugID ?? ""
        let script = try lookup.artifact(
            release: question.release, dist: question.dist, url: name, kind: .script,
            debugID: wanted)
        if let script {
            if isOfOtherBuild(script, wanted) { return .missing(otherBuild(script)) }
            if wanted.isEmpty { wanted = script.place.debugID }
            if let source = try source(debugID: wanted) { return .found(source) }
        }
        var clue: String?
        for mapName in Self.mapNames(script?.sourceMap, name) {
            let map = try lookup.artifact(
                release: question.release, dist: question.dist, url: mapName, kind: .sourceMap,
                debugID: wanted)
            guard let map else { continue }
            if !isOfOtherBuild(map, wanted) {
                return .found(MapSource(map: map.blob.hash, script: script?.blob.hash))
            }
            clue = clue ?? otherBuild(map)
        }
        if clue == nil, let script {
            let map = script.sourceMap ?? name + ".map"
            clue = "the script \(script.place.url) is there, its map \(map) is not"
        }
        return clue.map { .missing($0) }
    }

    /// The names under which a map may have been uploaded: the one that the script says, else that of
    /// the script with `.map`, each also on any host.
    private static func mapNames(_ said: String?, _ script: String) -> [String] {
        var names: [String] = []
        for name in [said, script + ".map"].compactMap({ $0 }) {
            for form in [name] + ArtifactName.candidates(forFrameFile: name).map(\.description)
            where !names.contains(form) {
                names.append(form)
            }
        }
        return names
    }

    private func isOfOtherBuild(_ artifact: ArtifactRow, _ debugID: String) -> Bool {
        !debugID.isEmpty && !artifact.place.debugID.isEmpty
            && artifact.place.debugID != debugID
    }

    private func otherBuild(_ artifact: ArtifactRow) -> String {
        let kind = artifact.place.kind == .script ? "script" : "map"
        return "the \(kind) \(artifact.place.url) belongs to another build, with the debug id "
            + artifact.place.debugID
    }

    private mutating func uploadedRelease(_ release: String) throws -> String {
        if let known = uploaded[release] { return known }
        let found = release.isEmpty ? "" : try lookup.uploadedRelease(release)
        uploaded[release] = found
        return found
    }

    /// The map with a debug id, else the one that the script with this id names.
    private func source(debugID: String) throws -> MapSource? {
        let script = try lookup.artifact(debugID: debugID, kind: .script)
        if let map = try lookup.artifact(debugID: debugID, kind: .sourceMap) {
            return MapSource(map: map.blob.hash, script: script?.blob.hash)
        }
        guard let script else { return nil }
        for name in Self.mapNames(script.sourceMap, script.place.url) {
            let map = try lookup.artifact(
                release: script.place.release, dist: script.place.dist, url: name,
                kind: .sourceMap, debugID: debugID)
            if let map, !isOfOtherBuild(map, debugID) {
                return MapSource(map: map.blob.hash, script: script.blob.hash)
            }
        }
        return nil
    }

    private mutating func noMap(
        _ question: MapQuestion, _ candidates: [String]
    ) throws -> String {
        let release = question.release
        let dists = try lookup.dists(
            release: release, urls: candidates + candidates.map { $0 + ".map" },
            limit: UploadLimits.shownNames + 1)
        if !dists.isEmpty {
            let shown = dists.prefix(UploadLimits.shownNames).map { "'\($0)'" }
            let named =
                question.dist.isEmpty
                ? "the event names none" : "the event is of '\(question.dist)'"
            return "\(candidates.joined(separator: " or ")) of the release \(release) is there "
                + "only for the dist \(shown.joined(separator: ", "))"
                + (dists.count > shown.count ? " and others" : "") + "; " + named
        }
        let known: (names: [String], count: Int)
        if let found = names[release] {
            known = found
        } else {
            known = try lookup.names(release: release, limit: UploadLimits.shownNames)
            names[release] = known
        }
        if known.names.isEmpty { return "nothing was uploaded for the release \(release)" }
        let more = known.count - known.names.count
        return "there is no map for \(candidates.joined(separator: " or ")) in the release "
            + "\(release); these exist: " + known.names.joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
    }
}
