import ContentCoding

/// Reads zip files (APPNOTE 6.3) that are there as a whole: entries that are stored or deflated.
///
/// Pure. The list at the end of the file counts, as everywhere; something else may stand before the
/// archive. What is asked of memory is bounded by `ArchiveLimits`, for an entry that does not have
/// the size and the checksum of the list is refused, and what is asked of time by the bytes of the
/// archive: two entries that share bytes are refused. Encrypted archives, those in several volumes
/// and those in the form for more than 4 GiB are refused.
package struct ZipArchive: Sendable {
    /// A file in the archive.
    package struct Entry: Equatable, Sendable {
        /// With `/` between folders, as it stands there: it may lead anywhere.
        package let name: String
        /// Unpacked.
        package let byteCount: Int
        fileprivate let packedByteCount: Int
        fileprivate let checksum: UInt32
        fileprivate let method: Int
        fileprivate let offset: Int
    }

    /// The files, in the order of the list; without folders.
    package let entries: [Entry]
    private let bytes: ArchiveBytes
    private let limits: ArchiveLimits

    private static let endSignature = 0x0605_4B50
    private static let endByteCount = 22
    private static let listSignature = 0x0201_4B50
    private static let listByteCount = 46
    private static let fileSignature = 0x0403_4B50
    private static let fileByteCount = 30
    /// The longest comment behind the end record.
    private static let commentByteCount = 0xFFFF
    private static let stored = 0
    private static let deflated = 8

    /// True where the bytes may be one: a file or the end of an empty archive comes first.
    package static func begins(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
            || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06])
    }

    package init(_ bytes: [UInt8], limits: ArchiveLimits) throws(ArchiveError) {
        let reader = ArchiveBytes(bytes: bytes)
        self.bytes = reader
        self.limits = limits
        let end = try Self.findEnd(reader)
        guard try reader.number(end + 4, 2) == 0, try reader.number(end + 6, 2) == 0 else {
            throw ArchiveError(.unsupported("is in several volumes"))
        }
        let count = try reader.number(end + 10, 2)
        let listCount = try reader.number(end + 12, 4)
        let listOffset = try reader.number(end + 16, 4)
        guard count != 0xFFFF, listCount != 0xFFFF_FFFF, listOffset != 0xFFFF_FFFF else {
            throw ArchiveError(.unsupported("is in the zip64 form"))
        }
        guard count <= limits.files else { throw ArchiveError(.tooManyFiles(limit: limits.files)) }
        // Where something stands before the archive, offsets may or may not count it.
        let start = end - listCount
        guard start >= listOffset else {
            throw ArchiveError(.damaged("its list of files lies behind its end"))
        }
        entries = try Self.entries(
            reader, start..<end, count: count, shift: start - listOffset, limits)
    }

    private static func findEnd(_ bytes: ArchiveBytes) throws(ArchiveError) -> Int {
        var place = bytes.bytes.count - endByteCount
        let lowest = max(0, place - commentByteCount)
        while place >= lowest {
            if try bytes.number(place, 4) == endSignature,
                try bytes.number(place + 20, 2) == bytes.bytes.count - place - endByteCount
            {
                return place
            }
            place -= 1
        }
        throw ArchiveError(begins(bytes.bytes) ? .cutOff : .foreign)
    }

    private static func entries(
        _ bytes: ArchiveBytes, _ list: Range<Int>, count: Int, shift: Int, _ limits: ArchiveLimits
    ) throws(ArchiveError) -> [Entry] {
        var entries: [Entry] = []
        var place = list.lowerBound
        var total = 0
        for _ in 0..<count {
            guard place + listByteCount <= list.upperBound,
                try bytes.number(place, 4) == listSignature
            else { throw ArchiveError(.damaged("its list of files is not whole")) }
            let nameCount = try bytes.number(place + 28, 2)
            let rest = try bytes.number(place + 30, 2) + bytes.number(place + 32, 2)
            let name = String(
                decoding: try bytes.slice(place + listByteCount, nameCount), as: UTF8.self)
            let size = try bytes.number(place + 24, 4)
            let packed = try bytes.number(place + 20, 4)
            let offset = try bytes.number(place + 42, 4)
            let method = try bytes.number(place + 10, 2)
            let checksum = UInt32(try bytes.number(place + 16, 4))
            guard size != 0xFFFF_FFFF, packed != 0xFFFF_FFFF, offset != 0xFFFF_FFFF else {
                throw ArchiveError(.unsupported("is in the zip64 form"), file: name)
            }
            if try bytes.number(place + 8, 2) & 1 != 0 {
                throw ArchiveError(.unsupported("is encrypted"), file: name)
            }
            place += listByteCount + nameCount + rest
            if name.hasSuffix("/") { continue }
            total += size
            guard total <= limits.byteCount else {
                throw ArchiveError(.tooLarge(limit: limits.byteCount))
            }
            guard packed <= (method == stored ? size : packedLimit(size)) else {
                throw ArchiveError(
                    .damaged("it is packed into more bytes than it needs"), file: name)
            }
            entries.append(
                Entry(
                    name: name, byteCount: size, packedByteCount: packed,
                    checksum: checksum, method: method, offset: offset + shift))
        }
        try checkPlaces(entries, end: list.lowerBound)
        return entries
    }

    /// The most that a packer makes of what cannot be packed, and much more: it adds five bytes to
    /// some thousand.
    private static func packedLimit(_ byteCount: Int) -> Int { 2 * byteCount + 1_024 }

    /// Files lie one behind the other, before the list.
    private static func checkPlaces(_ entries: [Entry], end: Int) throws(ArchiveError) {
        var free = 0
        for entry in entries.sorted(by: { $0.offset < $1.offset }) {
            guard entry.offset >= free else {
                throw ArchiveError(.damaged("it shares bytes with another file"), file: entry.name)
            }
            free = entry.offset + fileByteCount + entry.packedByteCount
            guard free <= end else {
                throw ArchiveError(.damaged("it reaches into the list"), file: entry.name)
            }
        }
    }

    /// The content of a file; throws where it is not what the list says.
    package func content(of entry: Entry) throws(ArchiveError) -> [UInt8] {
        do throws(ArchiveError) {
            return try unpacked(entry)
        } catch {
            throw ArchiveError(error.kind, file: error.file ?? entry.name)
        }
    }

    private func unpacked(_ entry: Entry) throws(ArchiveError) -> [UInt8] {
        guard entry.byteCount <= limits.fileByteCount else {
            throw ArchiveError(.fileTooLarge(limit: limits.fileByteCount))
        }
        guard try bytes.number(entry.offset, 4) == Self.fileSignature else {
            throw ArchiveError(.damaged("its list leads to no file"))
        }
        let names =
            try bytes.number(entry.offset + 26, 2) + bytes.number(entry.offset + 28, 2)
        let packed = try bytes.slice(
            entry.offset + Self.fileByteCount + names, entry.packedByteCount)
        let content: [UInt8]
        switch entry.method {
        case Self.stored:
            content = Array(packed)
        case Self.deflated:
            do throws(ContentCodingError) {
                content = try ContentCoding.inflate(raw: Array(packed), limit: entry.byteCount)
            } catch {
                if case .tooLarge = error {
                    throw ArchiveError(.damaged("it holds more than its list says"))
                }
                throw ArchiveError(.damaged(error.description))
            }
        default:
            throw ArchiveError(.unsupported("is packed by method \(entry.method)"))
        }
        guard content.count == entry.byteCount else {
            throw ArchiveError(.damaged("it does not have the size that its list says"))
        }
        guard ContentCoding.crc32(content) == entry.checksum else {
            throw ArchiveError(.damaged("it does not match its checksum"))
        }
        return content
    }
}
