/// Keeps what recovery takes out of the log.
struct Quarantine {
    let directory: String
    let store: any FileStore

    /// Bytes copied at a time.
    private static let copyByteCount = 1 << 20

    /// Copies the bytes of `file` from `start` on into a file of their own.
    ///
    /// On return the copy and its name are durable. Returns its path.
    func keep(_ file: any File, from start: UInt64) throws(FileError) -> String {
        let name = file.path.split(separator: "/").last.map(String.init) ?? "segment"
        let folder = LogPaths.quarantine(directory)
        let path = "\(folder)/\(name).\(start).\(try freeNumber())"
        let copy = try store.open(path, .write)
        let buffer = AlignedBuffer(byteCount: Self.copyByteCount)
        var position = start
        while true {
            let count = try file.readFully(into: buffer.bytes, at: position)
            if count == 0 { break }
            try copy.writeFully(
                UnsafeRawBufferPointer(buffer.bytes.part(0..<count)), at: position - start)
            position += UInt64(count)
            if count < buffer.bytes.count { break }
        }
        try copy.fdatasync()
        try store.fsyncDirectory(folder)
        return path
    }

    /// Moves a whole file.
    ///
    /// On return both names are durable. Returns the new path.
    func move(_ path: String) throws(FileError) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? "segment"
        let folder = LogPaths.quarantine(directory)
        let target = "\(folder)/\(name).whole.\(try freeNumber())"
        try store.rename(path, to: target)
        try store.fsyncDirectory(folder)
        try store.fsyncDirectory(LogPaths.segments(directory))
        return target
    }

    /// A number that no file of the folder ends with yet: nothing kept is ever written over.
    private func freeNumber() throws(FileError) -> Int {
        try store.list(LogPaths.quarantine(directory)).count
    }
}
