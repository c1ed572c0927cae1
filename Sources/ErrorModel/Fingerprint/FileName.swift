/// How the file of a frame enters the fingerprint: its name, free of what changes between hosts,
/// folders and builds.
enum FileName {
    /// Appends the name of the file, `<unknown>` where there is none.
    ///
    /// `isResolved` says that a source map gave the name, which is then taken as it is.
    static func append(
        _ file: UnsafeRawBufferPointer, module: UnsafeRawBufferPointer, language: FrameLanguage,
        isResolved: Bool, to bytes: inout [UInt8]
    ) {
        if file.isEmpty {
            appendModule(module, language: language, to: &bytes)
        } else if language == .python, file.first == UInt8(ascii: "<"),
            file.last == UInt8(ascii: ">")
        {
            bytes.append(contentsOf: file)
        } else if language == .javascript, !isResolved, let origin = EvalOrigin.file(file) {
            origin.withUnsafeBytes {
                append($0, module: module, language: language, isResolved: false, to: &bytes)
            }
        } else if isScheme(file, "blob:") {
            bytes.append(contentsOf: "<blob>".utf8)
        } else if isScheme(file, "data:") {
            bytes.append(contentsOf: "<data>".utf8)
        } else {
            appendName(file, dropsHash: language == .javascript && !isResolved, to: &bytes)
        }
    }

    /// True where JavaScript engines write this in place of a file for their built-in functions.
    static func isNative(_ file: UnsafeRawBufferPointer, hasLine: Bool) -> Bool {
        switch file.count {
        case 6: file.isASCII("native")
        case 8: file.isASCII("(native)")
        case 11: file.isASCII("native code") || (!hasLine && file.isASCII("<anonymous>"))
        case 13: file.isASCII("[native code]")
        default: false
        }
    }

    /// Schemes are told apart without regard to case (RFC 3986, 3.1).
    private static func isScheme(_ file: UnsafeRawBufferPointer, _ scheme: StaticString) -> Bool {
        file.count >= scheme.utf8CodeUnitCount
            && file.part(0..<scheme.utf8CodeUnitCount).isASCIIIgnoringCase(scheme)
    }

    private static func appendModule(
        _ module: UnsafeRawBufferPointer, language: FrameLanguage, to bytes: inout [UInt8]
    ) {
        guard language == .python, !module.isEmpty else {
            bytes.append(contentsOf: "<unknown>".utf8)
            return
        }
        let start = module.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0
        bytes.append(contentsOf: module[start...])
        bytes.append(contentsOf: ".py".utf8)
    }

    private static func appendName(
        _ file: UnsafeRawBufferPointer, dropsHash: Bool, to bytes: inout [UInt8]
    ) {
        if let name = plainName(file) { return appendFinal(name, dropsHash: dropsHash, to: &bytes) }
        let schemeEnd = schemeEnd(file)
        let path = path(file, schemeEnd: schemeEnd)
        var start = path.upperBound
        while start > path.lowerBound, !isDivider(file[start - 1]) { start -= 1 }
        let name = file.part(start..<path.upperBound)
        if name.isEmpty {
            bytes.append(contentsOf: schemeEnd == nil ? "<unknown>".utf8 : "<index>".utf8)
        } else if schemeEnd != nil, name.contains(UInt8(ascii: "%")) {
            percentDecoded(name).withUnsafeBytes {
                appendFinal($0, dropsHash: dropsHash, to: &bytes)
            }
        } else {
            appendFinal(name, dropsHash: dropsHash, to: &bytes)
        }
    }

    /// The last component of a path without scheme and query, which most are; else nil.
    private static func plainName(_ file: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = 0
        for index in 0..<file.count {
            let byte = file[index]
            if byte == UInt8(ascii: ":") || byte == UInt8(ascii: "?") { return nil }
            if isDivider(byte) { start = index + 1 }
        }
        return start < file.count ? file.part(start..<file.count) : nil
    }

    private static func appendFinal(
        _ name: UnsafeRawBufferPointer, dropsHash: Bool, to bytes: inout [UInt8]
    ) {
        if dropsHash {
            ContentHash.appendWithout(name, to: &bytes)
        } else {
            bytes.append(contentsOf: name)
        }
    }

    private static func isDivider(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
    }

    /// The place after the colon of a URL's scheme; one letter alone is a drive.
    private static func schemeEnd(_ file: UnsafeRawBufferPointer) -> Int? {
        guard let first = file.first, ASCII.isLetter(first) else { return nil }
        for index in 1..<file.count {
            let byte = file[index]
            if byte == UInt8(ascii: ":") { return index >= 2 ? index + 1 : nil }
            guard isSchemeByte(byte) else { return nil }
        }
        return nil
    }

    static func isSchemeByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// What is left without scheme and host, query, and for a URL the fragment.
    private static func path(_ file: UnsafeRawBufferPointer, schemeEnd: Int?) -> Range<Int> {
        var end = file.firstIndex(of: UInt8(ascii: "?")) ?? file.count
        guard let schemeEnd else { return 0..<end }
        end = file[..<end].firstIndex(of: UInt8(ascii: "#")) ?? end
        guard schemeEnd < end else { return end..<end }
        guard file.part(schemeEnd..<end).hasASCIIPrefix("//") else { return schemeEnd..<end }
        let host = schemeEnd + 2
        let start = file[host..<end].firstIndex(where: isDivider) ?? end
        return start..<end
    }

    /// The decoded name where that is UTF-8, else the name as it is.
    private static func percentDecoded(_ name: UnsafeRawBufferPointer) -> [UInt8] {
        var decoded: [UInt8] = []
        var index = 0
        while index < name.count {
            if name[index] == UInt8(ascii: "%"), index + 2 < name.count,
                let high = ASCII.hexValue(name[index + 1]),
                let low = ASCII.hexValue(name[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(name[index])
                index += 1
            }
        }
        return decoded.withUnsafeBytes(UTF8Check.isValid) ? decoded : Array(name)
    }
}
