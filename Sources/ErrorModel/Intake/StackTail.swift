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
    /// What the SDK says of whose code it is; nil: nothing.
    var inApp: Bool?

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
    /// Those of the application's own code.
    private var inApp = InlineArray<3, FrameFacts>(repeating: FrameFacts())
    private var inAppCount = 0
    private let isNearestFirst: Bool

    init(isNearestFirst: Bool) {
        self.isNearestFirst = isNearestFirst
    }

    var isEmpty: Bool { count == 0 }

    /// `isInApp` is asked only where it matters.
    @inline(__always)
    mutating func append(
        _ frame: FrameFacts, isEngine: Bool, isInApp: @autoclosure () -> Bool
    ) {
        if !isNearestFirst || count < Self.kept { all[count % Self.kept] = frame }
        count += 1
        if isEngine { return }
        if !isNearestFirst || ownCount < Self.kept { own[ownCount % Self.kept] = frame }
        ownCount += 1
        if isNearestFirst, inAppCount == Self.kept { return }
        guard isInApp() else { return }
        inApp[inAppCount % Self.kept] = frame
        inAppCount += 1
    }

    /// The frame that threw.
    var nearest: FrameFacts? { isEmpty ? nil : frame(0, in: all, count) }

    /// Which frames enter the fingerprint.
    enum Choice {
        case all
        case own
        case inApp
    }

    func choice(_ language: FrameLanguage, _ version: FingerprintVersion) -> Choice {
        if version == .inAppFirst, inAppCount > 0 { return .inApp }
        return language == .javascript ? .own : .all
    }

    /// How many of them there are.
    func count(_ choice: Choice) -> Int {
        switch choice {
        case .all: min(count, Self.kept)
        case .own: min(ownCount, Self.kept)
        case .inApp: min(inAppCount, Self.kept)
        }
    }

    /// One of them, 0 being the nearest to the throw.
    func frame(_ index: Int, _ choice: Choice) -> FrameFacts {
        switch choice {
        case .all: frame(index, in: all, count)
        case .own: frame(index, in: own, ownCount)
        case .inApp: frame(index, in: inApp, inAppCount)
        }
    }

    @inline(__always)
    private func frame(
        _ index: Int, in frames: borrowing InlineArray<3, FrameFacts>, _ count: Int
    ) -> FrameFacts {
        frames[isNearestFirst ? index : (count - 1 - index) % Self.kept]
    }
}
