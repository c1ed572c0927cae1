import EventLog

/// Lines out of the bytes of a file, which are LZ4 frames or plain text.
struct LineSource {
    /// The file cannot be read on from here.
    struct Damage: Error, CustomStringConvertible {
        var description: String
    }

    private enum Form {
        case plain
        case packed(LZ4StreamReader)
    }

    private var form: Form?
    private var splitter = LineSplitter(
        limit: LogLimits.linePrefixByteLimit + LogLimits.lineByteLimit)

    /// The first four bytes of an LZ4 frame, and of the first of 16 kinds of skippable frame.
    private static let frameMagic: UInt32 = 0x184D_2204
    private static let skippableMagic: UInt32 = 0x184D_2A50

    /// Takes the next bytes of the file; of the first call, at least four where there are so many.
    mutating func append(
        _ bytes: UnsafeRawBufferPointer, _ onLine: (LineSplitter.Line) throws -> Void
    ) throws {
        let form = form ?? Self.form(of: bytes)
        self.form = form
        switch form {
        case .plain:
            try splitter.append(bytes, onLine)
        case .packed(let reader):
            do {
                try reader.read(bytes) { try splitter.append($0, onLine) }
            } catch is LZ4StreamReader.Damage {
                throw Damage(description: "from here on the file is damaged, or no LZ4")
            }
        }
    }

    /// The file ends.
    mutating func finish(_ onLine: (LineSplitter.Line) throws -> Void) throws {
        if case .packed(let reader)? = form, !reader.isBetweenFrames {
            throw Damage(
                description: "the file ends in the middle: it was cut, or is being written")
        }
        try splitter.finish(onLine)
    }

    private static func form(of bytes: UnsafeRawBufferPointer) -> Form {
        guard bytes.count >= 4 else { return .plain }
        let magic = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        let isFrame = magic == frameMagic || magic & ~0xF == skippableMagic
        return isFrame ? .packed(LZ4StreamReader()) : .plain
    }
}
