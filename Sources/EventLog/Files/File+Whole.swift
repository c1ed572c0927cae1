import Glibc

extension File {
    /// Fills `buffer` from `position` on and returns how many bytes there were before the end of
    /// the file; short reads are continued.
    package func readFully(
        into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
    )
        throws(FileError) -> Int
    {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try pread(into: rest, at: position + UInt64(done))
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all of `bytes` at `position`; short writes are continued at a sector boundary,
    /// since a file opened past the cache takes only whole sectors.
    package func writeFully(
        _ bytes: UnsafeRawBufferPointer, at position: UInt64
    )
        throws(FileError)
    {
        let sector = LogLimits.sectorByteCount
        let isSectored = bytes.count % sector == 0
        var done = 0
        var fruitless = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = try pwrite(rest, at: position + UInt64(done))
            let step = isSectored && count < rest.count ? count / sector * sector : count
            done += step
            fruitless = step == 0 ? fruitless + 1 : 0
            guard fruitless < Self.fruitlessWriteLimit else {
                throw FileError(operation: .pwrite, path: path, errno: EIO)
            }
        }
    }

    /// A device that takes less than a sector this many times in a row takes none.
    private static var fruitlessWriteLimit: Int { 16 }
}
