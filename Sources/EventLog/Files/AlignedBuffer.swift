/// Memory on a sector boundary, as O_DIRECT wants it.
///
/// One owner at a time.
final class AlignedBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
        precondition(byteCount % LogLimits.sectorByteCount == 0, "whole sectors only")
        bytes = .allocate(byteCount: byteCount, alignment: LogLimits.sectorByteCount)
    }

    deinit { bytes.deallocate() }
}

/// Rounds up to whole sectors.
func roundedToSector(_ count: Int) -> Int {
    let sector = LogLimits.sectorByteCount
    return (count + sector - 1) / sector * sector
}
