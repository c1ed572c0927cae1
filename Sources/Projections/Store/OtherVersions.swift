import Foundation

/// Files of views of which this program folds another version.
///
/// Nobody reads them, and nobody takes an erased person out of them.
enum OtherVersions {
    private static let versions = Dictionary(
        uniqueKeysWithValues: OfflineRebuild.types.map { ($0.name, $0.version) })

    /// True for `issues@1.sqlite`, what SQLite keeps beside it, and `issues@1-00…42.sqlite`, where the
    /// view `issues` has another version than 1.
    static func has(_ fileName: String) -> Bool {
        guard let sign = fileName.firstIndex(of: "@"),
            let known = versions[String(fileName[..<sign])]
        else { return false }
        let rest = fileName[fileName.index(after: sign)...]
        let digits = rest.prefix { ("0"..."9").contains($0) }
        let end = rest[digits.endIndex...]
        guard let version = Int(digits), version != known else { return false }
        return end.hasPrefix(".sqlite") || end.hasPrefix("-")
    }

    /// Deletes them; throws at the first that cannot be deleted.
    static func delete(in directory: String) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where has(name) {
            try FileManager.default.removeItem(atPath: directory + "/" + name)
        }
    }
}
