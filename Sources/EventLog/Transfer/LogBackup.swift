import Glibc

/// Copies a log into a folder while it is written, so that the copy is a log of its own.
///
/// Closed segments do not change any more: they are linked where the file system can, so that they
/// take no space twice, else copied. Of the newest one all that is durable is copied. In the end
/// the copy is opened once, which proves it and gives it its manifest.
package struct LogBackup {
    /// What the copy has.
    package struct Report: Hashable, Sendable {
        package var segmentCount = 0
        /// Of these, segments that share their bytes with the log.
        package var linkedCount = 0
        package var copiedByteCount: UInt64 = 0
        /// Everything below this offset is in the copy.
        package var nextOffset: UInt64 = 0
        /// Records that cannot be read, in the log as in the copy.
        package var gaps: [RecoveryReport.Gap] = []
    }

    /// Bytes copied at a time.
    private static let copyByteCount = 1 << 20

    private let log: EventLog
    private let store: any FileStore
    private let sharesFiles: Bool

    /// `sharesFiles` false: everything is copied, even on one file system.
    ///
    /// Both folders are on the disk of `store`.
    package init(log: EventLog, store: any FileStore = PosixFileStore(), sharesFiles: Bool = true) {
        self.log = log
        self.store = store
        self.sharesFiles = sharesFiles
    }

    /// Copies the log into `directory`, which holds none yet.
    ///
    /// Blocks; the log takes records meanwhile. Nothing may drop or rewrite segments. `progress`
    /// gets the bytes done and all bytes. On return the copy is durable but for the name of
    /// `directory` itself. Throws where a file cannot be read or written; what was written so far
    /// is left.
    package func run(
        to directory: String, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(LogError) -> Report {
        // The offset first: the file of the newest segment is never behind it.
        let durable = log.catalog.durableOffset
        let segments = log.catalog.segments
        let newest = segments.last
        let lengths = segments.map(\.byteCount)
        let total = lengths.reduce(0, +)
        var report = Report()
        var done: UInt64 = 0
        do throws(FileError) {
            try store.createDirectory(LogPaths.segments(directory))
            for (segment, length) in zip(segments, lengths) {
                let target = LogPaths.segment(directory, base: segment.baseOffset)
                report.segmentCount += 1
                if segment !== newest, share(segment.path, target) {
                    report.linkedCount += 1
                } else {
                    report.copiedByteCount += try copy(
                        segment.path, to: target, upTo: segment === newest ? length : nil)
                }
                done += length
                progress(done, total)
            }
            try store.fsyncDirectory(LogPaths.segments(directory))
            try store.fsyncDirectory(directory)
        } catch {
            throw LogError(error)
        }
        let copy = try LogCore(
            directory: directory, store: store, options: .init(), clock: log.clock)
        report.nextOffset = copy.durableOffset
        report.gaps = copy.recovery.gaps
        guard copy.durableOffset >= durable, copy.firstOffset <= log.catalog.firstOffset else {
            throw LogError(
                .inputOutput,
                "The copy has offsets \(copy.firstOffset) to \(copy.durableOffset), the log had "
                    + "\(log.catalog.firstOffset) to \(durable).",
                help: "The log was changed meanwhile: try again.", path: directory)
        }
        return report
    }

    /// True when `target` is another name of the file.
    private func share(_ path: String, _ target: String) -> Bool {
        sharesFiles && link(path, target) == 0
    }

    private func copy(
        _ path: String, to target: String, upTo end: UInt64?
    ) throws(FileError) -> UInt64 {
        let source = try store.open(path, .read)
        let file = try store.open(target, .write)
        let buffer = AlignedBuffer(byteCount: Self.copyByteCount)
        var position: UInt64 = 0
        while position < end ?? .max {
            let room = buffer.bytes.part(
                0..<Int(min(UInt64(buffer.bytes.count), (end ?? .max) - position)))
            let count = try source.readFully(into: room, at: position)
            if count == 0 { break }
            try file.writeFully(UnsafeRawBufferPointer(room.part(0..<count)), at: position)
            position += UInt64(count)
        }
        try file.fdatasync()
        return position
    }
}
