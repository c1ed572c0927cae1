/// Hands out the lines of a log, as they are in it.
///
/// One thread; blocks.
package struct LogExporter {
    /// Which records are wanted.
    package struct Selection: Hashable, Sendable {
        package var offsets: Range<UInt64>
        /// Microseconds since 1970, by the time of receipt.
        package var times: Range<Int64>
        package var project: UInt32?

        package init(
            offsets: Range<UInt64> = 0..<UInt64.max, times: Range<Int64> = Int64.min..<Int64.max,
            project: UInt32? = nil
        ) {
            self.offsets = offsets
            self.times = times
            self.project = project
        }

        /// True when the record at `index` is wanted, by its time and project.
        func takes(_ block: LogBlock, _ index: Int) -> Bool {
            if let project, block.project(at: index) != project { return false }
            return times.contains(block.time(at: index))
        }
    }

    /// What was handed out.
    package struct Report: Hashable, Sendable {
        package var recordCount: UInt64 = 0
        package var lineByteCount: UInt64 = 0
        /// Ranges that cannot be read, and are not in what was handed out.
        package var gaps: [Range<UInt64>] = []
    }

    private let log: EventLog

    package init(_ log: EventLog) { self.log = log }

    /// Calls `onLine` with each line and its newline, and `progress` after every block with the
    /// next offset and the end.
    ///
    /// Blocks of sealed segments that hold nothing of the selection are not read.
    /// Throws what reading or `onLine` throws.
    package func run(
        _ selection: Selection, progress: (UInt64, UInt64) -> Void = { _, _ in },
        onLine: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Report {
        var report = Report()
        let reader = log.makeReader()
        let end = min(log.durableOffset, selection.offsets.upperBound)
        let filter = ZoneFilter(times: selection.times, project: selection.project)
        var next = max(selection.offsets.lowerBound, log.status.firstOffset)
        while true {
            next = reader.skip(from: next, to: filter)
            guard next < end, let read = try reader.readBlock(containing: next, payload: true)
            else {
                break
            }
            switch read {
            case .gap(let offsets, _):
                report.gaps.append(max(next, offsets.lowerBound)..<min(end, offsets.upperBound))
                next = offsets.upperBound
            case .block(let block):
                let last = Int(min(end, block.nextOffset) - block.baseOffset)
                try block.payload?.withUnsafeBytes { lines in
                    for index in Int(next - block.baseOffset)..<last
                    where selection.takes(block, index) {
                        let range = block.lineRange(at: index)
                        let line = lines.part(range.lowerBound..<range.upperBound + 1)
                        try onLine(line)
                        report.recordCount += 1
                        report.lineByteCount += UInt64(line.count)
                    }
                }
                next = block.nextOffset
            }
            progress(min(next, end), end)
        }
        progress(end, end)
        return report
    }
}
