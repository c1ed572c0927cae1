extension LogBlock {
    /// The same records with other keys and digests, for a fold that makes them anew.
    ///
    /// A record for which `make` returns nil keeps its own. The payload is not carried over.
    package func remade(
        _ make: (_ index: Int) throws -> (keys: IndexKeys, digest: [UInt8])?
    ) rethrows -> LogBlock {
        let layout = SectionLayout(count: count)
        var remade: [UInt8] = []
        remade.reserveCapacity(section.count + section.count / 4)
        remade.append(contentsOf: section[..<layout.digests])
        for index in 0..<count {
            let new = try make(index)
            if let new {
                remade.append(contentsOf: new.digest)
            } else {
                remade.append(contentsOf: section[digestRange(at: index)])
            }
            let end = UInt32(remade.count - layout.digests)
            remade.withUnsafeMutableBytes { bytes in
                bytes.put(end, at: layout.digestEnd + 4 * index)
                guard let keys = new?.keys else { return }
                bytes.put(keys.issue, at: layout.issue + 8 * index)
                bytes.put(keys.user, at: layout.user + 8 * index)
                bytes.put(keys.trace, at: layout.trace + 8 * index)
                bytes.put(keys.session, at: layout.session + 8 * index)
            }
        }
        return LogBlock(baseOffset: baseOffset, count: count, section: remade, payload: nil)
    }
}
