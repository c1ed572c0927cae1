/// Where the rows of the busiest issues are, and their first and last sightings, in memory.
///
/// A batch need not look them up. What is noted here and what the rows say is the same, as long as
/// the transaction is committed: after a failure the worker begins with a new projection.
struct IssuePlaces {
    struct Place {
        var id: Int64
        var first: IssueDelta.Sighting
        var last: IssueDelta.Sighting
    }

    /// About 100 bytes each.
    static let limit = 20_000

    private var places: [IssueDelta.Key: Place] = [:]

    subscript(key: IssueDelta.Key) -> Place? {
        get { places[key] }
        set { places[key] = newValue }
    }

    /// Forgets them all when there are too many: those that are needed come back by themselves.
    mutating func trim() {
        if places.count > Self.limit { places.removeAll() }
    }
}
