/// The rules by which a fingerprint is made; the raw values are part of the format.
///
/// Both make the same text, `type|function@file|function@file|function@file`, and differ in the
/// frames that enter it. A fingerprint that the client chose is the same by both, but for the parts
/// that it asks the default for.
package enum FingerprintVersion: UInt8, CaseIterable, Hashable, Sendable {
    /// The first three frames, whosever code they are.
    case page = 1
    /// The first three frames of the application's own code; as `page` where there is none.
    case inAppFirst = 2

    /// What projects begin with.
    package static let standard = FingerprintVersion.page

    /// One sentence for people.
    package var sentence: String {
        switch self {
        case .page: "the first three frames"
        case .inAppFirst: "the first three frames of the application's own code"
        }
    }
}

/// What an event's fingerprint is by each version of the rules.
package struct Fingerprints: Hashable, Sendable {
    private var page: UInt64?
    private var inAppFirst: UInt64?

    package init() {}

    /// Nil: the event can no longer say.
    package subscript(version: FingerprintVersion) -> UInt64? {
        get {
            switch version {
            case .page: page
            case .inAppFirst: inAppFirst
            }
        }
        set {
            switch version {
            case .page: page = newValue
            case .inAppFirst: inAppFirst = newValue
            }
        }
    }
}
