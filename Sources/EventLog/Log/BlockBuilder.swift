/// Builds the bytes of one block: records in, sectors out.
///
/// No file, no clock; one thread.
///
/// Lines are compressed in chunks while the group still grows, so that little is left to do when
/// the disk is ready for it.
final class BlockBuilder {
    /// What the block continues.
    struct Context {
        var seed: SegmentSeed
        var position: UInt64
        var chain: UInt64
        var durableOffset: UInt64
    }

    /// A block that is ready to be written.
    struct Built {
        var header: BlockHeader
        var headerChecksum: UInt64
        /// What readers see of it without the lines.
        var digests: LogBlock
    }

    private let style: FrameStyle
    private let sectionCompressor: LZ4Compressor?
    private let plain: UnsafeMutableRawBufferPointer
    private let frame: UnsafeMutableRawBufferPointer
    private let section: UnsafeMutableRawBufferPointer
    private var writer: LZ4FrameWriter

    private(set) var recordCount = 0
    private var baseOffset: UInt64 = 0
    private var plainByteCount = 0
    private var compressedByteCount = 0
    private var columns = Columns()

    /// The fields of the records of a group, one array a column.
    private struct Columns {
        var times: [Int64] = []
        var ids: [RecordID] = []
        var keys: [IndexKeys] = []
        var projects: [UInt32] = []
        var digestEnds: [UInt32] = []
        var lineEnds: [UInt32] = []
        var types: [UInt8] = []
        var flags: [UInt8] = []
        var digests: [UInt8] = []

        mutating func removeAll() {
            times.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
            keys.removeAll(keepingCapacity: true)
            projects.removeAll(keepingCapacity: true)
            digestEnds.removeAll(keepingCapacity: true)
            lineEnds.removeAll(keepingCapacity: true)
            types.removeAll(keepingCapacity: true)
            flags.removeAll(keepingCapacity: true)
            digests.removeAll(keepingCapacity: true)
        }
    }

    init(_ style: FrameStyle = .open) {
        self.style = style
        sectionCompressor = style.sectionEffort.map { LZ4Compressor($0) }
        let largestPayload = max(
            style.groupByteLimit, LogLimits.linePrefixByteLimit + LogLimits.lineByteLimit + 1)
        plain = .allocate(byteCount: largestPayload, alignment: 64)
        frame = .allocate(
            byteCount: LZ4FrameWriter.capacity(for: largestPayload, style), alignment: 64)
        section = .allocate(
            byteCount: style.groupByteLimit + LogLimits.digestByteLimit
                + SectionLayout.recordByteCount + SectionLayout.headByteCount, alignment: 64)
        writer = LZ4FrameWriter(style, target: frame)
    }

    deinit {
        plain.deallocate()
        frame.deallocate()
        section.deallocate()
    }

    /// Bytes of lines and digest section so far.
    var byteCount: Int {
        plainByteCount + SectionLayout.headByteCount + recordCount * SectionLayout.recordByteCount
            + columns.digests.count
    }

    /// True when `record` may join the group.
    func hasRoom(for record: NewRecord) -> Bool {
        if recordCount == 0 { return true }
        let more =
            record.line.count + LogLimits.linePrefixByteLimit + 1 + record.digest.count
            + SectionLayout.recordByteCount
        return recordCount < LogLimits.groupRecordLimit
            && byteCount + more <= style.groupByteLimit
    }

    /// True when the record at `index` of a block that was read may join the group.
    func hasRoom(for block: LogBlock, at index: Int) -> Bool {
        if recordCount == 0 { return true }
        let more =
            block.lineRange(at: index).count + 1 + block.digestRange(at: index).count
            + SectionLayout.recordByteCount
        return recordCount < LogLimits.groupRecordLimit
            && byteCount + more <= style.groupByteLimit
    }

