import Crypto

/// The SHA-256 of a file's content, by which the file is named.
package struct BlobHash: Hashable, Sendable {
    /// 64 lower-case hexadecimal digits.
    package let text: String

    package init(of bytes: [UInt8]) {
        text = HexBytes.text(Array(SHA256.hash(data: bytes)))
    }

    /// Nil for anything but 64 lower-case hexadecimal digits, so that a name is never a path.
    package init?(_ text: String) {
        guard text.utf8.count == 64,
            text.utf8.allSatisfy({ ASCII.isDigit($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.text = text
    }

    /// Where the content lies in a folder of such files: `ab/cd/abcd…`.
    package var relativePath: String {
        "\(text.prefix(2))/\(text.dropFirst(2).prefix(2))/\(text)"
    }

    /// Finds the records that name the content: stands in the place of a session.
    package var key: UInt64 { max(1, HexText.value(String(text.prefix(16))) ?? 1) }
}

/// A file's content as a record names it.
package struct BlobReference: Hashable, Sendable {
    package var hash: BlobHash
    package var byteCount: UInt64

    package init(hash: BlobHash, byteCount: UInt64) {
        (self.hash, self.byteCount) = (hash, byteCount)
    }

    /// Nil where the record names none.
    init?(_ reader: MemberReader) throws {
        guard reader.data["blob"] != nil else { return nil }
        guard let hash = BlobHash(try reader.string("blob")) else { throw reader.fail("blob") }
        self.init(hash: hash, byteCount: try reader.unsigned("bytes"))
    }

    /// What a record names by its digest; nil for a kind that names none, and once it was taken out.
    package init?(_ kind: RecordKind, digest: [UInt8]) throws {
        guard kind == .attachmentKept || kind == .replayRecorded else { return nil }
        try self.init(MemberReader(data: JSONValue(parsing: digest), kind: kind))
    }

    var members: [(String, JSONValue?)] {
        [("blob", .string(hash.text)), ("bytes", .integer(byteCount))]
    }
}
