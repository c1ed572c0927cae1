import ErrorModel
import SourceMaps

/// Frames of which each may have another map, shown map by map.
///
/// Of one request: a map is opened once for all frames that mean it, and so is its failure; one map is
/// held at a time, however many there are.
struct MapFrames {
    private struct Place: Hashable {
        var set: Int
        var index: Int
    }

    private let answers: [MapQuestion: MapAnswer]
    private var shown: [[Frame]]
    private var waiting: [MapSource: [Place]] = [:]

    init(_ sets: [FrameSet], _ answers: [MapQuestion: MapAnswer]) {
        self.answers = answers
        shown = sets.map(\.frames)
        for (number, set) in sets.enumerated() {
            for index in set.frames.indices {
                let place = Place(set: number, index: index)
                guard index < set.limit else {
                    shown[number][index] = set.frames[index].shown(unresolved: Self.limitReason)
                    continue
                }
                show(place, set.question(set.frames[index]).flatMap { answers[$0] })
            }
        }
    }

    private static let limitReason =
        "only the first \(FrameSet.frameLimit) frames of an event are looked up"

    private mutating func show(_ place: Place, _ answer: MapAnswer?) {
        let frame = shown[place.set][place.index]
        // Its SDK has resolved it.
        if frame.isResolved { return }
        switch answer {
        case nil:
            shown[place.set][place.index] = frame.shown(
                FrameResolver.resolve(FrameSet.minified(frame), with: nil))
        case .missing(let reason):
            // An SDK that reads the source beside its program has shown it already.
            if frame.contextLine == nil {
                shown[place.set][place.index] = frame.shown(unresolved: reason)
            }
        case .found(let source):
            waiting[source, default: []].append(place)
        }
    }

    /// Looks up what waits for a map; all stacks, in their order.
    ///
    /// Blocks.
    func resolved(by maps: MapStore) -> [[Frame]] {
        var shown = shown
        for (source, places) in waiting {
            var open = MapOfRequest(source, maps)
            for place in places {
                let frame = shown[place.set][place.index]
                do throws(MapStoreError) {
                    shown[place.set][place.index] = frame.shown(
                        try open.resolve(FrameSet.minified(frame)))
                } catch {
                    shown[place.set][place.index] = frame.shown(unresolved: error.description)
                }
            }
        }
        return shown
    }
}

/// One map, for as long as a request asks it.
private struct MapOfRequest {
    /// What the answer depends on.
    private struct Position: Hashable {
        var line: Int64?
        var column: Int64?
        var isAddress: Bool
    }

    private let source: MapSource
    private let maps: MapStore
    private var map: Result<OpenMap, MapStoreError>
    private var isMadeAgain = false
    private var known: [Position: FrameResolution] = [:]

    init(_ source: MapSource, _ maps: MapStore) {
        (self.source, self.maps) = (source, maps)
        map = Self.open(source, maps)
    }

    private static func open(
        _ source: MapSource, _ maps: MapStore
    ) -> Result<OpenMap, MapStoreError> {
        do throws(MapStoreError) {
            return .success(try maps.stored(source))
        } catch {
            return .failure(error)
        }
    }

    /// Frames of a recursion are one place; a damaged stored form is made again, once.
    mutating func resolve(_ frame: MinifiedFrame) throws(MapStoreError) -> FrameResolution {
        let position = Position(
            line: frame.line, column: frame.column, isAddress: frame.isAddress)
        if let known = known[position] { return known }
        var resolution = try Self.resolve(frame, try map.get())
        if case .unresolved(.damaged) = resolution, !isMadeAgain {
            isMadeAgain = true
            maps.discard(source)
            map = Self.open(source, maps)
            resolution = try Self.resolve(frame, try map.get())
        }
        known[position] = resolution
        return resolution
    }

    private static func resolve(
        _ frame: MinifiedFrame, _ map: OpenMap
    ) throws(MapStoreError) -> FrameResolution {
        do {
            return try StoredMap.with(map.bytes) { FrameResolver.resolve(frame, with: $0) }
        } catch {
            return .unresolved(.damaged(error as? StoredMapError ?? StoredMapError(.foreign)))
        }
    }
}
