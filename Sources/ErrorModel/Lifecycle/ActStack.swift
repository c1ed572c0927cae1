/// What a value was around each record that changed it, in the order of the log: acts, and undoings
/// of acts and of undoings.
///
/// An act leads to a new state; an undoing leads back to the state before what it takes back. A
/// record can be taken back while the state is the one that it led to: so nothing that came later
/// and still holds is lost with it. A state is known by the act that led to it, nil before the first.
package struct ActStack<Value> {
    private struct Change {
        var offset: UInt64
        var before: UInt64?
        var after: UInt64?
    }

    private let initial: Value
    /// By the offset of an act, what it led to and the state that it was done in.
    private var acts: [UInt64: (value: Value, before: UInt64?)] = [:]
    /// Oldest first, and the place of each by its offset.
    private var changes: [Change] = []
    private var places: [UInt64: Int] = [:]
    private var state: UInt64?

    /// - Parameter initial: what holds before the first act.
    package init(_ initial: Value) { self.initial = initial }

    /// The record that came last, an act or an undoing.
    package var newest: UInt64? { changes.last?.offset }

    /// An act that led to `value`.
    package mutating func add(_ offset: UInt64, _ value: Value) {
        acts[offset] = (value, state)
        move(to: offset, by: offset)
    }

    /// The record at `offset` took back the one at `undone`.
    package mutating func undo(_ undone: UInt64, at offset: UInt64) {
        // One that is not known leaves all as it is, and can itself be taken back.
        move(to: change(undone).map(\.before) ?? state, by: offset)
    }

    private mutating func move(to next: UInt64?, by offset: UInt64) {
        places[offset] = changes.count
        changes.append(Change(offset: offset, before: state, after: next))
        state = next
    }

    /// What would hold if the record at `offset` were taken back now; nil where others lie on it.
    package func value(undoing offset: UInt64) -> Value? {
        guard let change = change(offset), change.after == state else { return nil }
        return change.before.flatMap { acts[$0]?.value } ?? initial
    }

    /// The record to take back first, one that can be, so that in the end the one at `offset` can be
    /// too; nil where there is no such record.
    package func firstToUndo(before offset: UInt64) -> UInt64? {
        guard let wanted = change(offset), wanted.after != state else { return nil }
        // Down from the wanted state towards the one that holds, which an undoing may have left.
        var way = wanted.after
        while let step = way {
            let below = acts[step]?.before
            if below == state {
                return changes.last { $0.before == step && $0.after == state }?.offset
            }
            way = below
        }
        return state
    }

    private func change(_ offset: UInt64) -> Change? {
        places[offset].map { changes[$0] }
    }
}
