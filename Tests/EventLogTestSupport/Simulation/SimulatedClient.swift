package import EventLog
import Synchronization

/// An acknowledging client of a log, and what it may expect of it.
package final class SimulatedClient: Sendable {
    package struct State: Hashable, Sendable {
        /// Offsets by record number, as acknowledged durable.
        package var acknowledged: [UInt64: UInt64] = [:]
        /// Offsets of those answered after the write only.
        package var written: [UInt64: UInt64] = [:]
        package var submitted: Set<UInt64> = []
        package var answerCount = 0
        /// Records below this offset were dropped, or may have been.
        package var dropLimit: UInt64 = 0
        /// Records of which the log has said that they are erased.
        package var erased: Set<UInt64> = []
        package var violations: [String] = []
    }

    private let state: Mutex<State>

    /// About the length of a record's line.
    private let recordSize: Int

    /// `state`: what it knows already.
    package init(recordSize: Int = 120, state: State = State()) {
        self.recordSize = recordSize
        self.state = Mutex(state)
    }

    package var current: State { state.withLock { $0 } }

    package func submit(
        _ numbers: [UInt64], durability: Durability = .durable, to core: LogCore
    ) {
        state.withLock { $0.submitted.formUnion(numbers) }
        let records = numbers.map { TestRecords.make($0, size: recordSize) }
        core.submit(records, durability: durability) { result in
            self.state.withLock { $0.note(numbers, result) }
        }
    }

    /// Drops what lies below `offset`.
    package func drop(below offset: UInt64, in core: LogCore) {
        state.withLock { $0.dropLimit = max($0.dropLimit, offset) }
        try? core.dropSegments(below: offset)
    }

    /// Erases the records of a user in all closed segments.
    package func erase(in core: LogCore) {
        for base in core.segmentBases.dropLast() {
            var numbers: Set<UInt64> = []
            let outcome = try? core.rewriteSegment(base: base) { block, index in
                let edit = TestRecords.erased(block, index)
                if edit != nil { numbers.insert(TestRecords.number(of: block.id(at: index))) }
                return edit
            }
            guard case .rewritten? = outcome else { continue }
            state.withLock { $0.erased.formUnion(numbers) }
        }
    }

    /// What is wrong with what a log holds, as far as this client can tell.
    ///
    /// `isHostile`: the disk has changed bytes behind the log's back. Then records may be missing,
    /// but only in ranges that are named, and a wrong one is never returned.
    ///
    /// `knownEnd`: everything below was in a manifest, so that not even the end may go unnamed.
    package func violations(
        _ harness: LogHarness, isHostile: Bool = false, knownEnd: UInt64 = 0
    ) throws -> [String] {
        var content = try LogHarness.read(harness.core.makeReader(), size: recordSize)
        let state = current
        var found = state.violations
        let first = harness.core.firstOffset
        if first > state.dropLimit { found.append("dropped up to \(first)") }
        content.gaps.removeAll { $0 == 0..<first }
        if !content.falseOffsets.isEmpty { found.append("false records \(content.falseOffsets)") }
        let back = state.erased.intersection(content.numbers.values).subtracting(content.redacted)
        if !back.isEmpty { found.append("erased and there again: \(back.sorted())") }
        if Set(content.numbers.values).count != content.numbers.count {
            found.append("a record twice")
        }
        if !state.submitted.isSuperset(of: content.numbers.values) {
            found.append("a record nobody sent")
        }
        if isHostile { return found + state.unnamedLosses(content, first, knownEnd) }
        if !content.gaps.isEmpty { found.append("gaps \(content.gaps)") }
        if content.numbers.keys.sorted() != Array(first..<first + UInt64(content.numbers.count)) {
            found.append("offsets are not dense")
        }
        for (number, offset) in state.acknowledged
        where offset >= first && content.numbers[offset] != number {
            found.append("lost \(number), acknowledged at \(offset)")
        }
        return found
    }
}

extension SimulatedClient.State {
    fileprivate mutating func note(_ numbers: [UInt64], _ result: Result<AppendReceipt, LogError>) {
        answerCount += 1
        guard case .success(let receipt) = result else { return }
        for (number, outcome) in zip(numbers, receipt.outcomes) {
            guard receipt.durability == .durable else {
                written[number] = outcome.offset
                continue
            }
            if outcome.offset >= receipt.durableOffset {
                violations.append("acknowledged \(number) above the durable offset")
            }
            if let earlier = acknowledged[number], earlier != outcome.offset,
                earlier >= dropLimit
            {
                violations.append("\(number) at \(earlier) and at \(outcome.offset)")
            }
            acknowledged[number] = outcome.offset
        }
    }

    /// Acknowledged records that are neither there nor in a gap, below the end of the log; those
    /// below `first` were dropped.
    fileprivate func unnamedLosses(
        _ content: LogHarness.Content, _ first: UInt64, _ knownEnd: UInt64
    ) -> [String] {
        let end = max(knownEnd, content.numbers.keys.max().map { $0 + 1 } ?? 0)
        return acknowledged.compactMap { number, offset in
            guard offset >= first, offset < end, content.numbers[offset] != number,
                !content.gaps.contains(where: { $0.contains(offset) })
            else { return nil }
            return "\(number), acknowledged at \(offset), is gone without a word"
        }
    }
}
