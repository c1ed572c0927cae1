/// A frame of a minified stack, as far as its place matters.
package struct MinifiedFrame: Equatable, Sendable {
    package var function: String?
    package var file: String?
    /// As the engine printed it, from 1 on.
    package var line: Int64?
    /// As the engine printed it: from 1 on, with `isAddress` from 0 on.
    package var column: Int64?
    /// Part of the engine.
    package var isNative = false
    /// An offset in the bytecode of Hermes.
    package var isAddress = false

    package init(
        function: String? = nil, file: String?, line: Int64?, column: Int64?,
        isNative: Bool = false, isAddress: Bool = false
    ) {
        self.function = function
        self.file = file
        self.line = line
        self.column = column
        self.isNative = isNative
        self.isAddress = isAddress
    }
}

/// What a map says of a frame.
package struct ResolvedFrame: Equatable, Sendable {
    /// With the map's `sourceRoot` before it; nil where the map does not name the file.
    package var source: String?
    /// From 1 on.
    package var line: Int64
    /// From 1 on.
    package var column: Int64
    /// The function around the place: empty where it has no name, nil where it is not known.
    package var function: String?
    /// The map's name at the place, seldom the function's.
    package var name: String?
    /// The map calls the source code that is not the application's own.
    package var isIgnored: Bool
    /// Nil where the map does not have the source's text or no such line.
    package var context: SourceContext?
}

/// Why a frame stays as it is.
package enum UnresolvedReason: Equatable, Sendable, CustomStringConvertible {
    case native
    case noFile
    case noPosition
    /// There is no map for the file; these names were looked for.
    case noMap([ArtifactName])
    /// The map has nothing for the whole line: perhaps it is one of another build.
    case lineNotMapped
    /// The map says that this place comes from no source, or it is before the line's first segment.
    case positionNotMapped
    case damaged(StoredMapError)

    package var description: String {
        switch self {
        case .native: "the frame is part of the engine"
        case .noFile: "the frame names no file"
        case .noPosition: "the frame has no line and column"
        case .noMap(let names):
            "there is no map for \(names.map(\.description).joined(separator: " or "))"
        case .lineNotMapped:
            "the map has nothing for this line; perhaps it belongs to another build of the file"
        case .positionNotMapped: "the map has no source for this place; tools add such code"
        case .damaged(let error): error.description
        }
    }
}

/// A frame with its original, or with the reason why there is none.
package enum FrameResolution: Equatable, Sendable {
    case resolved(ResolvedFrame)
    case unresolved(UnresolvedReason)

    package var resolved: ResolvedFrame? {
        if case .resolved(let frame) = self { frame } else { nil }
    }
}

/// Resolves frames with the stored map of their file.
package enum FrameResolver {
    /// What the names of a frame's file would be looked for, or why that is of no use.
    package static func names(
        for frame: MinifiedFrame
    ) -> Result<[ArtifactName], FrameResolutionFailure> {
        if frame.isNative { return .failure(FrameResolutionFailure(.native)) }
        guard let file = frame.file else { return .failure(FrameResolutionFailure(.noFile)) }
        let names = ArtifactName.candidates(forFrameFile: file)
        if names.isEmpty { return .failure(FrameResolutionFailure(.noFile)) }
        return .success(names)
    }

    /// Resolves one frame.
    ///
    /// - Parameter map: that of the frame's file; nil where none was found.
    package static func resolve(_ frame: MinifiedFrame, with map: StoredMap?) -> FrameResolution {
        switch names(for: frame) {
        case .failure(let failure):
            return .unresolved(failure.reason)
        case .success(let names):
            guard let map else { return .unresolved(.noMap(names)) }
            guard let place = place(of: frame) else { return .unresolved(.noPosition) }
            do throws(StoredMapError) {
                return try resolve(place, map)
            } catch {
                return .unresolved(.damaged(error))
            }
        }
    }

    /// Line and column from 0 on.
    private static func place(
        of frame: MinifiedFrame
    ) -> (line: UInt32, column: UInt32)? {
        guard let line = frame.line, let column = frame.column, line > 0,
            let lineIndex = UInt32(exactly: line - 1)
        else { return nil }
        // Some engines have a column 0 where they know none; it is the line's start.
        let columnIndex = frame.isAddress ? column : column > 0 ? column - 1 : 0
        return UInt32(exactly: columnIndex).map { (lineIndex, $0) }
    }

    private static func resolve(
        _ place: (line: UInt32, column: UInt32), _ map: StoredMap
    ) throws(StoredMapError) -> FrameResolution {
        guard let original = try map.lookup(line: place.line, column: place.column) else {
            let hasLine = try map.hasSegment(line: place.line)
            return .unresolved(hasLine ? .positionNotMapped : .lineNotMapped)
        }
        var context: SourceContext?
        if let text = try map.content(ofSource: original.source) {
            context = SourceContext(text, line: original.line)
        }
        var name: String?
        if let index = original.name { name = try map.name(index) }
        return .resolved(
            ResolvedFrame(
                source: try map.sourceName(original.source), line: Int64(original.line) + 1,
                column: Int64(original.column) + 1,
                function: try map.function(line: place.line, column: place.column), name: name,
                isIgnored: try map.isIgnored(source: original.source), context: context))
    }
}

/// A reason as an error, for `Result`.
package struct FrameResolutionFailure: Error, Equatable, Sendable {
    package let reason: UnresolvedReason

    init(_ reason: UnresolvedReason) { self.reason = reason }
}
