import SourceMaps

/// The bounds of uploads of scripts and source maps, each with its reason.
enum UploadLimits {
    /// Of one request: a large front end's folder, packed; it is held in memory while it is read,
    /// one upload after the other.
    static let requestBytes = 256 << 20
    /// What uploads under way, and chunks that wait for their bundle, take of the disk together.
    static let waitingBytes = 2 << 30
    /// A body is written to the disk in pieces of this size.
    static let pieceBytes = 1 << 20
    /// Parts of one request, and files of all its archives: a folder of some thousand chunks with
    /// their maps.
    static let parts = 20_000
    /// The lines before a part's content: names of files with a few more headers.
    static let partHeaderBytes = 16 << 10
    /// A field beside the files: a name or a prefix.
    static let fieldBytes = 4 << 10
    /// The URL or path of an artifact: longer ones are no help, and they stand in the log.
    static let nameBytes = 2_000
    /// Sentry's own bound for a distribution.
    static let distBytes = 64
    /// One file: half of the largest map that is decoded at all, for a map and its text, its
    /// segments and the stored form are in memory at once.
    static let fileBytes = SourceMapLimits.byteCount / 2
    /// All archives of one request, unpacked: a folder four times as large as a request, which is
    /// the usual gain of packing; a bomb ends here.
    static let unpackedBytes = 4 * requestBytes
    /// Artifacts of one request, in all projects: each of its files with a map in its comment.
    static let artifacts = 2 * parts
    /// Projects that one request names: those of a large front end.
    static let projects = 50
    /// Files that were skipped and are named in the answer; the others are counted.
    static let shownSkipped = 1_000
    /// The file that lists what is in a bundle: a line for each of its files.
    static let manifestBytes = 16 << 20
    /// Artifacts of one page of a list.
    static let listRange = 1...1_000
    static let listDefault = 100
    /// Names that are listed where a frame's file has no map: enough to see a wrong prefix.
    static let shownNames = 5
    /// Warnings of one map that are told: there is one of a kind, and few kinds come together.
    static let shownWarnings = 20
}
