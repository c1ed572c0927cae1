/// The bounds of ingest, each with its reason.
package enum IngestLimits {
    /// Bytes of a request's body as it comes over the wire.
    ///
    /// Relay's limit for a packed envelope.
    package static let bodyBytes = 20 << 20
    /// Room made for a body before it has come: a usual batch, and little where it never comes.
    static let bodyRoom = 1 << 20
    /// Bytes of a body once unpacked: room for the largest event with its attachments; what
    /// unpacks to more is a bomb or not for us.
    package static let unpackedBytes = 40 << 20
    /// Bytes of one event's JSON.
    ///
    /// Relay's limit, and the largest real one seen (1.0 MB) fits.
    package static let eventBytes = 1 << 20
    /// Bytes of one item that is small by its nature: sessions, client and user reports.
    ///
    /// A hundred times the largest real one seen; a minute of sums for a thousand people fits.
    static let itemBytes = 256 << 10
    /// Bytes of one attachment or recording.
    ///
    /// Half of what a request unpacks to at most; a screenshot or a minidump has less.
    static let fileBytes = 20 << 20
    /// Files of one envelope: each is written and synced by itself.
    static let envelopeFiles = 100
    /// Bytes of files that wait for the disk, of all requests: they are held in memory.
    static let waitingFileBytes = 64 << 20
    /// Events of one request in our own JSON: the answer names each refused one.
    package static let batchEvents = 10_000
    /// Reasons given back for the refused events of a batch; the rest is only counted.
    package static let batchReasons = 100
    /// What `Retry-After` says with a 503: a full disk or queue does not empty in less.
    package static let retryAfterSeconds = 5
    /// Seconds without a byte after which a connection is closed: half-sent requests do not
    /// hold it for ever; longer than SDKs keep a connection between two errors costs only them.
    package static let idleSeconds: Int64 = 75
    /// Seconds in which a request has to come whole: a client that sends a byte now and then holds a
    /// connection no longer; the largest body has to come at 70 KB a second.
    package static let requestSeconds: Int64 = 300
    /// Requests of a connection that may be in the log's hands at once: one that pipelines fills a commit
    /// with them, and some hundred such connections make no other wait for long.
    package static let pipelinedRequests = 64
    /// Requests that a connection begins before others have their turn: a tenth of a millisecond of work.
    static let requestsOfTurn = 4
    /// Bytes of them over the wire, from which on the next one waits: a connection that sends batches
    /// has one or two under way.
    static let pipelinedBytes = 1 << 20
    /// Bytes of a request's header fields.
    package static let headerBytes = 32 << 10
}
