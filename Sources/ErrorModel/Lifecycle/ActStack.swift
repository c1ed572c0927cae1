/// What a value was before each act that changed it, in the order of the log.
///
/// Acts lie on each other: only the uppermost can be undone, and the undoing that came last can be
/// undone itself, which brings its act back.
package struct ActStack<Value> {
    private let initial: Value
    private var acts: [(offset: UInt64, value: Value)] = []
    /// By the offset of an undoing, the act that it took off.
    private var takenOff: [UInt64: (offset: UInt64, value: Value)] = [:]
    /// The record that came last, an act or an undoing.
    package private(set) var newest: UInt64?

    /// - Parameter initial: what holds before the first act.
    package init(_ initial: Value) { self.initial = initial }

    /// The act that holds now; nil: none does.
    package var top: UInt64? { acts.last?.offset }

    /// An act that led to `value`.
    package mutating func add(_ offset: UInt64, _ value: Value) {
        acts.append((offset, value))
        newest = offset
    }

    /// The record at `offset` took back the one at `act`.
    package mutating func undo(_ act: UInt64, at offset: UInt64) {
        if let last = acts.last, last.offset == act {
            acts.removeLast()
            takenOff[offset] = last
        } else if let back = takenOff[act] {
            acts.append(back)
        }
        newest = offset
    }

    /// What would hold if the record at `offset` were taken back now; nil where others lie on it.
    package func value(undoing offset: UInt64) -> Value? {
        if let last = acts.last, last.offset == offset {
            return acts.dropLast().last?.value ?? initial
        }
        return newest == offset ? takenOff[offset]?.value : nil
    }
}
