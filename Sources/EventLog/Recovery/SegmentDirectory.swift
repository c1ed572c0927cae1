/// Reads what is in the directory: names, sizes and segment headers.
struct SegmentDirectory {
    let directory: String
    let store: any FileStore

    /// The files named like segments, in the order of their names; others with the suffix are an
    /// error, all the rest is left alone.
    func candidates() throws(LogError) -> [SegmentAdmission.Candidate] {
        do throws(FileError) {
            let names = try store.list(LogPaths.segments(directory)).sorted()
            for name in names where name.hasSuffix(LogPaths.suffix) {
                if LogPaths.base(ofName: name) == nil { return try refuseName(name) }
            }
            var found: [SegmentAdmission.Candidate] = []
            for name in names {
                guard let base = LogPaths.base(ofName: name) else { continue }
                found.append(try candidate(LogPaths.segments(directory) + "/" + name, base))
            }
            return found
        } catch {
            throw LogError(error)
        }
    }

    private func refuseName(_ name: String) throws(FileError) -> [SegmentAdmission.Candidate] {
        [
            SegmentAdmission.Candidate(
                path: LogPaths.segments(directory) + "/" + name, nameBase: 0, byteCount: UInt64.max,
                header: .foreign)
        ]
    }

    private func candidate(
        _ path: String, _ base: UInt64
    ) throws(FileError)
        -> SegmentAdmission.Candidate
    {
        let file = try store.open(path, .read)
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SegmentHeader.byteCount, alignment: 16)
        defer { buffer.deallocate() }
        let count = try file.readFully(into: buffer, at: 0)
        return SegmentAdmission.Candidate(
            path: path, nameBase: base, byteCount: try file.size(),
            header: SegmentHeader.decode(UnsafeRawBufferPointer(buffer.part(0..<count))))
    }
}
