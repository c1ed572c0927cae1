@testable import EventLog
import EventLogTestSupport

/// Everything that can be done with a log whose bytes nobody vouches for.
enum Exercise {
    /// Reads of one kind are bounded: inputs are many.
    private static let readLimit = 32

    /// Opens, reads in every way, seals, appends, closes and opens again; and verifies.
    ///
    /// Anything may be refused or missing; whatever is answered must hold together.
    static func run(_ store: SimulatedFileStore) {
        _ = try? LogVerifier(directory: LogHarness.directory, store: store).verify()
        guard let harness = try? LogHarness(store) else { return }
        readAll(harness)
        if let reader = Optional(harness.core.makeReader()) { look(reader, harness) }
        harness.core.sealOne()
        let number: UInt64 = 0xF0F0_F0F0
        if case .success(let receipt) = harness.append([TestRecords.make(number)]) {
            guard let outcome = receipt.outcomes.first else { fatalError("no outcome") }
            let reader = harness.core.makeReader()
            guard case .block(let block)? =
                try? reader.readBlock(containing: outcome.offset, payload: true)
            else { fatalError("what was appended is not there") }
            let id = block.id(at: Int(outcome.offset - block.baseOffset))
            precondition(TestRecords.number(of: id) == number, "another record is there")
        }
        harness.core.sealOne()
        harness.core.close()
        store.releaseLocks()
        guard let again = try? LogHarness(store) else { return }
        readAll(again)
    }

    /// Blocks and gaps lie side by side and end at the durable offset.
    private static func readAll(_ harness: LogHarness) {
        for payload in [false, true] {
            let reader = harness.core.makeReader()
            var offset: UInt64 = 0
            var count = 0
            while count < readLimit {
                count += 1
                guard let read = try? reader.readBlock(containing: offset, payload: payload) else {
                    break
                }
                switch read {
                case .gap(let offsets, _):
                    precondition(offsets.contains(offset), "a gap around the offset")
                    offset = offsets.upperBound
                case .block(let block):
                    precondition(block.offsets.contains(offset), "the block of the offset")
                    touch(block)
                    offset = block.nextOffset
                }
                precondition(offset <= harness.core.durableOffset, "nothing above the end")
            }
        }
    }

    static func touch(_ block: LogBlock) {
        for index in 0..<block.count {
            _ = block.header(at: index)
            _ = block.section[block.digestRange(at: index)].count
            if let payload = block.payload { _ = payload[block.lineRange(at: index)].count }
        }
    }

    private static func look(_ reader: LogReader, _ harness: LogHarness) {
        let end = harness.core.durableOffset
        var offset = harness.core.firstOffset
        for _ in 0..<readLimit where offset < end {
            _ = try? reader.readRecord(at: offset)
            offset += 1
        }
        for kind in [IndexKeyKind.issue, .user, .trace, .session] {
            for value: UInt64 in [1, 3, 31] {
                let found =
                    (try? reader.offsets(of: kind, value: value, below: .max, limit: 8)) ?? []
                precondition(zip(found, found.dropFirst()).allSatisfy { $0 > $1 }, "newest first")
            }
        }
        for number in 0..<UInt64(4) {
            let record = TestRecords.make(number)
            _ = try? reader.find(
                UniqueKey(project: record.project, type: record.type, id: record.id))
        }
    }
}
