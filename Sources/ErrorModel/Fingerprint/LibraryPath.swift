/// Tells the application's own files from those of libraries, where the SDK does not say.
enum LibraryPath {
    /// Folders under which package managers put what others wrote.
    private static let folders: [StaticString] = [
        "node_modules", "bower_components", "jspm_packages", "site-packages", "dist-packages",
        "vendor", "gems",
    ]
    /// How the files of a runtime begin.
    private static let prefixes: [StaticString] = [
        "node:", "internal/", "<frozen ", "webpack/runtime/", "webpack/bootstrap",
    ]
    /// Folders in which an interpreter's own library lies, before a folder such as `python3.12`.
    private static let libraryFolders: [StaticString] = ["lib", "lib64", "Lib"]

    /// The bytes that a folder or a file of a library can begin with.
    private static let beginnings: ByteSet = {
        var set = ByteSet()
        for name in folders + prefixes + libraryFolders { set.insert(name.utf8Start[0]) }
        return set
    }()

    /// True where a file is named and neither the name nor the path is that of a library.
    ///
    /// A frame that names no file may be anybody's, and is not taken for the application's.
    static func isOwn(file: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer) -> Bool {
        if file.isEmpty, path.isEmpty { return false }
        return !isLibrary(file) && !isLibrary(path)
    }

    private static func isLibrary(_ path: UnsafeRawBufferPointer) -> Bool {
        let beginnings = beginnings
        guard let first = path.first else { return false }
        if beginnings.contains(first), prefixes.contains(where: { path.hasASCIIPrefix($0) }) {
            return true
        }
        var start = 0
        var isInLibrary = false
        for index in 0..<path.count where path[index] == 0x2F || path[index] == 0x5C {
            let folder = path.part(start..<index)
            start = index + 1
            if isInLibrary, isInterpreter(folder) { return true }
            isInLibrary = false
            guard let first = folder.first, beginnings.contains(first) else { continue }
            if folders.contains(where: { folder.isASCII($0) }) { return true }
            isInLibrary = libraryFolders.contains { folder.isASCII($0) }
        }
        return false
    }

    /// `python3`, `python3.12`, and so on.
    private static func isInterpreter(_ folder: UnsafeRawBufferPointer) -> Bool {
        let name: StaticString = "python"
        return folder.hasASCIIPrefix(name) && folder.count > name.utf8CodeUnitCount
            && ASCII.isDigit(folder[name.utf8CodeUnitCount])
    }
}
