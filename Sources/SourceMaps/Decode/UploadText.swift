import ErrorModel

/// Tells a map's JSON from what is uploaded in its place.
enum UploadText {
    /// Where the JSON begins: behind a byte order mark and the guard line `)]}'`.
    static func start(of bytes: UnsafeRawBufferPointer) throws(SourceMapError) -> Int {
        guard bytes.count <= SourceMapLimits.byteCount else { throw SourceMapError(.tooLong) }
        var start = hasPrefix([0xEF, 0xBB, 0xBF], bytes, at: 0) ? 3 : 0
        if hasPrefix(Array(")]}".utf8), bytes, at: start) {
            while start < bytes.count, bytes[start] != 0x0A, bytes[start] != 0x0D { start += 1 }
            if isBlank(bytes, from: start) { throw SourceMapError(.guardOnly, at: 0) }
        }
        try refuseForeign(bytes, at: start)
        return start
    }

    /// What to say of a text whose JSON has the error.
    static func error(
        _ error: JSONError, in bytes: UnsafeRawBufferPointer
    ) -> SourceMapError {
        switch error.kind {
        case .unexpectedEnd: SourceMapError(.cutOff, at: error.offset)
        case .tooLong: SourceMapError(.tooLong)
        default: SourceMapError(.notJSON(error.kind), at: error.offset)
        }
    }

    /// What to say of a text that does not begin with a brace.
    static func errorOfNoObject(_ bytes: UnsafeRawBufferPointer) -> SourceMapError {
        do throws(JSONError) {
            var scanner = try JSONScanner(JSONBytes(bytes))
            try scanner.skipValue()
            try scanner.expectEnd()
            return SourceMapError(.notObject)
        } catch {
            return looksLikeScript(bytes)
                ? SourceMapError(.script) : Self.error(error, in: bytes)
        }
    }

    private static func refuseForeign(
        _ bytes: UnsafeRawBufferPointer, at start: Int
    ) throws(SourceMapError) {
        if hasPrefix([0x1F, 0x8B], bytes, at: 0) { throw SourceMapError(.gzip, at: 0) }
        if hasPrefix([0x50, 0x4B, 0x03, 0x04], bytes, at: 0) { throw SourceMapError(.zip, at: 0) }
        if hasPrefix([0xFF, 0xFE], bytes, at: 0) || hasPrefix([0xFE, 0xFF], bytes, at: 0)
            || hasPrefix([0x7B, 0x00], bytes, at: 0) || hasPrefix([0x00, 0x7B], bytes, at: 0)
        {
            throw SourceMapError(.utf16, at: 0)
        }
        guard let first = firstByte(bytes, from: start) else { throw SourceMapError(.empty) }
        if first == UInt8(ascii: "<") { throw SourceMapError(.html, at: start) }
    }

    /// How scripts begin, and what stands only in them.
    private static let scriptStarts = [
        "(", "!", "/*", "//", "var ", "let ", "const ", "import ", "import{", "export ", "function",
        "\"use strict\"", "'use strict'", "self.", "window.", "class ", "async ", "#!", "typeof ",
        "[function", ";", "try{", "if(",
    ].map { Array($0.utf8) }

    private static func looksLikeScript(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        while start < bytes.count, ASCII.isSpace(bytes[start]) { start += 1 }
        return scriptStarts.contains { hasPrefix($0, bytes, at: start) }
    }

    private static func firstByte(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt8? {
        bytes[start...].first { !ASCII.isSpace($0) }
    }

    private static func isBlank(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        firstByte(bytes, from: start) == nil
    }

    private static func hasPrefix(
        _ prefix: [UInt8], _ bytes: UnsafeRawBufferPointer, at start: Int
    ) -> Bool {
        bytes.count >= start + prefix.count
            && bytes[start..<start + prefix.count].elementsEqual(prefix)
    }
}
