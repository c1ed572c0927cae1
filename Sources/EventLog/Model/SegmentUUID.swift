/// The identity of a segment: every checksum in it is seeded with this.
package struct SegmentUUID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
