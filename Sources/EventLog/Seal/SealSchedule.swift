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
    /// Segments that a thread is at.
    private var taken: Set<UInt64> = []
    /// Segments that somebody else is rewriting.
    private var withheld: Set<UInt64> = []
    private var retryAt: UInt64 = 0

    /// Takes the oldest that is not sealed; nil when there is none, or after a failure it is too
    /// early.
    ///
    /// `now` is in milliseconds, from any start. Whoever gets one gives it back with `leave`.
    mutating func take(_ closed: [Candidate], now: UInt64) -> UInt64? {
        guard now >= retryAt,
            let next = closed.first(where: { isOpen($0) && isFree($0.baseOffset) })
        else { return nil }
        taken.insert(next.baseOffset)
        return next.baseOffset
    }

    /// Takes this one, which is sealed, to be packed anew; false: it is not free, or something waits
    /// to be sealed, or it is too early.
    mutating func takeSealed(_ baseOffset: UInt64, of closed: [Candidate], now: UInt64) -> Bool {
        guard now >= retryAt, backlog(closed) == 0, isFree(baseOffset),
            !refused.contains(baseOffset)
        else { return false }
        taken.insert(baseOffset)
        return true
    }

    mutating func leave(_ baseOffset: UInt64) { taken.remove(baseOffset) }

    /// From now on nobody takes it, and whoever is at it should leave it.
    mutating func withhold(_ baseOffset: UInt64) { withheld.insert(baseOffset) }

    mutating func release(_ baseOffset: UInt64) { withheld.remove(baseOffset) }

    func isTaken(_ baseOffset: UInt64) -> Bool { taken.contains(baseOffset) }

    func isWithheld(_ baseOffset: UInt64) -> Bool { withheld.contains(baseOffset) }

    /// How many wait, or are being sealed.
    func backlog(_ closed: [Candidate]) -> Int { closed.count { isOpen($0) } }

    mutating func refuse(_ baseOffset: UInt64) { refused.insert(baseOffset) }

    mutating func noteFailure(now: UInt64) { retryAt = now &+ LogLimits.sealRetryMilliseconds }

    private func isFree(_ baseOffset: UInt64) -> Bool {
        !taken.contains(baseOffset) && !withheld.contains(baseOffset)
    }

    private func isOpen(_ candidate: Candidate) -> Bool {
        !candidate.isSealed && !refused.contains(candidate.baseOffset)
    }
}
