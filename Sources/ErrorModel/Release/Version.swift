/// A release name that can be ordered as a version: `1.2.3`, `v1.2`, `shop@1.2.3-rc.1+build`.
///
/// Precedence is that of Semantic Versioning 2.0.0 section 11, taken a little wider: two to four
/// numbers (missing ones are 0), an optional leading `v`, and an optional `package@` in front as
/// Sentry's SDKs write it. A single number is no version: it may as well be part of a commit hash.
package struct Version: Hashable, Sendable {
    /// What stands before the last `@`; only versions of one package can be compared.
    package let package: String
    package let numbers: [UInt64]
    package let prerelease: [Identifier]

    /// One dot-separated part of a pre-release.
    package enum Identifier: Hashable, Sendable {
        case number(UInt64)
        case text(String)
    }

    /// Numbers that a version may have; .NET writes four.
    static let numberCountRange = 2...4

    /// Returns nil where `name` is not a version.
    package init?(_ name: String) {
        var text = name[...]
        if let at = text.lastIndex(of: "@") {
            package = String(text[..<at])
            text = text[text.index(after: at)...]
        } else {
            package = ""
        }
        if let plus = text.firstIndex(of: "+") { text = text[..<plus] }
        var prereleaseText: Substring?
        if let dash = text.firstIndex(of: "-") {
            prereleaseText = text[text.index(after: dash)...]
            text = text[..<dash]
        }
        if text.first == "v" || text.first == "V" { text.removeFirst() }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard Self.numberCountRange.contains(parts.count) else { return nil }
        var numbers: [UInt64] = []
        for part in parts {
            guard let number = Self.number(part) else { return nil }
            numbers.append(number)
        }
        while numbers.count < Self.numberCountRange.upperBound { numbers.append(0) }
        self.numbers = numbers
        guard let prereleaseText else {
            prerelease = []
            return
        }
        var identifiers: [Identifier] = []
        for part in prereleaseText.split(separator: ".", omittingEmptySubsequences: false) {
            guard !part.isEmpty else { return nil }
            if let number = Self.number(part) {
                identifiers.append(.number(number))
            } else {
                identifiers.append(.text(String(part)))
            }
        }
        prerelease = identifiers
    }

    private static func number(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return UInt64(text)
    }

    /// Whether this version comes before (-1), with (0) or after (1) `other`; nil where the two
    /// belong to different packages.
    package func compare(to other: Version) -> Int? {
        guard package == other.package else { return nil }
        for (a, b) in zip(numbers, other.numbers) where a != b { return a < b ? -1 : 1 }
        if prerelease.isEmpty || other.prerelease.isEmpty {
            if prerelease.isEmpty == other.prerelease.isEmpty { return 0 }
            return prerelease.isEmpty ? 1 : -1
        }
        for (a, b) in zip(prerelease, other.prerelease) where a != b {
            switch (a, b) {
            case (.number(let x), .number(let y)): return x < y ? -1 : 1
            case (.number, .text): return -1
            case (.text, .number): return 1
            case (.text(let x), .text(let y)):
                return x.utf8.lexicographicallyPrecedes(y.utf8) ? -1 : 1
            }
        }
        let (a, b) = (prerelease.count, other.prerelease.count)
        return a == b ? 0 : (a < b ? -1 : 1)
    }
}
