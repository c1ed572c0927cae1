/// The two copies of the manifest in a directory.
///
/// They are written in turns, each whole, so that a crash in the middle leaves the other one.
struct ManifestFiles {
    let directory: String
    let store: any FileStore

    /// What is there.
    struct Found: Hashable, Sendable {
        /// The later of those that are whole.
        var manifest: Manifest?
        /// Which of the two files it is.
        var index: Int?
        /// The files that hold something else than a manifest.
        var damagedPaths: [String] = []
        /// Set when the later one needs a newer program.
        var newerPath: String?
        var newerVersion: UInt16 = 0
    }

    /// Reads both.
    func load() throws(FileError) -> Found {
        var found = Found()
        for index in 0..<LogPaths.manifestCount {
            let path = LogPaths.manifest(directory, index)
            switch try read(path) {
            case .valid(let manifest):
                if manifest.sequence > found.manifest?.sequence ?? 0 {
                    found.manifest = manifest
                    found.index = index
                }
            case .missing: break
            case .damaged: found.damagedPaths.append(path)
            case .newer(let version):
                found.newerPath = path
                found.newerVersion = version
            }
        }
        return found
    }

    private func read(_ path: String) throws(FileError) -> Manifest.Verdict {
        let file: any File
        do throws(FileError) {
            file = try store.open(path, .read)
        } catch  where error.isMissing {
            return .missing
        }
        let size = try file.size()
        guard size <= LogLimits.manifestByteLimit else { return .damaged }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(size), alignment: 16)
        defer { buffer.deallocate() }
        let count = try file.readFully(into: buffer, at: 0)
        return Manifest.decode(UnsafeRawBufferPointer(buffer.part(0..<count)))
    }

    /// Writes `manifest` over the copy `index`.
    ///
    /// On return it is durable, with its name: what was dropped goes only after that.
    func write(_ manifest: Manifest, to index: Int) throws(FileError) {
        let bytes = manifest.encoded()
        let file = try store.open(LogPaths.manifest(directory, index), .write)
        let isNew = try file.size() == 0
        let written = bytes.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try file.writeFully(bytes, at: 0) }
        }
        try written.get()
        try file.truncate(to: UInt64(bytes.count))
        try file.fdatasync()
        if isNew { try store.fsyncDirectory(directory) }
    }
}
