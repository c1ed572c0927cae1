/// What the log could not do, in which file, and what helps.
package struct LogError: Error, Hashable, Sendable {
    /// The kind of failure, for a program to act on.
    package enum Code: String, Hashable, Sendable {
        /// The queue is full; nothing of the batch was taken.
        ///
        /// Try again later.
        case overloaded
        /// The log is closed or closing.
        case closed
        /// A record breaks a limit or a rule; nothing of the batch was taken.
        case invalidRecord
        /// No space is left; the log takes records again by itself when there is.
        case diskFull
        /// A read or a write failed.
        ///
        /// The group was not acknowledged.
        case inputOutput
        /// The disk did not confirm a sync.
        ///
        /// Whether the records are there is not known.
        case syncFailed
        /// The log takes no more records until it is opened again.
        case readOnly
        /// Another process (or log) has the directory open for writing.
        case locked
        /// A file in the directory is not a segment of this log.
        case foreignFile
        /// A segment was written by a later version of the program.
        case newerFormat
        /// The header of a segment that holds records is damaged.
        case damagedHeader
        /// A segment between two others is missing, or stands there twice.
        case missingSegment
    }

    package var code: Code
    /// One sentence that says what happened.
    package var message: String
    /// One sentence that says what helps, when something does.
    package var help: String?
    /// The file concerned.
    package var path: String?
    /// The error number of the system call that failed, or 0.
    package var errno: Int32

    package init(
        _ code: Code, _ message: String, help: String? = nil, path: String? = nil,
        errno: Int32 = 0
    ) {
        self.code = code
        self.message = message
        self.help = help
        self.path = path
        self.errno = errno
    }
}

extension LogError: CustomStringConvertible {
    package var description: String {
        var text = message
        if let path { text = "\(path): \(text)" }
        if let help { text += " \(help)" }
        return text
    }
}
