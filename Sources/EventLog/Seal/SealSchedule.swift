/// Decides which segment is sealed next, and when.
///
/// Pure.
struct SealSchedule: Hashable, Sendable {
    /// What is known of a segment that nothing is appended to any more.
    struct Candidate: Hashable, Sendable {
        var baseOffset: UInt64
        var isSealed: Bool
    }

    /// Segments that cannot be rewritten, by their base: damaged ones stay as they are.
    private(set) var refused: Set<UInt64> = []
    private var retryAt: UInt64 = 0

    /// The oldest that is not sealed; nil when there is none, or after a failure it is too early.
    ///
    /// `now` is in milliseconds, from any start.
    func next(_ closed: [Candidate], now: UInt64) -> UInt64? {
        guard now >= retryAt else { return nil }
        return closed.first { !$0.isSealed && !refused.contains($0.baseOffset) }?.baseOffset
    }

    mutating func refuse(_ baseOffset: UInt64) { refused.insert(baseOffset) }

    mutating func noteFailure(now: UInt64) { retryAt = now &+ LogLimits.sealRetryMilliseconds }
}
