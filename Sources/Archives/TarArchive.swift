/// Reads tar files (POSIX ustar and pax, and the long names of GNU) that are there as a whole.
///
/// Pure. A hard link is the file that it names, where that stands before it. Folders and devices are
/// passed over; symbolic links and sparse files are named with the reason.
package struct TarArchive: Sendable {
    /// A file in the archive.
    package struct Entry: Equatable, Sendable {
        /// As it stands there: it may lead anywhere.
        package let name: String
        /// The content, in the bytes of the archive.
        package let content: Range<Int>
    }

    /// A file that cannot be read from the archive.
    package struct Skipped: Equatable, Sendable {
        package let name: String
        package let reason: String
    }

    package let entries: [Entry]
    package let skipped: [Skipped]

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
        var found = Found(limits: limits)
        var place = 0
        var said = Attributes()
        while true {
            let header = try reader.slice(place, Self.blockByteCount)
            if header.allSatisfy({ $0 == 0 }) { break }
            guard try Self.isHeader(reader, place) else {
                throw ArchiveError(.damaged("the header at byte \(place) has another checksum"))
            }
            let type = bytes[place + 156]
            let isFile = type == UInt8(ascii: "0") || type == 0 || type == UInt8(ascii: "7")
            var count = try Self.size(reader, place)
            if isFile, let size = said.size { count = size }
            let start = place + Self.blockByteCount
            _ = try reader.slice(start, count)
            switch type {
            case UInt8(ascii: "L"):
                said.name = try Self.text(reader, start, count, limit: Self.nameByteCount)
            case UInt8(ascii: "K"):
                said.link = try Self.text(reader, start, count, limit: Self.nameByteCount)
            case UInt8(ascii: "x"):
                try Self.readPax(reader, start, count, &said)
            case UInt8(ascii: "g"):
                break
            default:
                let shortName = try Self.name(reader, place)
                let name = said.name ?? shortName
                switch type {
                case _ where isFile && said.isSparse, UInt8(ascii: "S"):
                    try found.skip(name, "it is a sparse file; pack it without --sparse")
                case _ where isFile:
                    try found.add(name, start..<start + count)
                case UInt8(ascii: "1"):
                    let short = try reader.slice(place + 157, 100).prefix { $0 != 0 }
                    try found.link(name, to: said.link ?? String(decoding: short, as: UTF8.self))
                case UInt8(ascii: "2"):
                    try found.skip(
                        name, "it is a symbolic link; pack the file itself, with --dereference")
                default:
                    break
                }
                said = Attributes()
            }
            place =
                start + (count + Self.blockByteCount - 1) / Self.blockByteCount
                * Self.blockByteCount
        }
        entries = found.entries
        skipped = found.skipped
    }

    /// What stands before the header of a file and is said of it.
    private struct Attributes {
        var name: String?
        var link: String?
        var size: Int?
        var isSparse = false
    }

    /// The files so far, within the limits.
    private struct Found {
        let limits: ArchiveLimits
        var entries: [Entry] = []
        var skipped: [Skipped] = []
        private var byteCount = 0
        private var places: [String: Range<Int>] = [:]

        init(limits: ArchiveLimits) { self.limits = limits }

        private func checkCount() throws(ArchiveError) {
            guard entries.count + skipped.count < limits.files else {
                throw ArchiveError(.tooManyFiles(limit: limits.files))
            }
        }

        mutating func add(_ name: String, _ content: Range<Int>) throws(ArchiveError) {
            guard content.count <= limits.fileByteCount else {
                throw ArchiveError(.fileTooLarge(limit: limits.fileByteCount), file: name)
            }
            byteCount += content.count
            guard byteCount <= limits.byteCount else {
                throw ArchiveError(.tooLarge(limit: limits.byteCount))
            }
            try checkCount()
            entries.append(Entry(name: name, content: content))
            places[name] = content
        }

        mutating func link(_ name: String, to target: String) throws(ArchiveError) {
            guard let content = places[target] else {
                return try skip(name, "it is a link to '\(target)', which does not stand before it")
            }
            try add(name, content)
        }

        mutating func skip(_ name: String, _ reason: String) throws(ArchiveError) {
            try checkCount()
            skipped.append(Skipped(name: name, reason: reason))
        }
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
    private static func readPax(
        _ bytes: ArchiveBytes, _ start: Int, _ count: Int, _ said: inout Attributes
    ) throws(ArchiveError) {
        guard count <= paxByteCount else {
            throw ArchiveError(.damaged("the attributes of a file have \(count) bytes"))
        }
        var rest = try bytes.slice(start, count)
        said.size = nil
        while let blank = rest.firstIndex(of: 0x20), let length = digits(rest[..<blank]),
            length > blank - rest.startIndex + 1, length <= rest.count
        {
            let record = rest[(blank + 1)..<(rest.startIndex + length)].dropLast()
            rest = rest.dropFirst(length)
            guard let sign = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = record[(sign + 1)...]
            let text = String(decoding: value.prefix(nameByteCount), as: UTF8.self)
            switch String(decoding: record[..<sign], as: UTF8.self) {
            case "path": said.name = text
            case "linkpath": said.link = text
            case "size": said.size = digits(value)
            case let key: if key.hasPrefix("GNU.sparse.") { said.isSparse = true }
            }
        }
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count < 16 else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
    }
}
