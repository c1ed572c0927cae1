/// Every bound of the log in one place, each with its reason.
package enum LogLimits {
    /// Blocks start and end on this boundary, so that a block can be written past the page cache
    /// (O_DIRECT wants aligned buffers, lengths and positions) and never shares a sector with one
    /// that is durable already.
    package static let sectorByteCount = 4096

    /// The plain bytes of a group: payload lines and digest section together.
    ///
    /// Even when nothing compresses, a block then fits one message of a replicated engine whose
    /// limit is 1 MB or 1 MiB. Only a single record that is larger by itself makes a larger block.
    package static let groupByteLimit = 880 * 1024

    /// Records of a group: bounds the work between two syncs and the memory of a decoded section.
    package static let groupRecordLimit = 4096

    /// The longest line of a record, in bytes, without the offset field in front of it.
    ///
    /// Sentry's SDKs and servers stop at 1 MiB an event; the rest is room for the header fields.
    package static let lineByteLimit = 1_310_720

    /// The longest digest of a record, in bytes: folds hold thousands of them in memory at once.
    package static let digestByteLimit = 16 * 1024

    /// The longest line prefix: `{"offset":` and the 20 digits of the largest number and a comma.
    package static let linePrefixByteLimit = 31

    /// Plain bytes of one LZ4 block inside the payload frame.
    ///
    /// 64 KiB is where liblz4 is fastest (2.1 GB/s against 1.7 at 256 KiB, measured), and small
    /// enough that most of a group is compressed while the group before it syncs.
    package static let payloadChunkByteCount = 64 * 1024

    /// The plain bytes of a block of a sealed segment: three chunks of lines and their digests, where the
    /// lines are of 4 KB.
    ///
    /// Twice the group: less padding, and the digests compress better in larger sections.
    package static let sealedGroupByteLimit = 1656 * 1024

    /// Plain bytes of one LZ4 block inside the payload frame of a sealed segment.
    ///
    /// One record is read by decoding its chunk up to it; larger chunks compress better, since LZ4 says its
    /// words again in each: lines of 4 KB take 1,067 bytes at 64 KiB, 887 at 256, 857 at 512 and 846 at 832.
    /// Half a chunk of 512 KiB is decoded in 0.06 ms.
    package static let sealedChunkByteCount = 512 * 1024

    /// Records of a segment: the indexes of a sealed one keep offsets in 21 bits.
    package static let segmentRecordLimit: UInt64 = 1 << 21

    /// After a failed attempt to seal a segment nothing is sealed for this long: a full disk needs
    /// somebody, and a bad one is not to be kept busy.
    package static let sealRetryMilliseconds: UInt64 = 60_000

    /// Sealed segments whose id filters are put together in one file: 20 MB of memory that a full
    /// log of them needs otherwise, at one read of 64 bytes for each new record.
    package static let idGroupSegmentCount = 64

    /// A group of segments ends at so many ids: its filter, 24 MiB, is made in memory.
    package static let idGroupIDCount = 1 << 24

    /// From so many closed segments on that are not sealed, sealing is hurried.
    ///
    /// Of each record that is not sealed the memory holds some fifty bytes, 3.5 MB a segment of events of
    /// 4 KB, and readers know less. Fewer would let a short burst be sealed while those who look into
    /// it wait.
    package static let sealBacklogLimit = 6

    /// The sealer rests this many times as long as it has worked, while it keeps up: half a processor.
    package static let sealRestShare: UInt64 = 1

    /// From so many segments on, with the one that it is at, it rests no more: half of a processor was
    /// not enough, and what waits takes memory.
    package static let sealRestBacklogLimit = 3

    /// No rest is longer: a slow disk must not make the sealer slower still.
    package static let sealRestMilliseconds: UInt64 = 1_000

    /// The largest block a reader accepts: what one record at every limit needs, with room.
    ///
    /// A length field beyond it is damage, and is not used to size a buffer.
    package static let blockByteLimit = 2 * 1024 * 1024

    /// Bytes of a decoded digest section or payload that a reader accepts.
    package static let plainByteLimit = 2 * 1024 * 1024

    /// Bytes waiting in front of the builder: about one second of a fast disk.
    package static let queueByteLimit = 64 * 1024 * 1024

    /// Records waiting in front of the builder: bounds what empty records may pile up.
    package static let queueRecordLimit = 65_536

    /// Records of one `append` call: one call must not outgrow the queue by itself.
    package static let batchRecordLimit = 65_536

    /// A segment is closed when it has reached this many bytes: small enough to rewrite in
    /// seconds and to drop in useful steps, large enough that 1 TB is 4,000 files.
    package static let segmentByteLimit: UInt64 = 256 * 1024 * 1024

    /// What an owner may choose instead: one block at least, and no more than is rewritten in a
    /// minute.
    package static let segmentByteRange: ClosedRange<UInt64> = 1 << 20...4 << 30

    /// A segment is closed at this age, so that retention by day has whole segments to drop.
    package static let segmentAgeMicroseconds: Int64 = 24 * 3600 * 1_000_000

    /// Space is reserved in steps of this many bytes: one call of `fallocate` a hundred groups,
    /// and never more than this kept from others.
    package static let allocationStepByteCount: UInt64 = 16 * 1024 * 1024

    /// After this many bytes of a segment a manifest names a new place to open from: opening then
    /// walks over at most this much, 8,000 small blocks at worst.
    package static let checkpointByteCount: UInt64 = 32 * 1024 * 1024

    /// The longest manifest that is read: 260,000 segments, 64 TB of log.
    package static let manifestByteLimit: UInt64 = 16 * 1024 * 1024

    /// After a full disk the log takes records again only above this much free space: enough for
    /// a reservation step, a segment header and the checkpoints of the views.
    package static let freeSpaceReserveByteCount: UInt64 = 64 * 1024 * 1024

    /// Kept back for a full disk: what the views and a manifest write in some minutes of tidying up.
    package static let ballastByteCount: UInt64 = 32 * 1024 * 1024

    /// The ballast is taken only where it is at most this part of the free space: a small disk
    /// has better use for it.
    package static let ballastShare: UInt64 = 16

    /// A log that is read-only because the disk is full looks again at most this often.
    package static let diskFullRetryMilliseconds = 500

    /// Handles that a log keeps open for readers: most reads are of a few segments, and 1,024, the
    /// usual limit of a process, has to do for connections and views as well.
    ///
    /// Beside them one for
    /// every 64 sealed segments, the filter of their ids.
    package static let openFileLimit = 64

    /// The largest offset: the event-id table keeps offsets in 40 bits.
    ///
    /// At 100,000 records a second that is 127 days of full load, or 35 years at 1,000 a second.
    package static let offsetLimit: UInt64 = (1 << 40) - 2
}
