import Archives
import Testing

struct ZipTests {
    private static let content = Array(String(repeating: "abc", count: 100).utf8)

    @Test func `stored and deflated files are read, folders are none`() throws {
        let zip = try ZipArchive(Packed.zip, limits: Packed.limits)
        #expect(zip.entries.map(\.name) == ["dist/a.js", "b.txt"])
        #expect(try zip.content(of: zip.entries[0]) == Self.content)
        #expect(try zip.content(of: zip.entries[1]) == Array("stored".utf8))
    }

    @Test func `something may stand before the archive`() throws {
        let zip = try ZipArchive(
            Array("SYSB".utf8) + [2, 0, 0, 0] + Packed.zip, limits: Packed.limits)
        #expect(try zip.content(of: zip.entries[0]) == Self.content)
    }

    @Test func `every cut is refused, and says so`() {
        for count in 0..<Packed.zip.count {
            #expect(throws: ArchiveError.self) {
                try ZipArchive(Array(Packed.zip[..<count]), limits: Packed.limits)
            }
        }
    }

    /// Reads all that can be read; what is given is what was packed, or nothing.
    @Test func `no flipped bit gives another content`() {
        for place in Packed.zip.indices {
            for bit in 0..<8 {
                var bytes = Packed.zip
                bytes[place] ^= 1 << UInt8(bit)
                guard let zip = try? ZipArchive(bytes, limits: Packed.limits) else { continue }
                for entry in zip.entries {
                    guard let content = try? zip.content(of: entry) else { continue }
                    // A folder may become a file, an empty one.
                    #expect(
                        content.isEmpty || content == Self.content
                            || content == Array("stored".utf8),
                        "byte \(place), bit \(bit)")
                }
            }
        }
    }

    @Test func `bounds hold whatever the archive promises`() throws {
        var limits = Packed.limits
        limits.byteCount = 305
        #expect(throws: ArchiveError(.tooLarge(limit: 305))) {
            try ZipArchive(Packed.zip, limits: limits)
        }
        limits = Packed.limits
        limits.files = 2
        #expect(throws: ArchiveError(.tooManyFiles(limit: 2))) {
            try ZipArchive(Packed.zip, limits: limits)
        }
        limits = Packed.limits
        limits.fileByteCount = 299
        let zip = try ZipArchive(Packed.zip, limits: limits)
        #expect(throws: ArchiveError(.fileTooLarge(limit: 299), file: "dist/a.js")) {
            try zip.content(of: zip.entries[0])
        }
    }

    private static func list(_ index: Int) throws -> Int {
        try #require(
            Packed.zip.indices.filter { Packed.zip[$0...].starts(with: [0x50, 0x4B, 1, 2]) }
                .dropFirst(index).first)
    }

    @Test func `two files in one place are refused`() throws {
        var bytes = Packed.zip
        let (second, third) = (try Self.list(1), try Self.list(2))
        for index in 42..<46 { bytes[third + index] = bytes[second + index] }
        #expect(throws: ArchiveError(.damaged("it shares bytes with another file"), file: "b.txt"))
        {
            try ZipArchive(bytes, limits: Packed.limits)
        }
    }

    @Test func `a file that is packed into far more bytes than it has is refused`() throws {
        var bytes = Packed.zip
        bytes[try Self.list(1) + 22] = 1
        #expect(throws: ArchiveError.self) { try ZipArchive(bytes, limits: Packed.limits) }
    }

    /// The list says less than the file holds: unpacking ends there.
    @Test func `a bomb ends where its list says`() throws {
        var bytes = Packed.zip
        let list = try #require(
            bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        let second = try #require(
            bytes.indices.dropFirst(list + 1).first {
                bytes[$0...].starts(with: [0x50, 0x4B, 1, 2])
            })
        bytes[second + 24] = 10
        bytes[second + 25] = 0
        let zip = try ZipArchive(bytes, limits: Packed.limits)
        #expect(throws: ArchiveError.self) { try zip.content(of: zip.entries[0]) }
    }

    @Test(arguments: ["", "PK", "plain text", String(repeating: "x", count: 70_000)])
    func `other files are none`(text: String) {
        #expect(throws: ArchiveError(.foreign)) {
            try ZipArchive(Array(text.utf8), limits: Packed.limits)
        }
    }
}

