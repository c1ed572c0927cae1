/// One record of the log with everything that is stored of it.
package struct LogRecord: Hashable, Sendable {
    package var header: RecordHeader
    /// What folds read.
    package var digest: [UInt8]
    /// The JSON line, without its newline.
    package var line: [UInt8]
}

/// What a read of one record found.
package enum LogRecordRead: Hashable, Sendable {
    case record(LogRecord)
    /// The records of these offsets are damaged or missing.
    case gap(offsets: Range<UInt64>, reason: GapReason)
}
