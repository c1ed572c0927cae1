/// Releases that are named by a git commit, whole or cut short.
///
/// Builders name the whole SHA, and some SDKs cut it: `shop@4f0c2a91b7de` is the release
/// `shop@4f0c2a91b7de…` of 40 digits. Only a whole SHA meets a shorter one: two short ones, or build
/// numbers of which one begins like the other, are different releases.
package enum CommitName {
    /// Digits of a SHA-1 and of a SHA-256, with which git names commits.
    package static let wholeDigitCounts = [40, 64]
    /// Git itself never shows fewer.
    package static let shortestDigitCount = 7

    /// True where one is the other, or a whole commit and the same cut short.
    package static func meet(_ a: String, _ b: String) -> Bool {
        if a == b { return true }
        guard let x = digits(of: a), let y = digits(of: b) else { return false }
        let (short, long) = x.count < y.count ? (x, y) : (y, x)
        return wholeDigitCounts.contains(long.count) && short.count >= shortestDigitCount
            && long.package.elementsEqual(short.package)
            && zip(long.text, short.text).allSatisfy { ASCII.lowered($0) == ASCII.lowered($1) }
    }

    /// The forms to which the name of a whole commit may have been cut, the longest first; empty
    /// for other names.
    package static func shortForms(of name: String) -> [String] {
        guard let digits = digits(of: name), wholeDigitCounts.contains(digits.count) else {
            return []
        }
        let cuts = 1...digits.count - shortestDigitCount
        return cuts.map { String(name.dropLast($0)) }
    }

    /// True for a name that may be a commit cut short.
    package static func isShort(_ name: String) -> Bool {
        guard let digits = digits(of: name) else { return false }
        return digits.count >= shortestDigitCount
            && !wholeDigitCounts.contains(digits.count)
    }

    private struct Digits {
        /// Up to the last `@`, itself included.
        var package: Substring.UTF8View
        var text: Substring.UTF8View
        var count: Int { text.count }
    }

    /// Nil where what stands behind the package is not hexadecimal.
    private static func digits(of name: String) -> Digits? {
        let start =
            name.utf8.lastIndex(of: UInt8(ascii: "@")).map(name.utf8.index(after:))
            ?? name.startIndex
        let text = name[start...].utf8
        guard let longest = wholeDigitCounts.last, text.count <= longest,
            text.allSatisfy({ ASCII.hexValue($0) != nil })
        else { return nil }
        return Digits(package: name[..<start].utf8, text: text)
    }
}
