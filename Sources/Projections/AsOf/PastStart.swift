/// Where the fold of a view as it was at an offset begins.
package enum PastStart: Hashable, Sendable {
    /// With nothing: the log has its beginning.
    case beginning
    /// With a copy of the view that reflects everything below this offset.
    case copy(UInt64)
    /// Nowhere: the log no longer has the records, and no copy is old enough; the first offset that
    /// can be had, where there is one.
    case gone(first: UInt64?)

    /// Decides for a wanted offset.
    ///
    /// - Parameters:
    ///   - first: the first offset that the log has.
    ///   - copies: what each copy of the view reflects.
    package static func choose(wanted: UInt64, first: UInt64, copies: [UInt64]) -> PastStart {
        // From a copy of before the log's beginning nothing can be folded on.
        let usable = copies.filter { $0 == wanted || ($0 < wanted && $0 >= first) }
        if let nearest = usable.max(), nearest > 0 { return .copy(nearest) }
        return first == 0 ? .beginning : .gone(first: copies.filter { $0 >= first }.min())
    }
}
