/// The bounds of the stream door, each with its reason.
package enum StreamLimits {
    /// The version of the protocol that a hello names.
    package static let version = 1
    /// Bytes of one line without its end: an event takes as many over HTTP.
    package static let lineBytes = IngestLimits.eventBytes
    /// Bytes of lines that wait for their ack, of one connection.
    ///
    /// The log commits up to 0.9 MB while the next group grows: two groups and what is read
    /// meanwhile keep it busy from one connection; more would only be memory.
    package static let unackedBytes = 4 << 20
    /// Lines that wait for their ack, of one connection: twice the records of a group.
    ///
    /// Bounds what empty and refused lines cost, which have few bytes.
    package static let unackedLines = 8_192
    /// Bytes of lines from which on a burst is handed to the log, though more lines are there: it
    /// compresses one half of a group while the next is decoded.
    static let burstBytes = 512 << 10
    /// Refused lines, and ranges of lines over the rate, that one ack names; the rest is counted.
    package static let ackReasons = IngestLimits.batchReasons
    /// Connections of both stream doors together.
    ///
    /// A shipper a machine, and each worker of a few applications; all of them stuck hold 640 MiB
    /// at the very worst, and 1,024, the usual limit of open files, leaves room for HTTP.
    package static let connections = 128
    /// Connections above the limit that are still told so; more are closed without a word.
    static let refusedConnections = 32
    /// Seconds in which the first line has to come whole: a program has it at hand.
    ///
    /// After that a stream may be quiet for as long as it likes.
    package static let helloSeconds: Int64 = 10
    /// Seconds for which a client may take none of the acks that wait for it.
    ///
    /// As long as an HTTP connection may be silent; one that reads nothing holds its place no longer.
    static let stallSeconds = IngestLimits.idleSeconds
    /// Seconds for which what a client still sends is thrown away behind the last line to it.
    ///
    /// Closing at once would reset the connection, and that line could be lost with it.
    static let lingerSeconds: Int64 = 1
    /// Bytes of acks that may wait for a client, in the kernel and again in the process, before
    /// more are held back and gathered: some longest ones.
    static let outputBytes = 64 << 10
    /// Milliseconds after which lines that found the log's queue full are tried again: it empties
    /// at some 100 MB a second, so that a few megabytes have gone.
    static let queueRetryMilliseconds: Int64 = 20
    /// Seconds that a stopping server gives streams to settle: half of what all doors have.
    static let drainSeconds: Int64 = 5
    /// Seconds of silence after which the kernel asks whether the other side is still there.
    static let keepAliveIdleSeconds = 60
    /// Seconds between two such questions.
    static let keepAlivePauseSeconds = 15
    /// Questions without an answer after which a connection is dead: two minutes of silence in all.
    static let keepAliveProbes = 4
    /// Bytes of the buffer of lines that an idle connection keeps: two reads.
    static let keptBufferBytes = 128 << 10
    /// Reads of a socket one after the other: 64 KiB each, so that a burst is a third of a group.
    static let readsAtOnce: UInt = 4
}
