/// The bytes of a stored map; all numbers are little-endian.
///
/// | bytes | header                                                            |
/// |-------|-------------------------------------------------------------------|
/// | 0     | `magic`                                                           |
/// | 8     | version, 4 bytes; flags, 4 bytes: 1 for a debug id                |
/// | 16    | bytes of the whole, 8                                             |
/// | 24    | debug id, 16                                                      |
/// | 40    | segments, 8; then for each stream: blocks, offset of the entries, |
/// |       | offset of the payload, bytes of the payload, 8 each               |
/// | 112   | for each text table: count, offset of the entries, offset of the  |
/// |       | bytes, count of the bytes, 8 each                                 |
/// | 272   | checksum of bytes 0 to 271, 8                                     |
///
/// A stream is a sorted list of segments in blocks of `blockSegmentCount`; `BlockCodec` writes their
/// payload. The entry of a block has 20 bytes: line and column of its first segment (4 + 4), offset
/// of its payload in the stream (4), bytes of its payload (2), segments in it (2), checksum (4). The
/// checksum is over the entry, the place of the next block's first segment and the payload: a block
/// proves by itself that it is the one that a place is in, so that a search may run through entries
/// that nobody has checked.
///
/// A text table has an entry of 12 bytes for each text: offset (4), bytes (4, all ones for null),
/// checksum (4) over table, index, offset, count and bytes.
enum StoredMapLayout {
    static let magic: [UInt8] = Array("FLTsmap\n".utf8)
    static let version: UInt32 = 1
    static let headerByteCount = 280
    static let checksumOffset = 272
    static let streamsOffset = 48
    static let streamByteCount = 32
    static let tablesOffset = 112
    static let tableByteCount = 32
    static let blockEntryByteCount = 20
    static let textEntryByteCount = 12
    static let nullByteCount = UInt32.max
    /// Segments of a block, half of which a lookup decodes.
    ///
    /// With 32 a lookup takes two fifths longer, and a segment a byte less.
    static let blockSegmentCount = 16

    /// The lists of segments.
    enum Stream: Int, CaseIterable {
        /// What the map says.
        case mappings
        /// Where another function begins; the name is an index of `Table.functions`.
        case functions
    }

    /// The lists of texts.
    enum Table: Int, CaseIterable {
        /// 0: `file`; 1: a byte for each source, 1 where it is ignored.
        case labels
        case sources
        case contents
        case names
        case functions

        var name: String {
            switch self {
            case .labels: "labels"
            case .sources: "sources"
            case .contents: "source text"
            case .names: "names"
            case .functions: "function names"
            }
        }
    }
}
