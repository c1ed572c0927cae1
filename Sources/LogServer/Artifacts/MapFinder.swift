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
        for name in candidates {
            let script = try artifact(question, name, .script)
            if let id = script?.place.debugID, !id.isEmpty, let source = try source(debugID: id) {
                return .found(source)
            }
            for mapName in [script?.sourceMap, name + ".map"].compactMap({ $0 }) {
                guard let map = try artifact(question, mapName, .sourceMap) else { continue }
                return .found(MapSource(map: map.blob.hash, script: script?.blob.hash))
            }
            if let script {
                let map = script.sourceMap ?? name + ".map"
                clues.append("the script \(script.place.url) is there, its map \(map) is not")
                return .missing(clues.joined(separator: ", and "))
            }
        }
        clues.append(try noMap(question.release, candidates))
        return .missing(clues.joined(separator: ", and "))
    }

    private mutating func uploadedRelease(_ release: String) throws -> String {
        if let known = uploaded[release] { return known }
        let found = release.isEmpty ? "" : try lookup.uploadedRelease(release)
        uploaded[release] = found
        return found
    }

    private func source(debugID: String) throws -> MapSource? {
        func artifact(_ kind: ArtifactKind) throws -> ArtifactRow? {
            try lookup.artifact(debugID: debugID, kind: kind)
        }
        return try artifact(.sourceMap).map { map in
            MapSource(map: map.blob.hash, script: try artifact(.script)?.blob.hash)
        }
    }

    private func artifact(
        _ question: MapQuestion, _ name: String, _ kind: ArtifactKind
    ) throws -> ArtifactRow? {
        try lookup.artifact(
            release: question.release, dist: question.dist, url: name, kind: kind)
    }

    private mutating func noMap(_ release: String, _ candidates: [String]) throws -> String {
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
