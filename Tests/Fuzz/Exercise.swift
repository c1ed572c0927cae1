@testable import EventLog
import EventLogTestSupport
import Glibc

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
            guard let outcome = receipt.outcomes.first else { fail("no outcome") }
            let reader = harness.core.makeReader()
            guard
                case .block(let block)? =
                    try? reader.readBlock(containing: outcome.offset, payload: true)
            else { fail("what was appended is not there") }
            let id = block.id(at: Int(outcome.offset - block.baseOffset))
            require(TestRecords.number(of: id) == number, "another record is there")
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
                    require(offsets.contains(offset), "a gap around the offset")
                    offset = offsets.upperBound
                case .block(let block):
                    require(block.offsets.contains(offset), "the block of the offset")
                    touch(block)
                    offset = block.nextOffset
                }
                require(
                    offset <= harness.core.durableOffset,
                    "\(offset) is above the end, \(harness.core.durableOffset), of \(read)")
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
                require(zip(found, found.dropFirst()).allSatisfy { $0 > $1 }, "newest first")
            }
        }
        for number in 0..<UInt64(4) {
            let record = TestRecords.make(number)
            _ = try? reader.find(
                UniqueKey(project: record.project, type: record.type, id: record.id))
        }
    }
}

/// Ends the run with a sentence; the messages of preconditions are not in a release build.
func fail(_ message: String) -> Never {
    let text = "FUZZ: \(message)\n"
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    abort()
}

/// Ends the run unless `isSo`.
func require(_ isSo: Bool, _ message: @autoclosure () -> String) {
    if !isSo { fail(message()) }
}
