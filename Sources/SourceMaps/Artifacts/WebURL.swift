import ErrorModel

/// A URL in its parts, parsed and joined as the WHATWG URL standard has it.
///
/// What is left out: names of hosts are lowered but not converted from Unicode, and an IPv4 address
/// keeps its form. Maps and scripts are named by neither.
package struct WebURL: Equatable, Sendable, CustomStringConvertible {
    /// In lower case, without the colon.
    package private(set) var scheme: String
    /// Credentials, host and port; nil where there is no `//`.
    package private(set) var authority: String?
    /// The parts between slashes; nil for a path that is no list (`mailto:`, `data:`).
    private var segments: [String]?
    private var opaquePath = ""
    package private(set) var query: String?
    package private(set) var fragment: String?

    /// Parses a URL, or joins a relative one to a base; nil where the text is neither.
    package init?(_ text: String, base: WebURL? = nil) {
        var bytes = Self.trimmed(text)
        var fragment: String?
        if let mark = bytes.firstIndex(of: UInt8(ascii: "#")) {
            fragment = Self.encoded(bytes[(mark + 1)...], .fragment)
            bytes = bytes[..<mark]
        }
        if let (scheme, rest) = Self.scheme(bytes) {
            let isSpecial = Self.specialPorts[scheme] != nil
            let isJoined =
                isSpecial && scheme == base?.scheme && !Self.startsWithTwoSlashes(rest)
                && (scheme == "file" || !Self.isSlash(rest.first, isSpecial))
            if isJoined, let base {
                self.init(joining: rest, to: base)
            } else {
                self.init(scheme: scheme, rest, isSpecial: isSpecial)
            }
        } else if let base, base.segments != nil || bytes.isEmpty {
            self.init(joining: bytes, to: base)
        } else {
            return nil
        }
        if authority.map({ $0.contains(" ") || $0.contains("<") || $0.contains("^") }) == true {
            return nil
        }
        if Self.specialPorts[scheme] != nil, scheme != "file", !hasHost { return nil }
        self.fragment = fragment
    }

    /// False for `https://:443/`: credentials and a port alone are nowhere.
    private var hasHost: Bool {
        guard let authority else { return false }
        let start =
            authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex
        return authority[start...].first.map { $0 != ":" } ?? false
    }

    /// An absolute URL behind its scheme.
    private init(scheme: String, _ rest: ArraySlice<UInt8>, isSpecial: Bool) {
        self.scheme = scheme
        var rest = rest
        if isSpecial, scheme != "file" {
            // Any number of slashes of either kind stands for two.
            rest = rest.drop { Self.isSlash($0, true) }
            takeAuthority(&rest)
            takePath(rest, onto: [])
        } else if Self.startsWithTwoSlashes(rest, isSpecial: isSpecial) {
            rest = rest.dropFirst(2)
            takeAuthority(&rest)
            takePath(rest, onto: [])
        } else if Self.isSlash(rest.first, isSpecial) || isSpecial {
            if isSpecial { authority = "" }
            takePath(rest, onto: [])
        } else {
            let mark = rest.firstIndex(of: UInt8(ascii: "?"))
            opaquePath = Self.encoded(rest[..<(mark ?? rest.endIndex)], .control)
            query = mark.map { Self.encoded(rest[($0 + 1)...], .query) }
        }
    }

    /// A reference without a scheme of its own.
    private init(joining reference: ArraySlice<UInt8>, to base: WebURL) {
        self = base
        let isSpecial = Self.specialPorts[scheme] != nil
        guard let first = reference.first else { return }
        query = nil
        if Self.startsWithTwoSlashes(reference, isSpecial: isSpecial) {
            var rest = reference.dropFirst(2)
            if isSpecial, scheme != "file" { rest = rest.drop { Self.isSlash($0, true) } }
            takeAuthority(&rest)
            takePath(rest, onto: [])
        } else if Self.isSlash(first, isSpecial) {
            takePath(reference, onto: scheme == "file" ? driveOnly : [])
        } else if first == UInt8(ascii: "?") {
            query = Self.encoded(reference.dropFirst(), .query)
        } else {
            takePath(reference, onto: Array((segments ?? []).dropLast()), isRelative: true)
        }
    }

    /// The drive of a Windows path, which a reference from the root keeps.
    private var driveOnly: [String] {
        guard let first = segments?.first, first.utf8.count == 2, first.hasSuffix(":") else {
            return []
        }
        return [first]
    }

    // MARK: Parts

    /// Of the schemes that the standard calls special: the port that is not written.
    private static let specialPorts: [String: String] = [
        "http": ":80", "https": ":443", "ws": ":80", "wss": ":443", "ftp": ":21", "file": "",
    ]

    private static func trimmed(_ text: String) -> ArraySlice<UInt8> {
        let bytes = Array(text.utf8).filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        let start = bytes.firstIndex { $0 > 0x20 } ?? bytes.endIndex
        let end = bytes.lastIndex { $0 > 0x20 } ?? start - 1
        return bytes[start..<end + 1]
    }

    private static func scheme(
        _ bytes: ArraySlice<UInt8>
    ) -> (String, ArraySlice<UInt8>)? {
        guard let first = bytes.first, ASCII.isLetter(first) else { return nil }
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: ":") {
                let name = String(decoding: bytes[..<index].map(ASCII.lowered), as: UTF8.self)
                return (name, bytes[(index + 1)...])
            }
            let isPart =
                ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "+")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            if !isPart { return nil }
        }
        return nil
    }

    private static func isSlash(_ byte: UInt8?, _ isSpecial: Bool) -> Bool {
        byte == UInt8(ascii: "/") || isSpecial && byte == UInt8(ascii: "\\")
    }

    private static func startsWithTwoSlashes(
        _ bytes: ArraySlice<UInt8>, isSpecial: Bool = true
    ) -> Bool {
        isSlash(bytes.first, isSpecial) && isSlash(bytes.dropFirst().first, isSpecial)
    }

    private mutating func takeAuthority(_ rest: inout ArraySlice<UInt8>) {
        let port = Self.specialPorts[scheme]
        let end =
            rest.firstIndex { Self.isSlash($0, port != nil) || $0 == UInt8(ascii: "?") }
            ?? rest.endIndex
        let text = rest[..<end]
        rest = rest[end...]
        let hostStart = text.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? text.startIndex
        let host = port == nil ? Array(text[hostStart...]) : text[hostStart...].map(ASCII.lowered)
        var name = String(decoding: text[..<hostStart], as: UTF8.self)
        name += String(decoding: host, as: UTF8.self)
        if let port, !port.isEmpty, name.hasSuffix(port) { name.removeLast(port.utf8.count) }
        authority = name
    }

    /// Takes path and query, whose dots are resolved as they come.
    private mutating func takePath(
        _ rest: ArraySlice<UInt8>, onto start: [String], isRelative: Bool = false
    ) {
        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        query = mark.map { Self.encoded(rest[($0 + 1)...], .query) }
        var path = rest[..<(mark ?? rest.endIndex)]
        let isSpecial = Self.specialPorts[scheme] != nil
        if !isRelative, Self.isSlash(path.first, isSpecial) { path = path.dropFirst() }
        var segments = start
        if path.isEmpty, !isSpecial, !isRelative, !Self.isSlash(rest.first, isSpecial) {
            self.segments = []
            return
        }
        let parts = path.split(omittingEmptySubsequences: false) { Self.isSlash($0, isSpecial) }
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch Self.dots(part) {
            case 1: if isLast { segments.append("") }
            case 2:
                if !segments.isEmpty, !isDrive(segments) { segments.removeLast() }
                if isLast { segments.append("") }
            default:
                segments.append(Self.encoded(part, .path))
            }
        }
        self.segments = segments
    }

    private func isDrive(_ segments: [String]) -> Bool {
        scheme == "file" && segments.count == 1 && segments[0].utf8.count == 2
            && segments[0].hasSuffix(":")
    }

    /// 1 for `.`, 2 for `..`, percent-encoded ones as well; else 0.
    private static func dots(_ part: ArraySlice<UInt8>) -> Int {
        switch String(decoding: part.map(ASCII.lowered), as: UTF8.self) {
        case ".", "%2e": 1
        case "..", ".%2e", "%2e.", "%2e%2e": 2
        default: 0
        }
    }

    // MARK: Encoding

    private enum EncodeSet { case control, fragment, query, path }

    private static func encoded(_ bytes: ArraySlice<UInt8>, _ set: EncodeSet) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            if isKept(byte, set) {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(upperHex(byte >> 4))
                text.append(upperHex(byte & 15))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isKept(_ byte: UInt8, _ set: EncodeSet) -> Bool {
        if byte < 0x20 || byte > 0x7E { return false }
        if set == .control { return true }
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"):
            return false
        case UInt8(ascii: "`"): return set == .query
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "?"): return set != .path
        case UInt8(ascii: "'"): return set != .query
        default: return true
        }
    }

    private static func upperHex(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x37 + value
    }

    // MARK: Text

    /// The path as it is written.
    package var path: String {
        guard let segments else { return opaquePath }
        return segments.isEmpty ? "" : "/" + segments.joined(separator: "/")
    }

    package var description: String {
        var text = scheme + ":"
        if let authority { text += "//" + authority }
        text += path
        if let query { text += "?" + query }
        if let fragment { text += "#" + fragment }
        return text
    }
}
