import ErrorModel
import NIOPosix
import Projections
import SourceMaps

/// Frames of one stack, and what tells which maps are theirs.
struct FrameSet: Sendable {
    var frames: [Frame]
    var release: String?
    var dist: String?
    /// Debug ids by the file that ran.
    var debugIDs: [String: String] = [:]
    /// How many of the frames are looked up, the first ones.
    var limit = FrameSet.frameLimit

    /// Frames of all stacks of one event that are looked up: SDKs send a hundred at most, and for each
    /// the lines around it are searched in the text of a source.
    static let frameLimit = 500

    /// The frame as it was printed.
    static func minified(_ frame: Frame) -> MinifiedFrame {
        let column = frame.isAddress ? frame.column ?? 0 : frame.column
        return MinifiedFrame(
            function: frame.function, file: frame.absPath ?? frame.file, line: frame.line,
            column: column, isNative: frame.isNative, isAddress: frame.isAddress)
    }

    /// What is to be looked up for a frame; nil where nothing is.
    func question(_ frame: Frame) -> MapQuestion? {
        let minified = Self.minified(frame)
        guard !frame.isResolved, case .success = FrameResolver.names(for: minified),
            let file = minified.file
        else { return nil }
        let id = frame.absPath.flatMap { debugIDs[$0] } ?? frame.file.flatMap { debugIDs[$0] }
        return MapQuestion(
            release: release ?? "", dist: dist ?? "", file: file,
            debugID: id.flatMap { DebugID($0)?.description })
    }
}

extension Frame {
    /// The frame as people read it: the original with the minified one beside it, or the reason
    /// why there is none.
    func shown(_ resolution: FrameResolution) -> Frame {
        var frame = self
        switch resolution {
        case .unresolved(let reason):
            frame.unresolved = reason.description
        case .resolved(let original):
            frame.minified = MinifiedPlace(
                function: function, file: absPath ?? file, line: line, column: column)
            frame.function = original.function.flatMap { $0.isEmpty ? nil : $0 }
            frame.file = original.source
            frame.line = original.line
            frame.column = original.column
            frame.absPath = nil
            frame.module = nil
            frame.isResolved = true
            if original.isIgnored { frame.inApp = false }
            frame.preContext = original.context?.before ?? []
            frame.contextLine = original.context?.line
            frame.postContext = original.context?.after ?? []
        }
        return frame
    }

    func shown(unresolved reason: String) -> Frame {
        var frame = self
        frame.unresolved = reason
        return frame
    }
}

extension Faultlog {
    /// Shows the frames of stacks of one project with their originals.
    ///
    /// Nothing in the log or the views moves by it.
    func resolve(_ sets: [FrameSet], project: UInt32) async throws -> [[Frame]] {
        let questions = Set(
            sets.flatMap { set in
                set.frames.prefix(set.limit).compactMap { set.question($0) }
            })
        let answers = try await artifacts.read { db in
            var finder = MapFinder(ArtifactLookup(project: project, db))
            var answers: [MapQuestion: MapAnswer] = [:]
            for question in questions { answers[question] = try finder.answer(question) }
            return answers
        }.value
        return try await readers.runIfActive { [maps] in
            MapFrames(sets, answers).resolved(by: maps)
        }
    }

    /// Shows the frames of events of one project with their originals, where they are JavaScript's.
    ///
    /// A view that cannot be read leaves them as they are: the events matter more.
    func resolve(_ events: inout [StoredEventAnswer], project: UInt32) async throws {
        var sets: [FrameSet] = []
        for case .whole(let event) in events.map(\.content) { sets += event.frameSets }
        guard sets.contains(where: { !$0.frames.isEmpty }) else { return }
        guard var shown = try? await resolve(sets, project: project)[...] else { return }
        for index in events.indices {
            guard case .whole(var event) = events[index].content else { continue }
            let count = event.frameSets.count
            event.show(Array(shown.prefix(count)))
            shown = shown.dropFirst(count)
            events[index].content = .whole(event)
        }
    }

    func resolved(
        _ event: StoredEventAnswer, project: UInt32
    ) async throws -> StoredEventAnswer {
        var events = [event]
        try await resolve(&events, project: project)
        return events[0]
    }
}

extension ErrorEvent {
    /// The stacks that are shown, that of the error first; none where they are not JavaScript's.
    fileprivate var frameSets: [FrameSet] {
        let stacks = [frames] + exceptions.dropFirst().map(\.frames)
        guard FrameLanguage(platform: platform ?? "") == .javascript || isScripted(stacks) else {
            return []
        }
        let ids = Dictionary(
            debugImages.map { ($0.file, $0.id) }, uniquingKeysWith: { first, _ in first })
        var left = FrameSet.frameLimit
        return stacks.map { frames in
            let set = FrameSet(
                frames: frames, release: release, dist: dist, debugIDs: ids, limit: left)
            left = max(0, left - frames.count)
            return set
        }
    }

    /// React Native and others name platforms of their own.
    private func isScripted(_ stacks: [[Frame]]) -> Bool {
        stacks.joined().prefix(FrameSet.frameLimit).contains { frame in
            guard let file = frame.file else { return false }
            let path = file.prefix { $0 != "?" && $0 != "#" }
            return path.hasSuffix(".js") || path.hasSuffix(".bundle") || path.hasSuffix(".jsbundle")
        }
    }

    fileprivate mutating func show(_ stacks: [[Frame]]) {
        guard let first = stacks.first else { return }
        frames = first
        for (index, stack) in stacks.dropFirst().enumerated() {
            exceptions[index + 1].frames = stack
        }
    }
}
