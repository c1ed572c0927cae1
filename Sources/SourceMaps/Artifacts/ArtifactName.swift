import ErrorModel

/// The name under which a generated file is uploaded and looked for.
///
/// A name is a URL, or `~` and a path: the path on any host. Query and fragment do not count, upper
/// and lower case differ, `%20` and a space do not; the path is compared as the engine printed it.
package struct ArtifactName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// The name in the one form that is compared; a path or a file's name counts as one on any host.
    package init?(uploaded name: String) {
        guard let parts = Parts(name) else { return nil }
        description = parts.origin.map { $0 + parts.path } ?? "~" + parts.path
    }

    private init(description: String) { self.description = description }

    /// The name of a file of an uploaded folder: its path in the folder behind a prefix.
    ///
    /// - Parameters:
    ///   - path: with `/` between folders, relative; nil is given for one that climbs out.
    ///   - prefix: a URL, or `~` and a path; with or without a slash at its end.
    package init?(path: String, prefix: String = "~/") {
        guard let name = Self.address(path: path, prefix: prefix) else { return nil }
        self.init(uploaded: name)
    }

    /// The same before it is read: what would end the path of an address is encoded.
    package static func address(path: String, prefix: String = "~/") -> String? {
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard !parts.isEmpty, !parts.contains("..") else { return nil }
        let folder = prefix.hasSuffix("/") ? prefix : prefix + "/"
        // A file's name may hold what would be cut from a URL.
        let name = parts.joined(separator: "/").utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "?"): Array("%3F".utf8)
            case UInt8(ascii: "#"): Array("%23".utf8)
            case UInt8(ascii: "%"): Array("%25".utf8)
            default: [byte]
            }
        }
        return folder + String(decoding: name, as: UTF8.self)
    }

    /// The names under which the file of a frame may have been uploaded, the best one first; none
    /// for a frame without a file.
    package static func candidates(forFrameFile file: String) -> [ArtifactName] {
        guard let parts = Parts(file) else { return [] }
        let anywhere = ArtifactName(description: "~" + parts.path)
        guard let origin = parts.origin else { return [anywhere] }
        return [ArtifactName(description: origin + parts.path), anywhere]
    }

    /// The uploaded name that a frame's file means, as it was given; nil where it is none of them.
    package static func match(frameFile file: String, uploaded names: [String]) -> String? {
        for candidate in candidates(forFrameFile: file) {
            if let name = names.first(where: { ArtifactName(uploaded: $0) == candidate }) {
                return name
            }
        }
        return nil
    }

    /// Origin and path, decoded and without query and fragment.
    private struct Parts {
        /// `scheme://host`; nil for a path alone.
        var origin: String?
        /// From its first slash on.
        var path: String

        init?(_ name: String) {
            let bytes = Array(name.utf8)
            let isMark = { (byte: UInt8) in byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") }
            let cut = bytes[..<(bytes.firstIndex(where: isMark) ?? bytes.endIndex)]
            guard let first = cut.first, first != UInt8(ascii: "<") else { return nil }
            if first == UInt8(ascii: "~") {
                self.init(origin: nil, path: cut.dropFirst())
            } else if let host = Self.hostStart(cut) {
                let slash = cut[host...].firstIndex(of: UInt8(ascii: "/")) ?? cut.endIndex
                let origin = cut[..<slash].map(ASCII.lowered)
                self.init(
                    origin: String(decoding: origin, as: UTF8.self), path: cut[slash...])
            } else {
                self.init(origin: nil, path: cut)
            }
        }

        private init(origin: String?, path: ArraySlice<UInt8>) {
            self.origin = origin
            let decoded = String(decoding: PercentEncoding.decoded(path), as: UTF8.self)
            self.path = decoded.hasPrefix("/") ? decoded : "/" + decoded
        }

        /// The place behind `scheme://`; nil without one.
        private static func hostStart(_ bytes: ArraySlice<UInt8>) -> Int? {
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
                bytes[..<colon].allSatisfy({
                    ASCII.isLetter($0) || ASCII.isDigit($0) || "+-._".utf8.contains($0)
                }),
                bytes[colon...].starts(with: "://".utf8)
            else { return nil }
            return colon + 3
        }
    }
}
