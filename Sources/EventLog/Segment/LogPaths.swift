/// File names of a log: `log/<20-digit base offset>.seg`, `manifest.a`, `manifest.b`, `lock`,
/// `ballast`, `quarantine/`, `index/`.
enum LogPaths {
    static let digitCount = 20
    static let suffix = ".seg"
    static let sealingSuffix = ".seal"

    static func segments(_ directory: String) -> String { directory + "/log" }
    static func quarantine(_ directory: String) -> String { directory + "/quarantine" }
    /// Copies of the manifest.
    static let manifestCount = 2
    static func manifest(_ directory: String, _ index: Int) -> String {
        directory + (index == 0 ? "/manifest.a" : "/manifest.b")
    }
    static func index(_ directory: String) -> String { directory + "/index" }
    static let idGroupSuffix = ".ids"
    static let unfinishedSuffix = ".tmp"
    static func ballast(_ directory: String) -> String { directory + "/ballast" }
    static func lock(_ directory: String) -> String { directory + "/lock" }

    static func segment(_ directory: String, base: UInt64) -> String {
        segments(directory) + "/" + name(base: base)
    }

    /// The name of the segment that begins with `base`; sorted as text, names are in order.
    static func name(base: UInt64) -> String {
        let digits = String(base)
        return String(repeating: "0", count: digitCount - digits.count) + digits + suffix
    }

    /// What the sealed form of a segment is called until it takes the segment's place.
    static func sealing(_ directory: String, base: UInt64) -> String {
        segments(directory) + "/" + name(base: base).dropLast(suffix.count) + sealingSuffix
    }

    /// What a segment that is being rewritten is called until it takes the segment's place; ends as
    /// a sealed form does, so that the next opening deletes what a crash has left.
    static func rewriting(_ directory: String, base: UInt64) -> String {
        segments(directory) + "/" + name(base: base).dropLast(suffix.count) + ".new"
            + sealingSuffix
    }

    /// The filter of the ids of the segments from the one at `base` on.
    static func idGroup(_ directory: String, base: UInt64) -> String {
        index(directory) + "/" + name(base: base).dropLast(suffix.count) + idGroupSuffix
    }

    /// What a segment that is being repaired is called until it takes the segment's place.
    static func repairing(_ directory: String, base: UInt64) -> String {
        segments(directory) + "/" + name(base: base).dropLast(suffix.count) + ".repair"
            + sealingSuffix
    }

    /// The base offset in a segment's name, or nil when it is not one.
    static func base(ofName name: String) -> UInt64? {
        guard name.hasSuffix(suffix) else { return nil }
        let digits = name.dropLast(suffix.count)
        guard digits.utf8.count == digitCount, digits.utf8.allSatisfy({ 48...57 ~= $0 }) else {
            return nil
        }
        return UInt64(digits).flatMap { $0 <= LogLimits.offsetLimit + 1 ? $0 : nil }
    }
}