    /// Adds a record that is in the log already, as it is; its block has been read with its lines.
    func add(_ block: LogBlock, at index: Int) {
        let offset = block.baseOffset + UInt64(index)
        if recordCount == 0 { baseOffset = offset }
        precondition(offset == baseOffset + UInt64(recordCount), "offsets are dense")
        guard let payload = block.payload else { preconditionFailure("lines are needed") }
        let range = block.lineRange(at: index)
        payload.withUnsafeBytes { bytes in
            // With its newline.
            let line = bytes.part(range.lowerBound..<range.upperBound + 1)
            plain.part(plainByteCount..<plainByteCount + line.count).copyMemory(from: line)
            plainByteCount += line.count
        }
        let header = block.header(at: index)
        columns.times.append(header.time)
        columns.ids.append(header.id)
        columns.keys.append(header.keys)
        columns.projects.append(header.project)
        columns.digests.append(contentsOf: block.section[block.digestRange(at: index)])
        columns.digestEnds.append(UInt32(columns.digests.count))
        columns.lineEnds.append(UInt32(plainByteCount))
        columns.types.append(header.type.rawValue)
        columns.flags.append(block.flags(at: index))
        recordCount += 1
    }

    /// Adds the record that gets `offset`, which must follow the one before.
    func add(_ record: NewRecord, offset: UInt64) {
        if recordCount == 0 { baseOffset = offset }
        precondition(offset == baseOffset + UInt64(recordCount), "offsets are dense")
        appendLine(record.line, offset)
        columns.times.append(record.time)
        columns.ids.append(record.id)
        columns.keys.append(record.keys)
        columns.projects.append(record.project)
        columns.digests.append(contentsOf: record.digest)
        columns.digestEnds.append(UInt32(columns.digests.count))
        columns.lineEnds.append(UInt32(plainByteCount))
        columns.types.append(record.type.rawValue)
        columns.flags.append(
            (record.isDeduplicated ? RecordFlags.unique : 0)
                | (record.isRedacted ? RecordFlags.redacted : 0))
        recordCount += 1
    }

    /// Compresses the chunks that are complete.
    func compressWholeChunks() {
        let size = style.chunkByteCount
        while plainByteCount - compressedByteCount >= size { compressChunk(size) }
    }

    /// Forgets the group.
    func reset() {
        recordCount = 0
        plainByteCount = 0
        compressedByteCount = 0
        columns.removeAll()
        writer.begin()
    }

    /// Writes the block into `target` and forgets the group.
    func finish(_ context: Context, into target: UnsafeMutableRawBufferPointer) -> Built {
        precondition(recordCount > 0, "a block holds records")
        compressWholeChunks()
        if plainByteCount > compressedByteCount {
            compressChunk(plainByteCount - compressedByteCount)
        }
        writer.finish()
        let plainSection = encodeSection()
        let digests = LogBlock(
            baseOffset: baseOffset, count: recordCount, section: Array(plainSection), payload: nil)
        if style.packsEnds { PackedEnds.pack(plainSection, count: recordCount) }
        let (stored, flags) = storeSection(UnsafeRawBufferPointer(plainSection), into: target)
        let chunks = style.listsChunks ? writer.chunks : []
        let chunkTable = BlockHeader.byteCount + stored
        let used = chunkTable + chunks.count * ChunkEntry.byteCount
        let byteCount = roundedToSector(used + writer.byteCount)
        let prefix = byteCount - writer.byteCount
        target.part(used..<prefix).initializeMemory(as: UInt8.self, repeating: 0)
        target.part(prefix..<byteCount).copyMemory(
            from: UnsafeRawBufferPointer(frame.part(0..<writer.byteCount)))
        let seed = context.seed.at(context.position)
        let bytes = UnsafeRawBufferPointer(target)
        for (index, chunk) in chunks.enumerated() {
            let range = prefix + chunk.bytes.lowerBound..<prefix + chunk.bytes.upperBound
            let entry = ChunkEntry(
                checksum: Checksum.hash(bytes.part(range), seed: seed),
                byteCount: chunk.bytes.count, isStored: chunk.isStored,
                plainByteCount: chunk.plainByteCount)
            let start = chunkTable + index * ChunkEntry.byteCount
            entry.encode(into: target.part(start..<start + ChunkEntry.byteCount))
        }
        let header = BlockHeader(
            position: context.position, baseOffset: baseOffset, recordCount: UInt32(recordCount),
            byteCount: UInt32(byteCount), storedSectionByteCount: UInt32(stored),
            plainSectionByteCount: UInt32(plainSection.count),
            plainPayloadByteCount: UInt32(plainByteCount),
            frameByteCount: UInt32(writer.byteCount), durableOffset: context.durableOffset,
            chain: context.chain,
            sectionChecksum: Checksum.hash(
                bytes.part(BlockHeader.byteCount..<prefix), seed: seed),
            frameChecksum: Checksum.hash(bytes.part(prefix..<byteCount), seed: seed),
            minTime: columns.times.min() ?? 0, maxTime: columns.times.max() ?? 0, flags: flags,
            chunkCount: UInt32(chunks.count))
        let sum = header.encode(into: target.part(0..<BlockHeader.byteCount), seed: context.seed)
        reset()
        return Built(header: header, headerChecksum: sum, digests: digests)
    }

