/// Reads what is in the directory: names, sizes, and the headers that are needed.
struct SegmentDirectory {
    let directory: String
    let store: any FileStore

    /// The files named like segments, in the order of their names; all others are left alone.
    ///
    /// A header is read unless `manifest` lists the file as closed and with this very length.
    func candidates(_ manifest: Manifest?) throws(LogError) -> [SegmentAdmission.Candidate] {
        var known: [UInt64: UInt64] = [:]
        for entry in manifest?.entries.dropLast() ?? [] {
            known[entry.header.baseOffset] = entry.byteCount
        }
        do throws(FileError) {
            var found: [SegmentAdmission.Candidate] = []
            let folder = LogPaths.segments(directory) + "/"
            for name in try store.list(LogPaths.segments(directory)).sorted()
            where name.hasSuffix(LogPaths.suffix) {
                found.append(try candidate(at: folder + name, known))
            }
            return found
        } catch {
            throw LogError(error)
        }
    }

    /// One file; its header is not read where `known` has its length by its base.
    func candidate(
        at path: String, _ known: [UInt64: UInt64] = [:]
    ) throws(FileError) -> SegmentAdmission.Candidate {
        let base = path.split(separator: "/").last.flatMap { LogPaths.base(ofName: String($0)) }
        let file = try store.open(path, .read)
        let size = try file.size()
        var candidate = SegmentAdmission.Candidate(
            path: path, nameBase: base, byteCount: size, header: nil)
        if let base, size == known[base] { return candidate }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SegmentHeader.byteCount, alignment: 16)
        defer { buffer.deallocate() }
        let count = try file.readFully(into: buffer, at: 0)
        candidate.header = SegmentHeader.decode(UnsafeRawBufferPointer(buffer.part(0..<count)))
        return candidate
    }
}
