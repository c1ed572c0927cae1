/// Which records a reader is after, as far as the zone maps of sealed segments can tell.
package struct ZoneFilter: Hashable, Sendable {
    /// By the time of receipt, in microseconds since 1970.
    package var times: Range<Int64>
    /// Nil: of any project.
    package var project: UInt32?
    /// Nil: of any type.
    package var types: Set<RecordType>?

    package init(
        times: Range<Int64> = Int64.min..<Int64.max, project: UInt32? = nil,
        types: Set<RecordType>? = nil
    ) {
        self.times = times
        self.project = project
        self.types = types
    }

    /// False when no record of the block can be one of them.
    func mayTake(_ zone: BlockZone) -> Bool {
        guard zone.minTime < times.upperBound, zone.maxTime >= times.lowerBound else {
            return false
        }
        if let project, zone.projects & BlockZone.bit(project) == 0 { return false }
        if let types {
            let bits = types.reduce(0) { $0 | BlockZone.bit(UInt32($1.rawValue)) }
            return zone.types & bits != 0
        }
        return true
    }
}
