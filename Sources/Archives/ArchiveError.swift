/// Why an archive, or a file of it, is refused.
package struct ArchiveError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// The bytes are no archive of this kind.
        case foreign
        /// Something that archives may have and this reader does not take.
        case unsupported(String)
        /// It ends too early, or names places outside of itself.
        case cutOff
        case damaged(String)
        case tooManyFiles(limit: Int)
        /// Files together, unpacked.
        case tooLarge(limit: Int)
        /// One file, unpacked.
        case fileTooLarge(limit: Int)
    }

    package var kind: Kind
    /// The file that is meant; nil: the whole archive.
    package var file: String?

    package init(_ kind: Kind, file: String? = nil) {
        self.kind = kind
        self.file = file
    }

    package var description: String { file.map { "\($0): \(reason)" } ?? "the archive \(reason)" }

    private var reason: String {
        switch kind {
        case .foreign: "is neither a zip nor a tar file"
        case .unsupported(let what): "\(what), which is not read; pack it without"
        case .cutOff: "ends too early; it was cut off, perhaps by a broken upload"
        case .damaged(let what): "is damaged: \(what)"
        case .tooManyFiles(let limit): "has more than \(limit) files"
        case .tooLarge(let limit):
            "has more than \(limit >> 20) MiB unpacked; send it in several"
        case .fileTooLarge(let limit): "has more than \(limit >> 20) MiB unpacked"
        }
    }
}

/// What an archive may hold; the reader stops there, whatever the archive promises.
package struct ArchiveLimits: Sendable {
    package var files: Int
    /// Of all files, unpacked.
    package var byteCount: Int
    /// Of one file, unpacked.
    package var fileByteCount: Int

    package init(files: Int, byteCount: Int, fileByteCount: Int) {
        self.files = files
        self.byteCount = byteCount
        self.fileByteCount = fileByteCount
    }
}

/// Reads the numbers of archives, and never outside of the bytes.
struct ArchiveBytes {
    let bytes: [UInt8]

    func number(_ offset: Int, _ count: Int) throws(ArchiveError) -> Int {
        guard offset >= 0, count <= bytes.count - offset, offset <= bytes.count else {
            throw ArchiveError(.cutOff)
        }
        var value = 0
        for index in 0..<count { value |= Int(bytes[offset + index]) << (8 * index) }
        return value
    }

    func slice(_ offset: Int, _ count: Int) throws(ArchiveError) -> ArraySlice<UInt8> {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
            throw ArchiveError(.cutOff)
        }
        return bytes[offset..<offset + count]
    }
}