struct TarTests {
    private static let longName =
        String(repeating: "d", count: 60) + "/" + String(repeating: "e", count: 60) + "/f.js"

    @Test(arguments: Packed.tars.indices)
    func `files are read, with long names, and links are none`(index: Int) throws {
        let bytes = Packed.tars[index]
        let tar = try TarArchive(bytes, limits: Packed.limits)
        #expect(tar.entries.map(\.name) == ["dist/a.js", Self.longName])
        #expect(
            Array(bytes[tar.entries[0].content])
                == Array(String(repeating: "abc", count: 100).utf8))
        #expect(Array(bytes[tar.entries[1].content]) == [UInt8(ascii: "x")])
    }

    /// One block of a header without content.
    private static func header(_ name: String, _ type: Character, link: String) -> [UInt8] {
        var block = Array(name.utf8) + [UInt8](repeating: 0, count: 512 - name.utf8.count)
        block.replaceSubrange(124..<135, with: "00000000000".utf8)
        block[156] = type.asciiValue ?? 0
        block.replaceSubrange(157..<157 + link.utf8.count, with: link.utf8)
        let sum = block.reduce(8 * 0x20) { $0 + Int($1) }
        let digits = Array(String(sum, radix: 8).utf8)
        block.replaceSubrange(148..<148 + digits.count, with: digits)
        return block
    }

    @Test func `a hard link is the file that it names, other links are skipped`() throws {
        let end = [UInt8](repeating: 0, count: 1_024)
        var file = Self.header("a.js", "0", link: "")
        file.replaceSubrange(124..<135, with: "00000000003".utf8)
        file[155] = 0
        file.replaceSubrange(148..<156, with: "        ".utf8)
        let digits = Array(String(file.reduce(0) { $0 + Int($1) }, radix: 8).utf8)
        file.replaceSubrange(148..<148 + digits.count, with: digits)
        let bytes =
            file + Array("abc".utf8) + [UInt8](repeating: 0, count: 509)
            + Self.header("b.js", "1", link: "a.js") + Self.header("c.js", "1", link: "none")
            + Self.header("d.js", "2", link: "a.js") + Self.header("e.js", "S", link: "")
            + Self.header("f/", "5", link: "") + end
        let tar = try TarArchive(bytes, limits: Packed.limits)
        #expect(tar.entries.map(\.name) == ["a.js", "b.js"])
        #expect(tar.entries.allSatisfy { Array(bytes[$0.content]) == Array("abc".utf8) })
        #expect(tar.skipped.map(\.name) == ["c.js", "d.js", "e.js"])
        var limits = Packed.limits
        limits.byteCount = 5
        #expect(throws: ArchiveError(.tooLarge(limit: 5))) {
            try TarArchive(bytes, limits: limits)
        }
    }

    @Test(arguments: Packed.tars.indices)
    func `what was cut is refused`(index: Int) throws {
        let bytes = Packed.tars[index]
        let end = try #require(try TarArchive(bytes, limits: Packed.limits).entries.last).content
        for count in stride(from: 0, through: end.upperBound - 1, by: 37) {
            #expect(throws: ArchiveError.self) {
                try TarArchive(Array(bytes[..<count]), limits: Packed.limits)
            }
        }
    }

    @Test(arguments: Packed.tars.indices)
    func `bounds hold`(index: Int) {
        let bytes = Packed.tars[index]
        var limits = Packed.limits
        limits.byteCount = 300
        #expect(throws: ArchiveError(.tooLarge(limit: 300))) {
            try TarArchive(bytes, limits: limits)
        }
        limits = Packed.limits
        limits.files = 1
        #expect(throws: ArchiveError(.tooManyFiles(limit: 1))) {
            try TarArchive(bytes, limits: limits)
        }
        limits = Packed.limits
        limits.fileByteCount = 299
        #expect(throws: ArchiveError(.fileTooLarge(limit: 299), file: "dist/a.js")) {
            try TarArchive(bytes, limits: limits)
        }
    }
}
