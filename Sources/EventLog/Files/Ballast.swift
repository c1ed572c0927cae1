/// Space kept back for the day the disk is full.
///
/// Given up when an append finds no space, it lets everything that is not an append go on: the
/// views commit what they have folded, retention writes its manifest, the program starts again.
/// Nothing depends on it; every call is allowed to fail.
struct Ballast {
    let directory: String
    let store: any FileStore

    /// Takes the space, where the disk has plenty.
    func take() {
        let path = LogPaths.ballast(directory)
        guard let free = try? store.freeSpace(directory),
            free / LogLimits.ballastShare >= LogLimits.ballastByteCount,
            let file = try? store.open(path, .write)
        else { return }
        try? file.allocate(upTo: LogLimits.ballastByteCount)
    }

    /// Gives it back.
    func release() { try? store.unlink(LogPaths.ballast(directory)) }

    /// At the start: where the disk is full already, what was taken before is given back.
    func settle(reserve: UInt64) {
        guard let free = try? store.freeSpace(directory) else { return }
        if free <= reserve { release() } else { take() }
    }
}
