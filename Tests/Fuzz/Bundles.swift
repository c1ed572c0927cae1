import Archives
import ContentCoding

@testable import LogServer

/// Packed folders, and the forms in which they come; the first byte chooses what the rest is.
enum Bundles {
    private static let limits = ArchiveLimits(files: 64, byteCount: 1 << 16, fileByteCount: 1 << 15)

    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let rest = Array(input.dropFirst())
        switch first % 5 {
        case 0: readZip(rest)
        case 1: readZip(madeZip(rest))
        case 2: readTar(rest)
        case 3: readTar(madeTar(rest))
        default: readForm(rest)
        }
    }

    private static func readZip(_ bytes: [UInt8]) {
        guard let zip = try? ZipArchive(bytes, limits: limits) else { return }
        require(zip.entries.count <= limits.files, "no more files than allowed")
        var total = 0
        for entry in zip.entries {
            guard let content = try? zip.content(of: entry) else { continue }
            require(content.count == entry.byteCount, "a file has the size of the list")
            require(content.count <= limits.fileByteCount, "no file is larger than allowed")
            total += content.count
        }
        require(total <= limits.byteCount, "all files together are within the bound")
    }

    private static func readTar(_ bytes: [UInt8]) {
        guard let tar = try? TarArchive(bytes, limits: limits) else { return }
        require(
            tar.entries.count + tar.skipped.count <= limits.files, "no more files than allowed")
        var total = 0
        for entry in tar.entries {
            require(entry.content.upperBound <= bytes.count, "files lie in the archive")
            require(entry.content.count <= limits.fileByteCount, "no file is larger than allowed")
            total += entry.content.count
        }
        require(total <= limits.byteCount, "all files together are within the bound")
    }

    private static func readForm(_ bytes: [UInt8]) {
        guard let parts = try? Multipart.parts(of: bytes, boundary: Array("b".utf8)) else { return }
        var end = 0
        for part in parts {
            require(
                part.content.lowerBound >= end && part.content.upperBound <= bytes.count,
                "parts lie one behind the other, in the body")
            end = part.content.upperBound
        }
        _ = Multipart.boundary(contentType: String(decoding: bytes, as: UTF8.self))
    }

    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A zip whose frame is right: fields and contents are of the input, in pieces of up to 40 bytes.
    private static func madeZip(_ input: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var list: [UInt8] = []
        var count = 0
        var rest = input[...]
        while let flags = rest.popFirst(), let size = rest.popFirst(), count < 80 {
            let packed = Array(rest.prefix(Int(size) % 40))
            rest = rest.dropFirst(packed.count)
            let method = flags & 1 == 0 ? 0 : 8
            let content =
                method == 0
                ? packed : (try? ContentCoding.inflate(raw: packed, limit: 1 << 16)) ?? packed
            // With these flags set a field is another one than it should be.
            let said = content.count ^ (flags & 2 == 0 ? 0 : Int(size) << 4)
            let sum = Int(ContentCoding.crc32(content)) ^ (flags & 4 == 0 ? 0 : 1)
            let start = bytes.count ^ (flags & 8 == 0 ? 0 : Int(size))
            let name = Array("d/\(count)\(flags & 16 == 0 ? ".js" : "/")".utf8)
            let common =
                number(20, 2) + number(flags & 32 == 0 ? 0 : 1, 2) + number(method, 2)
                + number(0, 4) + number(sum, 4) + number(packed.count, 4) + number(said, 4)
                + number(name.count, 2) + number(0, 2)
            list +=
                number(0x0201_4B50, 4) + number(20, 2) + common + number(0, 10)
                + number(start, 4) + name
            bytes += number(0x0403_4B50, 4) + common + name + packed
            count += 1
        }
        return bytes + list + number(0x0605_4B50, 4) + number(0, 4) + number(count, 2)
            + number(count, 2) + number(list.count, 4) + number(bytes.count, 4) + [0, 0]
    }

    /// The input as blocks of a tar, each of which has the checksum of a header.
    private static func madeTar(_ input: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = input[...]
        while !rest.isEmpty, bytes.count < 1 << 15 {
            // Ten bytes of a name, a type, a size, and what stands in the field of the folder.
            let name = Array(rest.prefix(10))
            rest = rest.dropFirst(10)
            let type = rest.popFirst() ?? 0
            let size = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            let content = Array(rest.prefix(Int(size.first ?? 0)))
            rest = rest.dropFirst(content.count)
            var block = name + [UInt8](repeating: 0, count: 512 - name.count)
            let octal = Array(String(content.count ^ Int((size.last ?? 0) & 1), radix: 8).utf8)
            block.replaceSubrange(124..<124 + octal.count, with: octal)
            block[156] = type
            block.replaceSubrange(257..<262, with: "ustar".utf8)
            block.replaceSubrange(345..<345 + size.count, with: size)
            let sum = block.reduce(8 * 0x20) { $0 + Int($1) }
            let digits = Array(String(sum, radix: 8).utf8)
            block.replaceSubrange(148..<148 + digits.count, with: digits)
            bytes += block + content
            bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1_024)
    }
}
