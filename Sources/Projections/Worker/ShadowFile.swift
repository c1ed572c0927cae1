import Foundation

/// A view's new file beside the one that is in use.
///
/// `NAME.rebuild` is being filled; `NAME.ready` is whole and has only to take the old one's place,
/// which a start does where a crash came between.
package struct ShadowFile: Sendable {
    let path: String

    /// - Parameters:
    ///   - directory: the folder of the views.
    ///   - name: of the view's file.
    package init(directory: String, name: String) {
        self.init(path: directory + "/" + name)
    }

    init(path: String) {
        self.path = path
    }

    private static let draftSuffix = ".rebuild"
    private static let readySuffix = ".ready"
    private static let verifySuffix = ".verify"

    var draft: String { path + Self.draftSuffix }
    private var ready: String { path + Self.readySuffix }
    /// A folder in which the view is compared with the log.
    var verifyFolder: String { path + Self.verifySuffix }

    /// Deletes what has been filled so far.
    func deleteDraft() throws { try ViewStore.delete(path: draft) }

    /// The draft is closed, with everything in its main file: it becomes the one that takes the
    /// old one's place, also when the process ends now.
    func makeReady() throws {
        try ViewStore.delete(path: ready)
        try FileManager.default.moveItem(atPath: draft, toPath: ready)
        // What SQLite had beside the file that is moved.
        try ViewStore.delete(path: draft)
    }

    /// Puts the file that is ready in the place of the old one, which is closed; does nothing where
    /// none is ready.
    func takePlace() throws {
        guard FileManager.default.fileExists(atPath: ready) else { return }
        try ViewStore.delete(path: path)
        try FileManager.default.moveItem(atPath: ready, toPath: path)
    }

    /// Deletes what rebuilds and comparisons of other versions of views have left, and of all
    /// comparisons.
    ///
    /// To be called before a view is opened.
    static func deleteForeign(in directory: String, known: Set<String>) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names {
            let isForeign = [draftSuffix, readySuffix].contains { suffix in
                guard let range = name.range(of: ".sqlite" + suffix) else { return false }
                return !known.contains(name[..<range.lowerBound] + ".sqlite")
            }
            guard isForeign || name.hasSuffix(verifySuffix) else { continue }
            try? FileManager.default.removeItem(atPath: directory + "/" + name)
        }
    }
}
