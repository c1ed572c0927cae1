package import EventLog
import Synchronization

/// Drives the engine without threads: append, read back, reopen.
package final class LogHarness {
    package let store: SimulatedFileStore
    package let core: LogCore
    package static let directory = "/data"

    /// `files`: stands between the log and `store`.
    package init(
        _ store: SimulatedFileStore, through files: (any FileStore)? = nil,
        options: LogOptions = .init(), clock: TestClock = TestClock()
    ) throws(LogError) {
        self.store = store
        core = try LogCore(
            directory: Self.directory, store: files ?? store, options: options, clock: clock.clock)
    }

    /// Appends one batch and drains.
    @discardableResult
    package func append(_ records: [NewRecord]) -> Result<AppendReceipt, LogError> {
        let box = Box()
        core.submit(records) { result in box.answer.withLock { $0 = result } }
        core.drain()
        return box.answer.withLock { $0 } ?? .failure(LogError(.closed, "no answer"))
    }

    /// What a reader sees: records by offset (as the numbers they were made from), and gaps.
    package struct Content: Hashable, Sendable {
        package var numbers: [UInt64: UInt64] = [:]
        package var gaps: [Range<UInt64>] = []
        /// Records that are not, byte for byte, what was appended.
        package var falseOffsets: [UInt64] = []
        /// Numbers of records that were redacted.
        package var redacted: Set<UInt64> = []

        package init() {}
    }

    package static func read(
        _ reader: LogReader, payload: Bool = true, size: Int = 120
    ) throws(LogError) -> Content {
        var content = Content()
        var offset: UInt64 = 0
        while let read = try reader.readBlock(containing: offset, payload: payload) {
            switch read {
            case .gap(let offsets, _):
                content.gaps.append(offset..<offsets.upperBound)
                offset = offsets.upperBound
            case .block(let block):
                for index in 0..<block.count {
                    let number = TestRecords.number(of: block.id(at: index))
                    content.numbers[block.baseOffset + UInt64(index)] = number
                    if block.isRedacted(at: index) { content.redacted.insert(number) }
                    if !TestRecords.isTrue(block, at: index, size: size) {
                        content.falseOffsets.append(block.baseOffset + UInt64(index))
                    }
                }
                offset = block.nextOffset
            }
        }
        return content
    }

    package func content(payload: Bool = true) throws(LogError) -> Content {
        try Self.read(core.makeReader(), payload: payload)
    }
}

/// Holds one answer.
private final class Box: Sendable {
    let answer = Mutex<Result<AppendReceipt, LogError>?>(nil)
}
