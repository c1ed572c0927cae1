/// The files of id groups in a directory: `index/<first base>.ids`.
///
/// Any thread; calls block on the disk. Nothing depends on a file being there: without it the
/// filters of its segments are in memory.
struct IDGroupFiles: Sendable {
    let directory: String
    let store: any FileStore
    let clock: LogClock

    /// Opens what is there and deletes what is no group.
    func load() throws(FileError) -> [IDGroup] {
        let folder = LogPaths.index(directory)
        var groups: [IDGroup] = []
        for name in try store.list(folder).sorted() {
            let path = folder + "/" + name
            if name.hasSuffix(LogPaths.idGroupSuffix), let group = try IDGroup.open(path, store) {
                groups.append(group)
            } else {
                try? store.unlink(path)
            }
        }
        return groups
    }

    func remove(_ group: IDGroup) { try? store.unlink(group.path) }

    /// Makes the group of these sealed segments; nil when one of them has no whole id table.
    ///
    /// On return it is durable. Takes memory for the whole filter, 12 bits an id.
    func make(of segments: [Segment]) throws(FileError) -> IDGroup? {
        var footers: [SegmentFooter] = []
        for segment in segments {
            guard let footer = try segment.footer() else { return nil }
            footers.append(footer)
        }
        guard let first = footers.first,
            footers.allSatisfy({ $0.trailer.keySeed == first.trailer.keySeed })
        else { return nil }
        let idCount = footers.reduce(0) { $0 + $1.idCount }
        let head = IDGroupHead(
            members: footers.map(IDGroup.Member.init),
            blockCount: IDGroupBlock.count(for: idCount), keySeed: first.trailer.keySeed,
            seed: clock.makeUUID().low)
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(head.fileByteCount), alignment: LogLimits.sectorByteCount)
        defer { bytes.deallocate() }
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        guard try fill(bytes, head, footers) else { return nil }
        return try write(bytes, head)
    }

    /// False when a page of an id table is damaged.
    private func fill(
        _ bytes: UnsafeMutableRawBufferPointer, _ head: IDGroupHead, _ footers: [SegmentFooter]
    ) throws(FileError) -> Bool {
        func block(_ index: Int) -> UnsafeMutableRawBufferPointer {
            let start = IDGroupHead.byteCount + index * IDGroupBlock.byteCount
            return bytes.part(start..<start + IDGroupBlock.byteCount)
        }
        let pages = PageBuffer()
        for footer in footers {
            let isWhole = try footer.forEachID(pages) { hash in
                IDGroupBlock.insert(
                    hash, into: block(IDGroupBlock.index(hash, of: head.blockCount)))
            }
            guard isWhole else { return false }
        }
        for index in 0..<head.blockCount {
            IDGroupBlock.close(block(index), seed: head.seed, index)
        }
        head.encode(into: bytes.part(0..<IDGroupHead.byteCount))
        return true
    }

    private func write(
        _ bytes: UnsafeMutableRawBufferPointer, _ head: IDGroupHead
    ) throws(FileError) -> IDGroup? {
        let path = LogPaths.idGroup(directory, base: head.members[0].offsets.lowerBound)
        let unfinished = path + LogPaths.unfinishedSuffix
        do throws(FileError) {
            let file = try store.open(unfinished, .write)
            try file.truncate(to: 0)
            try file.writeFully(UnsafeRawBufferPointer(bytes), at: 0)
            try file.fdatasync()
            try store.rename(unfinished, to: path)
            try store.fsyncDirectory(LogPaths.index(directory))
        } catch {
            try? store.unlink(unfinished)
            throw error
        }
        return try IDGroup.open(path, store)
    }
}
