import ErrorModel

extension SourceMap {
    /// The compact form from which `StoredMap` answers without decoding.
    ///
    /// - Parameter functions: the functions of the generated file; see `FunctionTable`.
    package func storedBytes(functions: FunctionTable? = nil) -> [UInt8] {
        var writer = StoredMapWriter()
        writer.appendLabels(of: self)
        withText { json in
            writer.append(.sources, count: sources.count) { index, bytes in
                guard let name = sources[index].name else { return false }
                Self.append(name: name, to: &bytes)
                return true
            }
            writer.append(.contents, count: sources.count) { index, bytes in
                Self.append(sources[index].content, json, to: &bytes)
            }
            writer.append(.names, count: names.count) { index, bytes in
                Self.append(name: json.string(names[index]), to: &bytes)
                return true
            }
        }
        let functionNames = functions?.names ?? []
        writer.append(.functions, count: functionNames.count) { index, bytes in
            Self.append(name: functionNames[index], to: &bytes)
            return true
        }
        writer.append(.mappings, table)
        writer.append(.functions, functions?.table ?? SegmentTable())
        return writer.finish(debugID: debugID, segmentCount: table.segments.count)
    }

    private static func append(name: String, to bytes: inout [UInt8]) {
        let limit = SourceMapLimits.storedNameByteCount
        bytes.append(contentsOf: CutText.text(name, limit: limit).utf8)
    }

    /// Appends the text as valid UTF-8; false where the slice is missing.
    private static func append(
        _ slice: JSONSlice, _ json: JSONBytes, to bytes: inout [UInt8]
    ) -> Bool {
        if slice.isMissing { return false }
        if slice.hasEscapes || !UTF8Check.isValid(json.raw(slice)) {
            bytes.append(contentsOf: json.string(slice).utf8)
        } else {
            bytes.append(contentsOf: json.raw(slice))
        }
        return true
    }
}

/// Puts the parts of a stored map behind each other; the header comes last.
private struct StoredMapWriter {
    private var bytes = [UInt8](repeating: 0, count: StoredMapLayout.headerByteCount)

    mutating func appendLabels(of map: SourceMap) {
        append(.labels, count: 2) { index, bytes in
            if index == 0 {
                guard let file = map.file else { return false }
                bytes.append(contentsOf: file.utf8)
            } else {
                for source in map.sources { bytes.append(source.isIgnored ? 1 : 0) }
            }
            return true
        }
    }

    /// Appends a table of texts; `text` appends one to the bytes or gives false for null.
    mutating func append(
        _ table: StoredMapLayout.Table, count: Int, text: (Int, inout [UInt8]) -> Bool
    ) {
        var entries: [UInt8] = []
        entries.reserveCapacity(count * StoredMapLayout.textEntryByteCount)
        let start = bytes.count
        for index in 0..<count {
            let textStart = bytes.count
            let isPresent = text(index, &bytes)
            let length = bytes.count - textStart
            let sum = bytes.withUnsafeBytes { all in
                StoredChecksum.ofText(
                    table, index, offset: UInt32(textStart - start),
                    isPresent ? UnsafeRawBufferPointer(rebasing: all[textStart...]) : nil)
            }
            Self.append(UInt32(textStart - start), to: &entries)
            Self.append(isPresent ? UInt32(length) : StoredMapLayout.nullByteCount, to: &entries)
            Self.append(sum, to: &entries)
        }
        let entriesStart = bytes.count
        bytes.append(contentsOf: entries)
        let place = StoredMapLayout.tablesOffset + table.rawValue * StoredMapLayout.tableByteCount
        let numbers = [count, entriesStart, start, entriesStart - start]
        for (index, number) in numbers.enumerated() {
            set(UInt64(number), at: place + index * 8)
        }
    }

    /// Appends a stream of segments.
    mutating func append(_ stream: StoredMapLayout.Stream, _ table: SegmentTable) {
        let start = bytes.count
        let entries = appendBlocks(table)
        let entriesStart = bytes.count
        for (index, entry) in entries.enumerated() {
            let next = index + 1 < entries.count ? entries[index + 1].key : UInt64.max
            let sum = bytes.withUnsafeBytes { all in
                let first = start + Int(entry.offset)
                return StoredChecksum.ofBlock(
                    entry, next: next, stream: stream,
                    UnsafeRawBufferPointer(rebasing: all[first..<first + Int(entry.byteCount)]))
            }
            Self.append(UInt32(truncatingIfNeeded: entry.key >> 32), to: &bytes)
            Self.append(UInt32(truncatingIfNeeded: entry.key), to: &bytes)
            Self.append(entry.offset, to: &bytes)
            Self.append(UInt32(entry.count) << 16 | UInt32(entry.byteCount), to: &bytes)
            Self.append(sum, to: &bytes)
        }
        let place =
            StoredMapLayout.streamsOffset + stream.rawValue * StoredMapLayout.streamByteCount
        let numbers = [entries.count, entriesStart, start, entriesStart - start]
        for (index, number) in numbers.enumerated() {
            set(UInt64(number), at: place + index * 8)
        }
    }

    private mutating func appendBlocks(_ table: SegmentTable) -> [BlockEntry] {
        let start = bytes.count
        var entries: [BlockEntry] = []
        var state = BlockCodec.State()
        for index in table.lines.indices {
            let line = table.lines[index].line
            for place in table.range(ofLineAt: index) {
                let segment = table.segments[place]
                if place % StoredMapLayout.blockSegmentCount == 0 {
                    close(&entries, start)
                    state = BlockCodec.State()
                    entries.append(
                        BlockEntry(
                            key: UInt64(line) << 32 | UInt64(segment.column),
                            offset: UInt32(bytes.count - start), byteCount: 0, count: 0))
                }
                BlockCodec.append(segment, line: line, &state, to: &bytes)
                entries[entries.count - 1].count += 1
            }
        }
        close(&entries, start)
        return entries
    }

    private func close(_ entries: inout [BlockEntry], _ start: Int) {
        guard let last = entries.last else { return }
        entries[entries.count - 1].byteCount = UInt16(bytes.count - start - Int(last.offset))
    }

    /// The whole, its header filled in.
    mutating func finish(debugID: DebugID?, segmentCount: Int) -> [UInt8] {
        bytes.replaceSubrange(0..<StoredMapLayout.magic.count, with: StoredMapLayout.magic)
        set(UInt64(StoredMapLayout.version) | (debugID == nil ? 0 : 1 << 32), at: 8)
        set(UInt64(bytes.count), at: 16)
        set(debugID?.high ?? 0, at: 24)
        set(debugID?.low ?? 0, at: 32)
        set(UInt64(segmentCount), at: 40)
        var sum = StoredChecksum(seed: 0)
        bytes.withUnsafeBytes {
            sum.add(UnsafeRawBufferPointer(rebasing: $0[..<StoredMapLayout.checksumOffset]))
        }
        set(sum.value, at: StoredMapLayout.checksumOffset)
        return bytes
    }

    private mutating func set(_ value: UInt64, at offset: Int) {
        for index in 0..<8 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
        }
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        for shift: UInt32 in [0, 8, 16, 24] {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