    private func appendLine(_ line: [UInt8], _ offset: UInt64) {
        var position = plainByteCount
        for byte in Self.linePrefix {
            plain[position] = byte
            position += 1
        }
        position += plain.putDecimal(offset, at: position)
        plain[position] = UInt8(ascii: ",")
        position += 1
        line.withUnsafeBytes { bytes in
            plain.part(position..<position + bytes.count).copyMemory(from: bytes)
            position += bytes.count
        }
        plain[position] = UInt8(ascii: "\n")
        plainByteCount = position + 1
    }

    private static let linePrefix = Array("{\"offset\":".utf8)

    private func compressChunk(_ count: Int) {
        let range = compressedByteCount..<compressedByteCount + count
        writer.append(UnsafeRawBufferPointer(plain.part(range)))
        compressedByteCount += count
    }

    private func encodeSection() -> UnsafeMutableRawBufferPointer {
        let layout = SectionLayout(count: recordCount)
        section.put(UInt32(recordCount), at: 0)
        section.put(UInt32(0), at: 4)
        for index in 0..<recordCount {
            let id = columns.ids[index]
            let keys = columns.keys[index]
            section.put(columns.times[index], at: layout.time + 8 * index)
            section.put(id.high, at: layout.id + 16 * index)
            section.put(id.low, at: layout.id + 16 * index + 8)
            section.put(keys.issue, at: layout.issue + 8 * index)
            section.put(keys.user, at: layout.user + 8 * index)
            section.put(keys.trace, at: layout.trace + 8 * index)
            section.put(keys.session, at: layout.session + 8 * index)
            section.put(columns.projects[index], at: layout.project + 4 * index)
            section.put(columns.digestEnds[index], at: layout.digestEnd + 4 * index)
            section.put(columns.lineEnds[index], at: layout.lineEnd + 4 * index)
            section[layout.type + index] = columns.types[index]
            section[layout.flags + index] = columns.flags[index]
        }
        let end = layout.digests + columns.digests.count
        columns.digests.withUnsafeBytes {
            section.part(layout.digests..<end).copyMemory(from: $0)
        }
        return section.part(0..<end)
    }

    private func storeSection(
        _ plain: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> (byteCount: Int, flags: UInt16) {
        let room = target.part(BlockHeader.byteCount..<BlockHeader.byteCount + plain.count)
        let count = sectionCompressor?.compress(plain, into: room) ?? 0
        let flags = style.packsEnds ? BlockHeader.packedEndsFlag : 0
        if count > 0 && count < plain.count { return (count, flags) }
        room.copyMemory(from: plain)
        return (plain.count, flags | BlockHeader.storedSectionFlag)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes `value` in decimal digits and returns how many.
    func putDecimal(_ value: UInt64, at position: Int) -> Int {
        var digitCount = 1
        var rest = value / 10
        while rest > 0 {
            digitCount += 1
            rest /= 10
        }
        rest = value
        for place in (0..<digitCount).reversed() {
            self[position + place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return digitCount
    }
}

extension NewRecord {
    /// True when the event-id table keeps this record: without an id there is nothing to compare.
    var isDeduplicated: Bool { isUnique && id != .none }
}
