/// The parts of a frame that a digest needs, as slices of the payload.
struct FrameFacts {
    var function = JSONSlice.missing
    /// The file's name; for Sentry the path stands in for a missing one.
    var file = JSONSlice.missing
    var path = JSONSlice.missing
    var module = JSONSlice.missing
    var hasLine = false
    var isNative = false
    var isResolved = false

    /// The file that counts: the name, else the absolute path.
    var place: JSONSlice { file.isEmpty ? path : file }
}

/// The frames nearest to the throw, of a stack that is read once in either order.
struct StackTail {
    private static let kept = CanonicalText.frameLimit

    private(set) var count = 0
    private var all = InlineArray<3, FrameFacts>(repeating: FrameFacts())
    /// The same without frames of the engine, which only count on some platforms.
    private var own = InlineArray<3, FrameFacts>(repeating: FrameFacts())
    private var ownCount = 0
    private let isNearestFirst: Bool

    init(isNearestFirst: Bool) {
        self.isNearestFirst = isNearestFirst
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ frame: FrameFacts, isEngine: Bool) {
        if !isNearestFirst || count < Self.kept { all[count % Self.kept] = frame }
        count += 1
        if isEngine { return }
        if !isNearestFirst || ownCount < Self.kept { own[ownCount % Self.kept] = frame }
        ownCount += 1
    }

    /// The frame that threw.
    var nearest: FrameFacts? { isEmpty ? nil : frame(0, in: all, count) }

    /// How many frames enter the fingerprint.
    func fingerprintCount(_ language: FrameLanguage) -> Int {
        min(language == .javascript ? ownCount : count, Self.kept)
    }

    /// A frame that enters the fingerprint, 0 being the nearest to the throw.
    func fingerprintFrame(_ index: Int, _ language: FrameLanguage) -> FrameFacts {
        language == .javascript ? frame(index, in: own, ownCount) : frame(index, in: all, count)
    }

    @inline(__always)
    private func frame(
        _ index: Int, in frames: borrowing InlineArray<3, FrameFacts>, _ count: Int
    ) -> FrameFacts {
        frames[isNearestFirst ? index : (count - 1 - index) % Self.kept]
    }
}
