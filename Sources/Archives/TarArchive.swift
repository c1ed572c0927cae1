/// Reads tar files (POSIX ustar and pax, and the long names of GNU) that are there as a whole.
///
/// Pure. Only ordinary files count: links, devices and folders are passed over.
package struct TarArchive: Sendable {
    /// A file in the archive.
    package struct Entry: Equatable, Sendable {
        /// As it stands there: it may lead anywhere.
        package let name: String
        /// The content, in the bytes of the archive.
        package let content: Range<Int>
    }

    package let entries: [Entry]

    private static let blockByteCount = 512
    /// The longest name: twice what systems take.
    private static let nameByteCount = 8 << 10
    /// The longest block of pax attributes: names and times.
    private static let paxByteCount = 64 << 10

    /// True where the first block is a header of an archive.
    package static func begins(_ bytes: [UInt8]) -> Bool {
        (try? isHeader(ArchiveBytes(bytes: bytes), 0)) ?? false
    }

    package init(_ bytes: [UInt8], limits: ArchiveLimits) throws(ArchiveError) {
        let reader = ArchiveBytes(bytes: bytes)
        guard Self.begins(bytes) else { throw ArchiveError(.foreign) }
        var entries: [Entry] = []
        var place = 0
        var total = 0
        var name: String?
        var size: Int?
        while true {
            let header = try reader.slice(place, Self.blockByteCount)
            if header.allSatisfy({ $0 == 0 }) { break }
            guard try Self.isHeader(reader, place) else {
                throw ArchiveError(.damaged("the header at byte \(place) has another checksum"))
            }
            let type = bytes[place + 156]
            let isFile = type == UInt8(ascii: "0") || type == 0 || type == UInt8(ascii: "7")
            var count = try Self.size(reader, place)
            if isFile, let size { count = size }
            let start = place + Self.blockByteCount
            _ = try reader.slice(start, count)
            switch type {
            case UInt8(ascii: "L"):
                name = try Self.text(reader, start, count, limit: Self.nameByteCount)
            case UInt8(ascii: "x"):
                (name, size) = try Self.pax(reader, start, count, name: name)
            case UInt8(ascii: "g"), UInt8(ascii: "K"):
                break
            default:
                if isFile {
                    let shortName = try Self.name(reader, place)
                    let entry = Entry(
                        name: name ?? shortName, content: start..<start + count)
                    guard count <= limits.fileByteCount else {
                        throw ArchiveError(
                            .fileTooLarge(limit: limits.fileByteCount), file: entry.name)
                    }
                    total += count
                    guard total <= limits.byteCount else {
                        throw ArchiveError(.tooLarge(limit: limits.byteCount))
                    }
                    guard entries.count < limits.files else {
                        throw ArchiveError(.tooManyFiles(limit: limits.files))
                    }
                    entries.append(entry)
                }
                (name, size) = (nil, nil)
            }
            // The last block may be cut short by programs that do not pad.
            place =
                start + (count + Self.blockByteCount - 1) / Self.blockByteCount
                * Self.blockByteCount
        }
        self.entries = entries
    }

    /// The checksum counts its own field as blanks.
    private static func isHeader(_ bytes: ArchiveBytes, _ place: Int) throws(ArchiveError) -> Bool {
        let header = try bytes.slice(place, blockByteCount)
        guard let said = octal(header.dropFirst(148).prefix(8)) else { return false }
        let sum = header.reduce(0) { $0 + Int($1) }
        let field = header.dropFirst(148).prefix(8).reduce(0) { $0 + Int($1) }
        return said == sum - field + 8 * 0x20
    }

    private static func size(_ bytes: ArchiveBytes, _ place: Int) throws(ArchiveError) -> Int {
        let field = try bytes.slice(place + 124, 12)
        if let first = field.first, first & 0x80 != 0 {
            // Base 256, of files above 8 GiB and of some programs.
            var value = 0
            for byte in field.dropFirst() {
                guard value < 1 << 48 else { throw ArchiveError(.cutOff) }
                value = value << 8 | Int(byte)
            }
            return value
        }
        guard let value = octal(field) else {
            throw ArchiveError(.damaged("the header at byte \(place) has no size"))
        }
        return value
    }

    /// Nil for what is no number; blanks and zeros around it do not count.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        var value = 0
        var hasDigit = false
        for byte in field {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                value = value << 3 | Int(byte - UInt8(ascii: "0"))
                hasDigit = true
            case 0x20, 0:
                if hasDigit { return value }
            default:
                return nil
            }
        }
        return hasDigit ? value : nil
    }

    private static func name(_ bytes: ArchiveBytes, _ place: Int) throws(ArchiveError) -> String {
        let name = try bytes.slice(place, 100).prefix { $0 != 0 }
        let isUstar = try bytes.slice(place + 257, 5).elementsEqual("ustar".utf8)
        // GNU keeps other things where ustar keeps the folder.
        let isGNU = try bytes.slice(place + 262, 2).elementsEqual("  ".utf8)
        let folder = try bytes.slice(place + 345, 155).prefix { $0 != 0 }
        let text = String(decoding: name, as: UTF8.self)
        guard isUstar, !isGNU, !folder.isEmpty else { return text }
        return String(decoding: folder, as: UTF8.self) + "/" + text
    }

    private static func text(
        _ bytes: ArchiveBytes, _ start: Int, _ count: Int, limit: Int
    ) throws(ArchiveError) -> String {
        guard count <= limit else { throw ArchiveError(.damaged("a name has \(count) bytes")) }
        return String(
            decoding: try bytes.slice(start, count).prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The records `LENGTH KEY=VALUE\n` of a pax header.
    private static func pax(
        _ bytes: ArchiveBytes, _ start: Int, _ count: Int, name: String?
    ) throws(ArchiveError) -> (name: String?, size: Int?) {
        guard count <= paxByteCount else {
            throw ArchiveError(.damaged("the attributes of a file have \(count) bytes"))
        }
        var rest = try bytes.slice(start, count)
        var (name, size) = (name, Int?.none)
        while let blank = rest.firstIndex(of: 0x20), let length = digits(rest[..<blank]),
            length > blank - rest.startIndex + 1, length <= rest.count
        {
            let record = rest[(blank + 1)..<(rest.startIndex + length)].dropLast()
            rest = rest.dropFirst(length)
            guard let sign = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = record[(sign + 1)...]
            if record[..<sign].elementsEqual("path".utf8) {
                name = String(decoding: value.prefix(nameByteCount), as: UTF8.self)
            } else if record[..<sign].elementsEqual("size".utf8) {
                size = digits(value)
            }
        }
        return (name, size)
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count < 16 else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
    }
}
